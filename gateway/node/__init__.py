"""One node: everything wired, started, reloaded, kept and drained in order.

callback_bounds  the bounds of callbacks, as hongyan.toml has them
cycle_collector     the cycle collector, at moments of our choosing
flow_bounds         the bounds of the flows, as hongyan.toml has them
housekeeping        what goes on beside the traffic: the floor for a restart, old waits, day partitions, signs of life
http_listeners      the listeners of the HTTP API
listener_set        the listeners of one kind: opened together, changed by a reload without a gap, closed
listeners           the listeners of protocols with sessions, SMPP and CMPP
live_lists          number lists in memory: read at the start, changed behind each commit
live_node           a node as operators see it now, and what they may end of it
live_protection     protection lists in memory, and the accounts that were closed for them
live_sending_ports  the sending ports of a running gateway: what the watch decides of them is told to the flows
node                one node: every flow over a store, links to carriers, listeners for clients
notice_sending      what a node sends notices with: mail by its relay, messages through its own intake
node_gauges         the gauges that are read from a living node at scrape
node_store          what a node asks of its store
observing           a minute of seconds in memory, for rates and latencies; minutes in the store
postgres_store      the store of a node in production: the PostgreSQL that is configured, or a private one that it owns
production          a node as it runs in production: over PostgreSQL, with HTTP for machines and the control socket
recorder            records the PDUs of a link or a session, masked
reload              a reload: prepare everything that can fail, then commit what cannot
running_context     the context of operations in a running node
state_checks        checks of a node by itself, under the names of the alerts
supervisor          the tasks of a node: long-lived ones are kept running, short ones are not lost in silence
"""
