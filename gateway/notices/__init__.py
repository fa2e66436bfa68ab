"""Telling people: who is told what, by which means, by which clause; and how it is sent until somebody took it.

notice_kinds      the table: kind of notice -> whom, clause, means, what counts under the contract
notice_words      the words of letters and short messages, in English and Chinese (words.toml)
notice_letters    pure: a notice in one language as a letter, its text, its HTML, a short message
mail_format       pure: a letter as one mail: headers, both bodies, attachments
planning          a notice and its sendings, written in the transaction of what it tells
statement_links   links with which a client answers a statement, sealed
statement_notice  the notice that a statement is there
outcome_notes     what an attempt came to, written down
smtp_relay        one conversation with the relay, and what its answer means
mail_sender       sends what is owed by mail
message_sender    sends what is owed as short messages, and takes their receipts as proof
given_by_hand     what follows once a notice counts as given
"""
