"""Hongyan, the SMS gateway daemon: the contract is the configuration.

From the bottom to the top:

native        which modules are compiled, and whether this process takes them
native_build  compiles them
domain        values, and what is asked of the outside, that every other package speaks in
contracts     pure: profiles and their versions, billing units, hours, calendar, complaint regime
content       pure: words, templates, links and numbers of a text, and the rules over them
ledger        pure double entry: hold, settle, release, expire
pipeline      pure: the policy of an account, and the stages that judge a message by it
dialects      PDU <-> domain message; the named quirks of a channel
flows         binds, messages, rates, compliance, receipts, outbox, money, complaints
documents     pure: statements, reconciliation, reports, duties and their terms; CSV and PDF
store         PostgreSQL: group commit, reads, facts, migrations; the in-memory twin for tests
archive       history sealed into a chain of hashes, verified, purged by its term
receivers     who takes receipts and MO over HTTP: callbacks, pages, streams
transport     connections of both sides: pump, listener, client session, carrier link, pool
telemetry     metrics and logs; no line for each message
settings      TOML -> frozen settings, every fault at once with file and line
notices       who is told what by which means; mail and short messages, owed until taken
simulator     a carrier and a client that speak real bytes, with a seeded fault plan
operations    what people and programs can tell a node to do
queries       answers about what was stored
duties        what contracts ask of the clock: tasks due and overdue, what silence brings about
interfaces    the control socket, HTTP for machines, the client's live view
node          one node: wired, started, reloaded, kept and drained in order
console       `hongyan console`: pages for people, a process of its own
daemon        the process: signals, the service manager, the two ways to stop
demo          gateway, simulated carriers and clients in one process, with a live table
cli           the commands
__main__      `hongyan` and `python -m gateway`
"""
