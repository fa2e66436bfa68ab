"""SMPP 3.4: the dialect of clients (we are SMSC) and of carriers (we are ESME).

carrier_dialect  we are ESME: submits out, answers, receipts and MO in
carrier_id       one spelling for an id of a carrier, whatever its answers and receipts do
carrier_receipt  a carrier's SMPP receipt under the channel's quirks
client_dialect   we are SMSC: submits in, receipts and MO out; smpp_operations is its other half
client_requests  query, cancel and replace of a message accepted earlier, over SMPP: one half of the client's dialect
protocol_rows    its row of the table of protocols, its wire
receipt_text     the alphabet of its text as the octets show it, and its fields
"""
