"""The store in memory for tests and simulation: it keeps the same contract as PostgreSQL.

complaints_memory  the in-memory twin of PostgresComplaints, for tests and simulation
memory             the in-memory twin of the journal, for tests and simulation
memory_content     the in-memory twin of PostgresContents: decisions that outlive a process of a simulation
memory_reader      the same of the reader
"""
