"""The roads: each takes an event of one side, decides with pure code, appends facts, and acts once they are committed.

intake      a client's submit: screen, hold, claim, commit, answer
several     a submit to several destinations
dispatch    claimed segments onto links; queues, failover, throttling, outcome unknown
road        the way through one channel: links, queues, rate, claims
backlog     a bounded window on an unlimited queue that lies in the store
queues      all queues of one channel
held        messages whose hours have not come, or have passed for today
lanes       accepted messages beyond the rate of their account or code
gate        sending hours where a message leaves
pages       what waits in the store only, read back
turns       the links of a channel, each in turn
pace        how long a submit waits for its account's rate
throttle    what the carrier of a channel takes: its rate learnt, and told
rates       limits of codes and channels that change live
receipts    a carrier's receipt finds its segment
doubt       segments of unknown outcome and receipts under unknown ids: which means which
fitting     which of those segments a receipt may mean, by all it says
settlement  a message ends: its hold is resolved, its receipts are owed
box         the queue of one account's outbox
outbox      what is owed to an account, in order, until acknowledged
outbox_pages  what of it lies in the store only, read back
inbound     an MO finds its account
closing     an account is closed until an operator opens it
listing     an MO unsubscribes or subscribes; committed list edits take effect
amend       query, cancel, replace
admission   who may bind, from where, how often
bans        logins, and at last addresses, that are shut out after wrong logins
door        a listener's connections: how many, and which one goes for a new one
networks    addresses as they are counted, and the networks that accounts list
recount     frequency and quotas, counted again after a start
recovery    what a restart does before the doors open
port_limits what waits for a suspended port ends
ports       what flows ask of links, sessions and the loop
contents    what operators decided about contents, in force: stopped contents, barred accounts, filed signatures
cycles      what the calendar does to money: monthly fees, credits that lapse and their warnings, overage put right
levels      levels of a balance at which something happens: warn, ask, stop, write
long_messages  one object a long message from its first segment's way out to its end
parked      receipts that came before the answer that names them
port_limits  ports that complaints suspended: what was accepted before and still waits is ended (PORT)
recheck     what is asked once more of a message that waited: stopped content, listed number
reviews     an operator's word on a message that waits for it (S1-5(7)): let it go its way, or end it uncharged
treasury    what was bought, granted and agreed beside the balances, as each account's tariff
violations  what follows a refusal for content or signature: a fee, a bar, a stopped content, an alert
"""
