"""Answers about what was stored: async functions from a connection, settings and a request to a typed document.

query             the document that every query returns, and why one is not answered
viewing           who may see texts and whole numbers; each view is written down
configured        accounts, channels and contracts by the names that a request gives
explain           the whole life of one message
life_documents    its documents, field by field
life_events       what happened to it, as events with kind and facts
life_story        its life told in sentences that a person can read aloud, in Chinese and English
life_conclusions  what follows from it: what is known, what is not and why, what a client is told
life_words        the sentences: of events, changes, states, errors, charges
refusal_details   the details of refusals and changes, in Chinese
stage_verdicts    the verdict of every stage that a message passed, told again from what is stored
trace             the messages of one number
running_ledger    the ledger of an account with the balance after each line
search            messages by number, any id, account, channel, state and time, page by page
quote             what would happen to a text
sending_preview   what a form or a file of rows would send, with segments, price and faults
hindsight         what changed rules would have made of stored traffic
list_contents     number lists: sizes, facts about a number, versions, exports
account_ledger    the entries of an account
incident_report   when channels were away in a month, and how long repairs took
fault_register    complaints about the service in a month, and its figures
kept_reconciliations  reconciliations that were kept, and the paper that both sides sign
letterheads       what stands around a document for an account
letter_values     what is known for a new letter
letters           letters to clients: drafts, and those that were issued
month_overview    the statements of a month, of every account
month_statement   a month's statement as the ledger has it now
statement_months  which months a statement may be about
statement_files   a month's statement as PDF, workbook or CSV
sent_statements   statements that were sent, and what became of them
reconciliation_of_month  a month held against the other side's records
decided_contents  stopped contents, doubtful messages, barred accounts, signatures
service_records   reports of batches, services that ended, notices that were served
notice_ledger     notices that are planned and sent, with their proof
task_list         what the contracts ask for by when
sealed_history    the chain of hashes recomputed, and its closed days
workbooks         lists of money as workbooks
node_plots        figures of a node over time, and when deliveries of a channel changed
audit_lines       who did, tried or saw what
evidence_file     a file that proves everything about a number, a message or an account
"""
