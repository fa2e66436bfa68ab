"""An MT from its submit to its carrier: accepted, queued, claimed, handed to a link, amended, recovered.

amend           query, cancel, replace
apart           several submissions of one request, each with an answer of its own
backlog         a bounded window on an unlimited queue that lies in the store
channel_sender  sends through one channel: links, queues, rate, claims
deferred_queue  messages whose hours have not come, or have passed for today
dispatch        what a carrier's answer means: sent, tried again or elsewhere, refused, outcome unknown
intake          a client's submit: screen, hold, claim, commit, answer
queues          all queues of one channel, and what of them lies in the store only
recovery        what a restart does before clients may bind

several         a submit to several destinations
tally_restore   frequency and quotas, counted again after a start
"""
