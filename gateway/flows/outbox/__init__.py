"""What is owed to clients, receipts and MO, until they acknowledge it.

box           the queue of one account's outbox
outbox        what is owed to an account, in order, until acknowledged
outbox_pages  what of it lies in the store only, read back
"""
