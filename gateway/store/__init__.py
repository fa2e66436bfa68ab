"""PostgreSQL decides: the journal commits facts in groups, the reader looks up what is not in memory.

embedded    a private PostgreSQL when none is configured; binaries, placement, cluster, launch and orphans are its parts
access      a connection for a command; offline: what commands change while no gateway runs
complaints  complaints and port states; complaints_memory: its twin; incidents: when channels were away
migrations  numbered SQL files, applied once each under a lock
partitions  day partitions ahead of time
rows        domain value -> row tuple: what knows both the tables and the domain
rebuilding  row -> domain value, its inverse
list_rows   the same of number lists
batch       the rows and continuations of one transaction
gathering   the append half that both journals share
packing     a client segment that waits for others, as one value
writing     how a batch is written: whole in one exchange, or unit by unit
faults      whose fault an error is: a row's, the database's, our own
journal     group commit: one transaction a batch, continuations after it
reader      look-ups: receipts by carrier id, waiting messages, outbox pages
history     the life of one message, the messages of one number, for commands
traffic     messages and refusals of a span of time, as they were judged
memory      the in-memory twin of the journal, for tests and simulation
memory_reader  the same of the reader
agreement      whether books and pools in memory are those that are stored, compared at a commit
adjustments    lines that a later statement shows, with the entry that moved their money
advice         advice on signatures: who was refused how often today, the letter, what follows (S4-3.9c)
batch_runs     runs of batch messages found in the history, and those not over yet
batches        batches that are watched, and their reports
binaries       where PostgreSQL's programs come from
cluster        a cluster's files, and the settings written anew at every start
complaints_memory  the in-memory twin of PostgresComplaints, for tests and simulation
content        stopped contents, barred accounts, filed signatures, messages in doubt
copying        rows in the octets that COPY reads
ending         services that clients ended, and what of an account has not left yet
frontend       a text and what it copies in one exchange: that part of PostgreSQL's protocol
incidents      when something was away: a row when it begins, another when it ends
launch         runs a program as a child that cannot outlive us
ledger_history  the entries of one account in a span of time, as rows and as documents
lines          a month's messages one by one, streamed, for holding against the other side's records
list_reader    number lists out of the store: whole for memory, single for people
list_store     imports, edits and the audit of number lists
memory_content  the in-memory twin of PostgresContents: decisions that outlive a process of a simulation
money          rows of money -> what the treasury starts with
notices        notices of non-renewal that were written down
offline        what a command changes while no gateway runs
orphans        processes of a cluster whose gateway is gone: found and stopped
placement      where a private PostgreSQL lives and as whom
protected_store  protection lists and closed accounts (S0-5.6)
refused_delivers  what clients refused for good: found, owed again
quoting        texts of SQL values
sent           statements that were sent, and their events
statements     what a month's statement is made of, added up in SQL
tallies        what a restart counts anew: frequency, test quotas; texts that a reply may refer to
service_faults  the register of faults
tasks          the table of tasks
"""
