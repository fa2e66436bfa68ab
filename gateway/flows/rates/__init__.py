"""How fast messages may leave: rates of accounts, service codes and channels, sending hours.

gate         sending hours where a message leaves
lanes        accepted messages beyond the rate of their account or code
live_rates   limits of codes and channels that change live
pace         how long a submit waits for its account's rate
sending_port_limits  ports that complaints suspended: what was accepted before and still waits is ended (PORT)
throttle     what the carrier of a channel takes: its rate learnt, and told
"""
