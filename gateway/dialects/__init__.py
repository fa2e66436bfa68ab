"""PDU and domain message, each made from the other: pure, one object a session or channel.

login         who binds and whether the password is right; why a bind is refused
operations    cancel, replace and totals in domain words
userdata      user data: text behind a header, sar_ and port parameters as a header
words         error words of receipts: as a code, as a number, as a Stat
inbound       what an MO is to a client that reads other encodings than the handset's carrier writes
times         schedule and validity as unix seconds
client_smpp   we are SMSC: submits in, receipts and MO out; smpp_operations is its other half
client_cmpp   we are ISMG: likewise
carrier_smpp  we are ESME: submits out, answers, receipts and MO in
carrier_cmpp  we are SP: likewise
smpp_receipt  a carrier's SMPP receipt under the channel's quirks
receipt_text  the alphabet of its text as the octets show it, and its fields
receipt_dates  its dates, in the channel's zone
carrier_id    one spelling for an id of a carrier, whatever its answers and receipts do
answer        a carrier's answer to one submit
smpp_operations  query, cancel and replace of a message accepted earlier, over SMPP: one half of the client's dialect

Every leniency that a channel or account can switch is a row of docs/quirks.md.
"""
