"""What people and programs can tell a node to do: each change is committed before it is answered.

account_operations        what those commands do to a running gateway
booking                   an adjustment: a line for a statement and the entry that moves its money, once a reason
case                      what an operation on contents works with
content_operations        stop a content, a word on a doubtful message, lift a bar
desk                      operations on documents and duties, for a running gateway and for a command without one
desk_operations           every operation of the desk by its name
disclosure_operations     disclosures under law: authority, basis, and the notice before (S4-7.5)
fault_operations          what a fault of either side costs: computed, booked only when told
filing_operations         signatures and their papers
list_operations           number lists: orders, imports as a stream, MO opt-in
money_desk                operations on the treasury, for a running gateway and for a command without one
money_operations          operations on lots and prices: buy, list, add a version, confirm it
outbox_operations         what clients refused for good: list it, owe it again
port_documents            ports, complaints and their history as documents
port_operations           operations on complaints, ports and channels
protection_operations     protection lists, closed accounts
reconcile_operations      hold a month against the other side's file, note it, book what a re-check found
service_fault_operations  the register of faults: complained of, ended, answered, proved
service_operations        operations around a service: a client ends it, a batch is reported, a notice is written down
statement_months          which months a statement may be about, and whether their fees are booked
statement_operations      operations on statements: compute, send, and what the client answers, receives and pays
task_operations           operations on tasks: note one, note a fact and the tasks that follow from it, close one
"""
