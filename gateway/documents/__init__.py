"""Documents of the contracts, pure: what is to be done by when, statements, differences, reports.

render          Documents as files: CSV, PDF and workbooks.
account_terms   when a contract ends or goes on; papers that expire
amount_words    an amount in the characters of accounting: 壹万元零伍分
batch_report    the report of a batch
client_words    what a client reads in the place of our own words
facts           from a fact to its duties: a violation, a form, a breach, a change
figures         a month as the store adds it up
letter_forms    letters to a client: what each kind says and needs
letterhead      what stands around a document: both sides, its number, its day
matching        two lists of messages, line by line
reconciliation  what the contract says of two figures
sent_statement  a statement that was sent: its state by events and clock
statement       the document of a month
statement_services  its lines as services with quantity, price and amount
notice          a notice on its way: means, effect, and the states of a sending
task            duties: what, by which clause, by when
theirs          the other side's records of a month
"""
