"""Hongyan, the SMS gateway daemon: the contract is the configuration.

From the bottom to the top:

native        which modules are compiled, and whether this process takes them
native_build  compiles them
domain        values and ports that every other package speaks in
contracts     pure: profiles and their versions, billing units, hours, calendar, complaint regime
content       pure: words, templates, links and numbers of a text, and the rules over them
ledger        pure double entry: hold, settle, release, expire
pipeline      pure stages: (Message, Policy, now) -> Verdict
dialects      PDU <-> domain message; the named quirks of a channel
flows         bind, intake, dispatch, receipts, inbound, recovery
documents     pure: statements, reconciliation, reports, duties and their terms
store         PostgreSQL: group commit, reads, migrations; the in-memory twin for tests
transport     the one pump under both sides
archive       history sealed into a chain of hashes, verified, purged by its term
sessions      client side: we are SMSC / ISMG
carriers      carrier side: we are ESME / SP
telemetry     metrics and logs, off the hot road
admin         HTTP: /metrics, /healthz, /readyz; the control socket and its operations
simulator     a carrier and a client that speak real bytes, with a seeded fault plan
settings      TOML -> frozen settings, every fault at once with file and line
bounds        the bounds of the flows, as hongyan.toml has them
roads         all flows of one node, wired over a journal and a reader
doors         listeners for clients, HTTP for machines, the control socket
database      the database of a node: the configured one, or a private one
collector     the cycle collector, at moments of our choosing
duties        what contracts ask of the clock: tasks due and overdue, what silence brings about
stops         what suspends an account by itself: a licence, a statement not paid in time
batching      batches that report themselves
harbour       ports and incidents of a running gateway
office        operations on documents, over the live ledger
endings       the end of a client's service
housekeeping  beside the traffic: the floor for a restart, old waits, day partitions, gauges
app           composition root: builds one node, starts, reloads and drains it
daemon        the process: signals, the service manager, the two ways to stop
demo          gateway, simulated carriers and clients in one process, with a live table
cli           the commands
__main__      `hongyan` and `python -m gateway`
"""
