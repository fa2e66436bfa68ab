"""The pure stages between a client's submit and its commit: (Message, Policy, now) -> Verdict, one rule family a file.

road      the order of the stages, and `screen`, which walks it
policy    all that is judged by, compiled once for each account at (re)load
account   may this account send at all; the class of the message
source    whose source it shows; `codes` are the service codes in force
destination  one spelling for each number
lists     who may be written to: blacklists, whitelists, who unsubscribed, MO opt-in
protected  the signature of another province's key customer
networks  which home network a number is in now
schedule  when it may leave, when it is too late
text      octets to text; too long
content   words, templates, links; doubtful texts wait for an operator
sign      the 【signature】: found or put in front, once
window    batch messages wait for the morning
route     the channel it leaves by; `channels` are the ways there are
failover  what a carrier's refusal means for the next try
cut       the wire segments
hindsight what changed rules would have made of messages of the past
turning   a policy turns to the next version of its contract
trial     a text judged for nobody in particular: what quotes and dry runs ask
price     billed segments, price, amount to hold

Beside the road, used by flows:

learnt_rate  the rate that a carrier takes, learnt from its answers
rate      a token bucket in segments that reserves ahead
join      client segments of a long message gathered, bounded by sets, octets and time
channel_content  what the carrier's contract of a channel says to a text
channels     channels as the stages see them: live state, what fits into one segment, and who serves which destination
codes        the service codes of an account that are in force at a moment, as one prefix test
frequency    how often one number may be written to (key FREQ)
funding      from an account, its contract and what was bought to its tariff
hindsight    what a changed contract, word file or list would have made of judged messages
service      which contracted service a message belongs to; one that was not ordered is refused (S4-3.1)
tallies      what was accepted so far, where it limits what is accepted next
violation    what a violating message would have been billed (S1-6)
"""
