"""The simulator: a carrier and a client that speak real octets through `protocols`, with faults drawn from a seed.

fault_plan  FaultPlan: which faults happen how often, and how long each lasts
agenda    what is to be done later, in the order of time
traffic   the values both sides keep: what a carrier took, what a client ordered and heard
core_interfaces  what the cores ask of lines and protocols, and how both are set up
fault_injector  faults as they happen, by a plan and a seed
allowance how much a carrier takes: by bucket or by window
carrier   the core of a carrier: takes submits, answers, makes receipts and MO, misbehaves as planned
smsc      a carrier's words in SMPP
ismg      a carrier's words in CMPP
peer_words  which protocols the peers speak: a line for each name that terms may give
client    the core of a client: orders in, submits out within window and rate, receipts and MO in
esme      a client's words in SMPP
sp        a client's words in CMPP
line      what stands between a pump and its transport, so that octets can be cut, muted or garbled
shells    the cores on an event loop: a carrier's listener, a client's connection that comes back
pipes     a network in memory, for simulated time
replay_recording  the peer of a recording, played once more; where the gateway answers otherwise
commands  run_carrier and run_client: the simulator by itself over TCP

The cores know no socket, no clock and no loop: events and monotonic seconds in, session verbs and agenda out. One
seed and one plan therefore give one run.
"""
