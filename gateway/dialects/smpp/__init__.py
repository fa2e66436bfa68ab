"""SMPP 3.4: the dialect of clients (we are SMSC) and of carriers (we are ESME).

protocol_rows    its lines for the table of protocols: sessions, credentials, the wire with its refusals
client_dialect   we are SMSC: submits, queries, cancels and replacements in, receipts and MO out
client_receipt   what a receipt says to a client: the text of annex B, and the parameters beside it
carrier_dialect  we are ESME: submits out, answers, receipts and MO in
carrier_id       one spelling for an id of a carrier, whatever its answers and receipts do
carrier_receipt  a carrier's SMPP receipt under the channel's quirks
receipt_text     the alphabet of its text as the octets show it, and its fields
"""
