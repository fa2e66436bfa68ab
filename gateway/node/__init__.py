"""One node: everything wired, started, reloaded, kept and drained in order.

cycle_collector  the cycle collector, at moments of our choosing
database         the database of a node: the configured one, or a private one that the node starts and owns
flow_bounds      the bounds of the flows, as hongyan.toml has them
housekeeping     what goes on beside the traffic: the floor for a restart, old waits, day partitions, gauges, signs
listeners        the doors of a node: listeners for clients, HTTP for machines, the control socket for operators
live_ports       the ports of a running gateway: what the watch decides of them is told to the road
node             the composition root: builds a node from its settings, opens its doors in the right order, drains it
office           the office of a running gateway: its desk for operations on documents, over the ledger that it holds
port_gauges      gauges of ports: states and live rates by account and channel; a code is never a label
reload           a reload: prepare everything that can fail, then commit what cannot
running_context  the context of operations in a running node
supervisor       the tasks of a node: long-lived ones are kept running, short ones are not lost in silence
"""
