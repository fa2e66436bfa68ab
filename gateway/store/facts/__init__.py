"""Rare facts beside the traffic: each written in a transaction of its own, and read back.

adjustments        lines that a later statement shows, with the entry that moved their money
audit_rows         rows of the audit
callback_rows      endpoints of callbacks, and what was asked for with messages over HTTP
complaint_rows     complaints and sending port states; memory_complaints: its twin
content_decisions  stopped contents, barred accounts, filed signatures, messages under review
document_rows      documents that were issued, each under the next number of its series and year
duty_facts         what duties ask of PostgreSQL
evidence_files     files that prove an answer of a client
fault_rows         the register of faults
incident_rows      when something was away: a row when it begins, another when it ends
list_store         imports, edits and the audit of number lists
node_presence      whether a node runs on the database
notices            notices that were served
notice_rows        notices that are planned, and their sendings
observation_rows   what a node sees of its own traffic: deliveries by the hour, samples of minutes
own_messages       our own messages to contacts in history
offline_changes    what a command changes while no gateway runs
password_rows      passwords that clients set themselves
protected_store    protection lists and closed accounts (S0-5.6)
reconciliation_rows  reconciliations that were kept
refused_delivers   what clients refused for good: found, owed again
session_rows       sessions of people at the console
user_rows          people who may sign in to the console
request_rows       requests over the HTTP API: how those with a key were answered, what was asked with messages
signature_letters  advice on signatures: who was refused how often today, the letter, what follows (S4-3.9c)
statement_rows     statements that were sent, and their events
task_rows          the table of tasks
terminations       services that clients ended, and what of an account has not left yet
token_rows         tokens of the HTTP API
watched_batches    batches that are watched, and their reports
"""
