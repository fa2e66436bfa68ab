"""Hongyan, the SMS gateway daemon: the contract is the configuration.

domain      values and ports that every other package speaks in
contracts   pure: profiles, billing units, calendar, complaint regime, statements
ledger      pure double entry: hold, settle, release, expire
pipeline    pure stages: (Message, Policy, now) -> Verdict
dialects    PDU <-> domain message; the named quirks of a channel
flows       bind, intake, dispatch, receipts, inbound, recovery
store       PostgreSQL: group commit, reads, migrations; the in-memory twin for tests
transport   the one pump under both sides
sessions    client side: we are SMSC / ISMG
carriers    carrier side: we are ESME / SP
telemetry   metrics and logs, off the hot road
admin       HTTP: /metrics, /healthz, /readyz
simulator   a carrier and a client that speak real bytes, with a seeded fault plan
settings    TOML -> frozen settings, every fault at once with file and line
harbour     ports and incidents of a running gateway
app         composition root; cli and __main__ are its front doors
demo        gateway, simulated carriers and clients in one process, with a live table
"""
