"""Documents of the contracts, pure: what is to be done by when, statements, differences, reports.

render          Documents as files: CSV and PDF.
account_terms   when a contract ends or goes on; papers that expire
batch_report    the report of a batch
facts           from a fact to its duties: a violation, a form, a breach, a change
figures         a month as the store adds it up
matching        two lists of messages, line by line
reconciliation  what the contract says of two figures
sent_statement  a statement that was sent: its state by events and clock
statement       the document of a month
task            duties: what, by which clause, by when
theirs          the other side's records of a month
"""
