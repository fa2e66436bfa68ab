"""Look-ups and sums over what is stored.

account_days    what became of messages, day by day
account_funds    money and states of accounts, where no node runs
agreement        whether books and pools in memory are those that are stored, compared at a commit
batch_runs       runs of batch messages found in the history, and those not over yet
charged          what an account was charged, and given for faults
ledger_history   the ledger as it is stored: entries of an account in a span of time, sums over all books
list_reader      number lists out of the store: whole for memory, single for people
message_history  the life of one message, for commands and pages
message_search   what was sent, refused and received, by number, account, channel and time, page by page
money_rows       rows of money -> what the treasury starts with
month_lines      a month's messages one by one, streamed, for holding against the other side's records
past_traffic     messages and refusals of a span of time, as they were judged
reader           look-ups: receipts by carrier id, waiting messages, outbox pages
rebuilding       row -> domain value, its inverse
statements       what a month's statement is made of, added up in SQL
tally_rows       what a restart counts again: frequency, test quotas; texts that a reply may refer to
"""
