"""What is owed to clients, receipts and MO, until they acknowledge it.

account_queue  the queue of one account, and what of it lies in the store only
outbox         what is owed to an account, in order, until acknowledged
"""
