"""CMPP 2.0 and 3.0: the dialect of clients (we are ISMG) and of carriers (we are SP).

carrier_dialect  we are SP: likewise
client_dialect   we are ISMG: likewise
protocol_rows    its row of the table of protocols, its wires
"""
