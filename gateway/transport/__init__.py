"""Connections of both sides: they move octets, events and timers, and decide nothing.

accepting       sockets whose connections are judged before their TLS begins
carrier_link    one bind: window, throttle pause, answers and receipts back to the flows
client_session  one client's bind: requests to the flows, answers and delivers back
listener        sockets, plain and TLS; connection limits
pool            all links of all channels: connect, back off, never more binds than the carrier allows
pump            the one pump for both protocols and both roles: an asyncio transport here, the five calls of a
tap             what stands between a connection and its pump while somebody listens to it
requests        query, cancel, replace: answered from the store
"""
