"""What people and programs can tell a node to do: one operation, one place, whoever asks.

To add an operation, write in one module of this package
    a request    class Close(OperationRequest): fields of `field_kinds`, each with bounds, and a description in English
                 and Chinese where a clerk reads it; amounts are integers `…_hao`
    an answer    class Closed(OperationAnswer): what is not set is left out of the document; amounts are `ShownHao`
    a function   async def close(context: OperationContext, asked: Close) -> Closed
    a row        CLOSE = Operation("accounts.close", ("Close it.", "关闭账户。"), Close, Closed, close, Change.STORE,
                                   subject="account", example={"account": "smppdemo"})
    and name it  in the module's OPERATIONS.
Then the control socket has `POST /operations/accounts.close`, `hongyan operations` shows it, and the tests over all
operations send its example. A command calls `ask(settings, CLOSE, {...})` of gateway.cli.asking and prints the answer.
`Operation` says how a change gets its audit row into the same transaction, and where it may run without a node. SQL
stands in gateway.store. Refuse with `OperationRefused(sentence, clause)`; a name that is not configured is UnknownName,
which `context.account(name)` raises.

operation                 an operation: name, models, function; what it changes, where it may run
operation_context         what it works with: connection, settings, caller, a running node's parts
operation_errors          what it may answer instead
field_kinds               kinds of fields with their bounds; answers as people read them
dispatcher                the one way to an operation; validation, audit, errors
registry                  every operation by its name
offline_context           the context of a command where no node answers
account_operations        accounts: list, show, credit a payment, suspend, resume
account_money             the money of one account as operations work with it
channel_operations        channels: list
lot_operations            lots of credits, fees of months: buy, list, book
price_operations          price versions: add, confirm, list
sending_port_operations   sending ports and channels, live: rate, isolate, drain, resume, notices
node_operations           a running node: its state, its sessions and links
recorder_operations       recordings of links and sessions: start, stop, list, fetch
recorder_answers          recordings as operations answer them
node_figures              the figures of a state, as they are kept of each minute and drawn
node_answers              what a node looks like, as operations answer it
complaint_operations      complaints: add, list, judge, answer; forecast and rectify
sending_port_answers      sending ports, complaints and their history as operations answer them
notice_operations         notices that are sent: once more, given by hand, come back
outbox_operations         what clients refused for good: list it, owe it again
callback_operations       where accounts are called over HTTP: create, list, delete, new secret, pause, test
compensation_operations   what a fault of either side costs: makeup, refund, penalty, adjust
archive_work              seal now what is due, drop the days whose term is over
booking                   an adjustment: a line for a statement and the entry that moves its money, once a reason
content_operations        stop a content, a word on a doubtful message, lift a bar
disclosure_operations     disclosures under law: authority, basis, and the notice before (S4-7.5)
document_operations       issue a letter under a number, keep a file that proves an answer
filing_operations         signatures and their papers
message_operations        a person sends messages by a form: one batch
account_counts            what a client sees of its account live
passwords                 passwords of people: argon2id in a thread, a few at a time
user_operations           people who sign in to the console: create, list, disable, role, password, second factor
list_operations           number lists and protection lists: change by a stream, sizes, MO opt-in
password_operations       the password of an account: set by its client, the configured one again
reconcile_operations      keep a reconciliation, book what a re-check found
service_fault_operations  the register of faults: complained of, ended, answered, proved
service_operations        operations around a service: a client ends it, a batch is reported, a notice is written down
statement_answers         a client's contact answers a statement by the link in its mail
statement_operations      operations on statements: send one, and what the client answers, receives and pays
token_operations          tokens of the HTTP API: make, list, revoke, replace without a gap
task_operations           operations on tasks: note one, note a fact and the tasks that follow from it, close one
"""
