"""Documents of the contracts, pure: what is to be done by when, statements, differences, reports.

tasks       duties: what, by which clause, by when
facts       from a fact to its duties: a violation, a form, a breach, a change
figures     a month as the store adds it up
statement   the document of a month
sheet       a statement as CSV
sent        a statement that was sent: its state by events and clock
theirs      the other side's records of a month
matching    two lists of messages, line by line
reconciliation  what the contract says of two figures
batch       the report of a batch
terms       when a contract ends or goes on; papers that expire
"""
