"""How many segments arrive, by channel: told before a client asks, and sent by another channel where it wants that.

delivery_guard  finals in, states and marks on channels out
"""
