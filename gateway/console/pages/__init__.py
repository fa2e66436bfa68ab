"""The pages, a module for each family; the registry finds each that has PAGES.

client_money        a client's statements, balance, lots, prices and payments
finance_accounts    what each account has, and what is booked on it
finance_ledger      an account's ledger with the balance after each line
finance_letters     letters to clients under numbers
finance_reconcile   a month held against the other side's file
finance_statements  the statements of all accounts by month, and one of them
interface_pages     the interface specification for clients, in the reader's language
sign_in   sign in and out, language, own password
client_live      a client's own counts and newest messages, live
client_messages  its messages, one of them, what came in
client_records   its statistics, batches, number lists, signatures and templates
client_sending   one message or a file: preview, then sent
second_factor_pages  the second factor: shown at a sign-in, set up, turned off
client_access  tokens, callbacks and the password of a client's systems
start     where a person begins
service   customer service: search, what happened to a message, its text for a reason
operator  what the node looks like now, figures over time, deliveries, alerts
operator_actions  what an operator does to sessions, links, channels and accounts
operator_recordings  recordings, taken apart and as files
statement_link  a statement as its contact opens it from a mail, without signing in
ticket_pages  tickets with their terms; sending ports with state, rate and forecast
content_pages  texts to review, contents to stop, what is on file
records   evidence to export and verify, the audit
user_pages       people who sign in, for operators
"""
