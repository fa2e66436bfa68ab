"""Values and interfaces that every package of the gateway speaks in; imports nothing of ours but protocols.text.

account    a paying customer and its credentials, codes, signatures
company    a company as documents name it, and whom to tell there
mail_address  addresses of electronic mail: what is one, and how logs show it
api_token  a token of the HTTP API: whose, what for, until when; what is kept of its text
account_directory  accounts by login and by service code
channel    a configured way to a carrier, its links and named quirks
wire       what a channel speaks, and what a refusal under it means for the next try
message    submission, message, segment: the life of one text
outcome    what became of it: states, receipts, MO
audit_entry  a line of the audit
verdict    Accept, Reject(key, clause), Defer(until) and the table of reject keys
list_entry  number lists: kinds, scopes, one entry as a fact
numbers    phone numbers as integers, sets of millions of them
number_spelling  one spelling for each phone number
concat_headers  the concatenation headers of wire segments, told by the message id alone
fault_words  what went wrong, in words that quote nothing
china_time  China's clock: days, midnights, seconds of the day
ids        63-bit message ids, their decimal and CMPP spellings
money      hao: integers of 0.0001 yuan
incident   a channel that was away, from when to when
delivery   how many segments were delivered, by the hour, and when that fell; samples of minutes
complaint  tickets, what they did to ports, what one operation commits
meters     plain integers that metrics read at scrape
store_interfaces  what flows ask of the store: MUST and MAY NOT
entry      a ledger entry: one fact about money, double entry by its kind, and what it takes from pools
recent     an accepted message as its frequency is counted: what a restart reads back
callback_endpoint  where an account is called over HTTP, and what was asked for with a message
secret_box  secrets that must be read again, encrypted
reject_words  what each reject key means and what helps, in both languages
user       a person at the console, and the roles
reject_keys  the table of reject keys: one key, its code in SMPP, in CMPP and in a receipt, and what a client may do
"""
