"""The HTTP side of operation: metrics, health, readiness; on loopback unless configured.

http        the aiohttp application and its server
auditing    who changed what over that socket, by the kernel's word
case        what an operation on contents works with
content_operations  stop a content, a word on a doubtful message, lift a bar
filing_operations   signatures and their papers
control     commands over a unix socket, for who may open its file
list_operations  number lists: orders, imports as a stream, MO opt-in
protection_operations  protection lists, closed accounts
operations  what those commands do to a running gateway
port_watch  complaints and ports: tickets and orders in, states and live rates out; port_road is what it tells
port_operations, port_documents, port_gauges  what commands and metrics see of it
incident_watch  channels that are away for long
"""
