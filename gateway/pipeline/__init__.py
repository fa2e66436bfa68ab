"""The pure rules between a client's submit and its commit: (Message, Policy, now) -> Verdict.

policy     What a message is judged by: compiled once for each account when settings are loaded, or counted while it
stages     The stages that judge a message, one family of rules a file, and the order in which they are walked.
rejudging  what a changed contract, word file or list would have made of judged messages
trial      a text judged for nobody in particular: what quotes and dry runs ask
"""
