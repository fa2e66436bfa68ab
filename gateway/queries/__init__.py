"""Answers about what was stored: pure documents from rows.

message_life    a message's life as a document; `verdicts` is what each stage said
stage_verdicts  the verdict of every stage that a message passed, told again from what is stored
"""
