"""What happens in which order, behind which commit.

Each flow takes an event of one side, decides with pure code, appends facts, and acts once they are committed.

binds       Who may connect and bind: credentials, addresses, how many, how often.
complaints  Complaints and incidents: what they do to service codes and channels.
compliance  What operators, lists and refusals change for messages: stopped contents, barred and closed accounts
messages    An MT from its submit to its carrier: accepted, queued, claimed, handed to a link, amended, recovered.
money       What was bought, granted and agreed beside the balances, and what the calendar does to it.
outbox      What is owed to clients, receipts and MO, until they acknowledge it.
rates       How fast messages may leave: rates of accounts, service codes and channels, sending hours.
receipts    A carrier's receipt to the end of its segment and of its message.
interfaces  what flows ask of links, sessions and the loop
wiring      all flows of one node, constructed over a journal and a reader, and loaded with a configuration
"""
