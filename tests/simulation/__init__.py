"""The node of production in simulated time: connections are pipes, the store is in memory, peers have faults.

loop.py  wire.py     time that jumps, connections in memory
store.py  node.py    a slow store that outlives its process; one process with the node of production in it
simulation.py        a node, carriers and clients
checkers.py          what must hold at the end, whatever happened
test_scenarios.py    one named scenario a promise
test_reloads.py      reloads that fail at each call, drains, and what a reload leaves under way
test_swarm.py        fault plans drawn from seeds (make sim SEED=n)
"""
