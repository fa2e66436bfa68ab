"""What a node serves beside SMPP and CMPP: the control socket, HTTP, the client's live view.

control_socket  commands over a unix socket, for who may open its file
control_client  its client: how commands and the console ask a running node
http            the aiohttp application and its server
client_pages    the interface specification that clients get, in Chinese and English (S4-3.4)
http_api        HTTP as a protocol of accounts: submit, look up, quote, balance
live_view       a client's own view of its counts, live and read-only (S2a-2.8)
"""
