"""What happens in which order, behind which commit.

Each flow takes an event of one side, decides with pure code, appends facts, and acts once they are committed. A room
imports only those below it in this list:

wiring      all flows of one node, constructed in order over a journal and a reader, and loaded with a configuration
inbound     an MO finds its account
compliance  what operators, lists and refusals change for messages: stopped contents, barred and closed accounts
messages    an MT from its submit to its carrier: accepted, queued, claimed, handed to a link, amended, recovered
receipts    a carrier's receipt to the end of its segment and of its message
rates       how fast messages may leave: rates of accounts, service codes and channels, sending hours
policies    the policies of all accounts, compiled at each load
outbox      what is owed to clients, receipts and MO, until they acknowledge it
binds       who may connect and bind: credentials, addresses, how many, how often
money       what was bought, granted and agreed beside the balances, and what the calendar does to it
deliveries  how many segments arrive, by channel, against what is usual
complaints  complaints and incidents: what they do to service codes and channels
interfaces  what flows ask of links, sessions, the loop and the store, and what all of them work with
"""
