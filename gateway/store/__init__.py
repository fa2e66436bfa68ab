"""PostgreSQL decides: the journal commits facts in groups, the reader looks up what is not in memory.

facts             Rare facts beside the traffic: each written in a transaction of its own, and read back.
journal           The group commit: facts become rows of a batch, a batch one transaction, its continuations run
memory            The store in memory for tests and simulation: it keeps the same contract as PostgreSQL.
private_postgres  A private PostgreSQL where none is configured: found, made, started, watched and stopped.
reader            Look-ups and sums over what is stored.
database_faults   whose fault an error is: a row's, the database's, our own
migrations        numbered SQL files, applied once each under a lock
open_database     a connection for a command
partitions        day partitions ahead of time
search_summaries  the summaries of history that searches walk, kept up to date in passing
"""
