"""The whole gateway in simulated time: flows, links and sessions over pipes, against peers with faults.

loop.py  wire.py     time that jumps, connections in memory
store.py  node.py    a slow store that outlives its process; one process of the gateway
world.py             a node, carriers and clients
checkers.py          what must hold at the end, whatever happened
test_scenarios.py    one named scenario a promise
test_swarm.py        fault plans drawn from seeds (make sim SEED=n)
"""
