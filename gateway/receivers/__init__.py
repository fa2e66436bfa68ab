"""Who takes an account's receipts and MO over HTTP, beside its bound sessions: callbacks, and what it fetches itself.

All of them are receivers of the one outbox (gateway.flows.outbox): an item is owed once, and whoever has room may take
it. An account that wants its receipts in one place has one receiver.

event_document     pure: a receipt or an MO as the JSON document of an event
signatures         pure: Standard Webhooks: secrets, and the headers that prove who calls
callback_states    pure: what an answer of an endpoint means for the next call
kannel_reports     pure: the report URL of Kannel's messages with its escapes, and its mask
callback_urls      pure: which URLs and which addresses may be called
callback_client    HTTP calls: addresses checked at the connect, no redirects, bounded answers
endpoint_calls     the calls of one endpoint, in order, each until it is taken
account_callbacks  the receiver that calls the endpoints of one account
all_callbacks      those of all accounts: loaded, changed, closed
pulled_events      the receiver that an account reads itself, by pages or as a stream
"""
