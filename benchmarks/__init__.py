"""Benchmarks: what a message costs, part by part and as a whole. `python -m benchmarks NAME …`; method in README.md.

command_line  which benchmarks to run, and their figures printed
figures     Figure, Scale and the few ways to time something
codec       PDUs to octets and back
session     the protocol engine: octets in, requests out, answers out
pipeline    the stages between a submit and its verdict
road        all Python of a message, phase by phase, on transports in memory
flat        whether a message gets more expensive with the number of sessions
store       batches of the road, committed to a private PostgreSQL
http        the HTTP API of a real gateway, requests one by one and in batches
end_to_end  a real gateway between real peers, CPU split by process
lists       ten million listed numbers: memory, look-ups, edits, a whole list replaced
strict      the strictest screening there is: every rule at once
statement   a month's statement of an account with a million messages
search      first pages of searches over ten million messages, and what their summaries cost
month       such a month of messages as rows
memory      100,000 messages that wait, a restart, and the drain
soak        minutes of steady traffic, and the memory at each
floods      connections that come and go without a use: what they leave, whom they hold up
wires       the octets of a client and of a carrier, for road and store
stage       the gateway's flows, sessions and links without kernel and database
node        a gateway process with its PostgreSQL and carriers in a folder of its own
load        the simulator as load tool; peer: the same in a process of its own
processes   CPU and memory of processes, from /proc
"""
