"""The commands: thin shells around the packages, each imported when its command runs, so that --help is quick.

main                the command tree and its entry point
options             options that several commands share; loading the settings
output              one JSON document, or tables for people; errors and exit codes 0 done, 1 failed, 2 wrong usage
node_commands       run, check, migrate, demo
content_commands    kill, review, signatures, violations: decisions about contents
contract_commands   dates, complaints replay: what the contract says, without a gateway
quote_commands      quote: what would happen to a text, or would have happened to stored traffic
history_commands    explain, trace, search: what happened
account_commands    accounts, channels: list, show, top-up, suspend, resume
sending_port_commands ports and channels, live: list, show, rate, isolate, drain, resume, notices
fault_commands      the register of faults: repaired or answered, proved, a month's figures
outbox_commands     outbox: what clients refused for good, and owing it again
incident_commands   when channels were away, mean time of repair
list_commands       lists: import, check, add, remove; list_reports: export, find, list, versions, mo-optin
list_files          files of list entries, checked line by line
statement_commands  statement: a month from the store; send, confirm, dispute, paid
reconcile_commands  reconcile: the other side's records; settle
service_commands    accounts terminate and endings, report batch, notices
console_commands    console: the pages for people
user_commands       users: who may sign in to the console
notice_commands     notices on their way: sendings, show, resend, by-hand, bounced
tables              documents as people read them: no JSON, no unix seconds, no hao
language            the language of tables, and the Chinese words of headings and values
callback_commands   where accounts are called over HTTP
token_commands      tokens of the HTTP API: create, list, revoke, rotate
task_commands       duties: list, record a fact, done
simulate_commands   simulate carrier, client, replay
live_commands       sessions, links, recorder: what of a running gateway is ended or recorded
send_commands       send: a first message as a client
send_smpp           the SMPP client behind it: aiosmpplib, a foreign ESME
send_cmpp           the CMPP client behind it: our own protocols
reply               what both bring back: answers and receipts
archive_commands    verify and seal history, list the hashes of its days; audit: who did, tried or saw what
asking              asking for an operation: the gateway that runs here, else the store
operations_commands operations: what can be asked, with JSON schemas
complaint_commands  add, import, list, show, judge, answer, forecast, rectify
database_access     the database behind a configuration, for one command; queries on it
evidence_commands   a file that proves everything about a number, an account or a message; its verification, offline
hindsight_commands  quote --against: what a changed contract, word file or list would have made of stored traffic
ledger_commands     accounts ledger: the entries of an account as a person reads them
list_reports        lists export, find, list, versions, mo-optin
money_commands      accounts buy-lot, lots, price, makeup, refund, penalty, adjust
protected_commands  lists … protected: the protection lists of provinces
"""
