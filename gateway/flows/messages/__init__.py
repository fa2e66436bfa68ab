"""An MT from its submit to its carrier: accepted, queued, claimed, handed to a link, amended, recovered.

amend     query, cancel, replace
backlog   a bounded window on an unlimited queue that lies in the store
dispatch  claimed segments onto links; queues, failover, throttling, outcome unknown
held      messages whose hours have not come, or have passed for today
intake    a client's submit: screen, hold, claim, commit, answer
pages     what waits in the store only, read back
queues    all queues of one channel
recount   frequency and quotas, counted again after a start
recovery  what a restart does before the doors open
road      the way through one channel: links, queues, rate, claims
several   a submit to several destinations
turns     the links of a channel, each in turn
"""
