"""What a message is judged by: compiled once for each account when settings are loaded, or counted while it runs.

account_policy       all that is judged by, compiled once for each account at (re)load
carrier_content      what the carrier's contract of a channel asks of a text
channels             channels as the stages see them: live state, what fits into one segment, and who serves which
codes                the service codes of an account that are in force at a moment, as one prefix test
contracted_services  the services that an account ordered under its contract
delivery_states      when the deliveries of a channel with an account or a signature are low, and when usual again
delivery_usual       whether a share of deliveries is below its usual by more than chance
failover             what a carrier's refusal means for the next try
frequency            how often one number may be written to (key FREQ)
funding              from an account, its contract and what was bought to its tariff
home_networks        which home network a number is in now
learnt_rate          the rate that a carrier takes, learnt from its answers
low_delivery         what a channel's deliveries are low for, as the route stage asks it
number_lists         who may be written to: blacklists, whitelists, who unsubscribed, MO opt-in
tallies              what was accepted so far, where it limits what is accepted next
token_bucket         a token bucket in segments that reserves ahead
version_change       a policy changes to the next version of its contract, at its first instant
"""
