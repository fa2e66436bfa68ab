"""The store in memory for tests and simulation: it keeps the same contract as PostgreSQL.

memory_callbacks   the twins of PostgresCallbacks and PostgresPasswords
memory_complaints  the in-memory twin of PostgresComplaints, for tests and simulation
memory_content     the in-memory twin of PostgresContents: decisions that outlive a process of a simulation
memory_duties      the in-memory twin of PostgresDuties: tasks, notices, ends of services
memory_incidents   the in-memory twin of PostgresIncidents
memory_journal     the in-memory twin of the journal, and the tables that it writes
memory_observations  the in-memory twin of PostgresObservations
memory_reader      the same of the reader
memory_requests    the twin of PostgresRequests
memory_tokens      the twin of PostgresTokens
"""
