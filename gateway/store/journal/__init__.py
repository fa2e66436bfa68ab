"""The group commit: facts become rows of a batch, a batch one transaction, its continuations run after it.

batch      the rows and continuations of one transaction
copying    rows in the octets that COPY reads
exchange   a text and what it copies in one exchange: that part of PostgreSQL's protocol; whether asyncpg allows it
gathering  the append half that both journals share
journal    group commit: one transaction a batch, continuations after it
packing    a client segment that waits for others, as one value
quoting    texts of SQL values
rows       domain value -> row tuple: what knows both the tables and the domain
stepwise   a batch statement by statement, where no exchange is possible
writing    how a batch is written: whole in one exchange or step by step, or unit by unit
"""
