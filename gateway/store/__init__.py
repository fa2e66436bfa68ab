"""PostgreSQL decides: the journal commits facts in groups, the reader looks up what is not in memory.

embedded    a private PostgreSQL when none is configured
migrations  numbered SQL files, applied once each under a lock
partitions  day partitions ahead of time
rows        domain value -> row tuple, row -> domain value: the only place that knows both
gathering   the append half that both journals share
packing     a client segment that waits for others, as one value
journal     group commit: one transaction a batch, continuations after it
reader      look-ups: receipts by carrier id, waiting messages, outbox pages
memory      the in-memory twin of the journal, for tests and simulation
memory_reader  the same of the reader
"""
