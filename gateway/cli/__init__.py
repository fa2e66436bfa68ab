"""The commands: thin shells around the packages, each imported when its command runs, so that --help is quick.

main       the command tree and its entry point
options    options that several commands share; loading the settings
output     one JSON document, or tables for people; errors and exit codes 0 done, 1 failed, 2 wrong usage
daemon     run, check, migrate, demo
content    kill, review, signatures, violations: decisions about contents
contracts  dates, complaints replay: what the contract says, without a gateway
quotes     quote: what would happen to a text, or would have happened to stored traffic
history    explain, trace: what happened
life       a message's life as a document; `verdicts` is what each stage said
accounts   accounts, channels: list, show, top-up, suspend, resume
complaints complaints: add, import, list, show, judge, answer, forecast, rectify; over replay of contracts
ports      ports: list, show, rate, isolate, resume, notices; channels: show, rate, drain, isolate, resume
faults     the register of faults: repaired or answered, proved, a month's figures
outbox     outbox: what clients refused for good, and owing it again
incidents  when channels were away, mean time of repair
harbour    operations on complaints and ports, through the gateway or on the store
lists      lists: import, check, add, remove; list_reports: export, find, list, versions, mo-optin
list_files  files of list entries, checked line by line
control    the client of a running gateway's unix socket; asking: its answer, or None where none runs
desk       operations on documents and duties, through the gateway or on the store
statement  statement: a month from the store; send, confirm, dispute, paid
reconcile  reconcile: the other side's records; settle
service    accounts terminate and endings, report batch, notices
pages      a statement as PDF
tables     documents as people read them: no JSON, no unix seconds, no hao
words      the language of tables, and the Chinese words of headings and values
tasks      duties: list, record a fact, done
simulate   simulate carrier, simulate client
send       send: a first message as a client
esme       the SMPP client behind it: aiosmpplib, a foreign ESME
sp         the CMPP client behind it: our own protocols
reply      what both bring back: answers and receipts
archive     verify and seal history, list the hashes of its days; audit: who did, tried or saw what
asking      asking the gateway that runs here; None where none does, and the store is asked instead
complaints  add, import, list, show, judge, answer, forecast, rectify
database    the database behind a configuration, for one command
evidence    a file that proves everything about a number, an account or a message; its verification, offline
hindsight   quote --against: what a changed contract, word file or list would have made of stored traffic
ledger      accounts ledger: the entries of an account as a person reads them
list_reports  lists export, find, list, versions, mo-optin
money       accounts buy-lot, lots, price, makeup, refund, penalty, adjust
money_store  the same on the store itself, where no gateway runs
protected   lists … protected: the protection lists of provinces
verdicts    the verdict of every stage that a message passed, told again from what is stored
viewing     who may see texts and whole numbers; each view is written down, refused ones too
"""
