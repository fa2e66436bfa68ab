"""CMPP 2.0 and 3.0: the dialect of clients (we are ISMG) and of carriers (we are SP).

protocol_rows    its lines for the table of protocols: sessions, credentials, the wires with their refusals
client_dialect   we are ISMG: submits, queries and cancels in, status reports and MO out
carrier_dialect  we are SP: submits out, answers, status reports and MO in
"""
