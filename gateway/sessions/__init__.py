"""The client side: we are SMSC to ESMEs and ISMG to SPs.

listener     sockets, plain and TLS; connection limits
accepting    sockets whose connections are judged before their TLS begins
connection   one client's bind: requests to the flows, answers and delivers back
by_protocol  what SMPP and CMPP add to it
requests     query, cancel, replace: answered from the store
"""
