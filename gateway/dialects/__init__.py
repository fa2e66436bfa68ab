"""PDU and domain message, each made from the other: pure, one object a bind or link.

dialect_interfaces  what sessions and links ask of a protocol: MUST and MAY NOT
protocol_table      which protocols there are: one line each
cmpp                CMPP 2.0 and 3.0: the dialect of clients (we are ISMG) and of carriers (we are SP).
smpp                SMPP 3.4: the dialect of clients (we are SMSC) and of carriers (we are ESME).
answer              a carrier's answer to one submit
error_words         error words of receipts: as a code, as a number, as a Stat
login               who binds and whether the password is right; why a bind is refused
message_requests    query, cancel, replace and totals in domain words, and their answers
mo_text             what an MO is to a client that reads other encodings than the handset's carrier writes
receipt_dates       its dates, in the channel's zone
submit_times        schedule and validity as unix seconds
user_data           user data: text behind a header, sar_ and port parameters as a header

Every leniency that a channel or account can switch is a row of docs/quirks.md.
"""
