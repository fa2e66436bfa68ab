"""The HTTP side of operation: metrics, health, readiness; on loopback unless configured.

http        the aiohttp application and its server
live        a client's own view of its counts, live and read-only (S2a-2.8)
auditing    who changed what over that socket, by the kernel's word
case        what an operation on contents works with
content_operations  stop a content, a word on a doubtful message, lift a bar
filing_operations   signatures and their papers
control     commands over a unix socket, for who may open its file
list_operations  number lists: orders, imports as a stream, MO opt-in
protection_operations  protection lists, closed accounts
outbox_operations  what clients refused for good: list it, owe it again
operations  what those commands do to a running gateway
port_watch  complaints and ports: tickets and orders in, states and live rates out; port_road is what it tells
port_operations, port_documents, port_gauges  what commands and metrics see of it
incident_watch  channels that are away for long
booking                an adjustment: a line for a statement and the entry that moves its money, once a reason
desk                   operations on documents and duties, for a running gateway and for a command without one
desk_operations        every operation of the desk by its name
disclosure_operations  disclosures under law: authority, basis, and the notice before (S4-7.5)
fault_operations       what a fault of either side costs: computed, booked only when told
money_desk             operations on the treasury, for a running gateway and for a command without one
money_operations       operations on lots and prices: buy, list, add a version, confirm it
money_tasks            levels of a balance that the contract answers with a letter
port_documents         ports, complaints and their history as documents
port_gauges            gauges of ports: states and live rates by account and channel; a code is never a label
port_operations        operations on complaints, ports and channels
port_road              what the road is told of a port; a command that finds no gateway has nobody to tell
reconcile_operations   hold a month against the other side's file, note it, book what a re-check found
service_faults         the register of faults: complained of, ended, answered, proved
service_operations     operations around a service: a client ends it, a batch is reported, a notice is written down
statement_months       which months a statement may be about, and whether their fees are booked
statement_operations   operations on statements: compute, send, and what the client answers, receives and pays
task_operations        operations on tasks: note one, note a fact and the tasks that follow from it, close one
"""
