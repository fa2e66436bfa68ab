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
writing     how a batch is written: by COPY, in one statement, row by row
journal     group commit: one transaction a batch, continuations after it
reader      look-ups: receipts by carrier id, waiting messages, outbox pages
history     the life of one message, the messages of one number, for commands
traffic     messages and refusals of a span of time, as they were judged
memory      the in-memory twin of the journal, for tests and simulation
memory_reader  the same of the reader
"""
