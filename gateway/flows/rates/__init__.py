"""How fast messages may leave: rates of accounts, service codes and channels, sending hours.

channel_pace  the rate of a channel: agreed, limited, and learnt from its carrier's answers
live_rates    limits of codes and channels that change live
open_hours    sending hours and suspended codes where a message leaves
pace          the rates of an account and its codes: how long a submit waits, when an accepted message may leave
rate_queues   accepted messages beyond the rate of their account or code
"""
