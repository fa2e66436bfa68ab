"""A carrier's receipt to the end of its segment and of its message.

doubt       segments of unknown outcome and receipts under unknown ids: which means which
parked      receipts that came before the answer that names them
receipts    a carrier's receipt finds its segment
settlement  a message ends: its hold is resolved, its receipts are owed
"""
