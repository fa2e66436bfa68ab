"""Cost of the protocol engine: CPU µs a PDU, codec included.

    session.smpp_receive     a submit out of a read of 50, to its event
    session.smpp_respond     the answer to it, to octets
    session.smpp_round       a request of ours and its answer: submit, encode, window, decode, event
"""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

from benchmarks.figures import Figure, Scale
from benchmarks.wires import CMPP, SMPP, Wire, frames
from protocols.session import Limits, Role, Session

READ = 50  # PDUs in one read
READS, ROUNDS = 100, 9
NOW = 1_000.0
LIMITS = Limits(window_max=READ)


def pair(wire: Wire) -> tuple[Session, Session]:
    """Return a client's and a gateway's session, bound to each other."""
    ours = wire.make_session(Role.INITIATOR, LIMITS, NOW)
    theirs = wire.make_session(Role.ACCEPTOR, LIMITS, NOW)
    ours.bind(wire.bind(1_772_424_000.0), now=NOW)
    theirs.receive_data(ours.data_to_send(), now=NOW)
    (asked,) = theirs.events
    theirs.respond(asked.pdu, wire.bind_accepted(asked.pdu), now=NOW)  # type: ignore[union-attr]
    ours.receive_data(theirs.data_to_send(), now=NOW)
    ours.events.clear()
    theirs.events.clear()
    return ours, theirs


def costs(wire: Wire, reads: int) -> tuple[float, float, float]:
    """Return (receive, respond, round) in µs a PDU."""
    ours, theirs = pair(wire)
    submit, carrier_id = wire.submit("13800138000", 1), wire.sample_id
    receive = respond = round_trip = 0.0
    for _ in range(reads):
        began = process_time()
        for _ in range(READ):
            ours.submit(submit, None, now=NOW)
        octets = ours.data_to_send()
        round_trip += process_time() - began
        began = process_time()
        theirs.receive_data(octets, now=NOW)
        receive += process_time() - began
        requests = [event.pdu for event in theirs.events]  # type: ignore[union-attr]
        theirs.events.clear()
        assert len(requests) == len(list(frames(octets))) == READ
        began = process_time()
        for request in requests:
            theirs.respond(request, wire.submit_accepted(carrier_id), now=NOW)
        octets = theirs.data_to_send()
        respond += process_time() - began
        began = process_time()
        ours.receive_data(octets, now=NOW)
        round_trip += process_time() - began
        assert len(ours.events) == READ
        ours.events.clear()
    pdus = reads * READ / 1e6
    return receive / pdus, respond / pdus, round_trip / pdus


def run(scale: Scale) -> Iterator[Figure]:
    wires: tuple[Wire, ...] = (SMPP, CMPP)
    for wire in wires:
        rounds = [costs(wire, scale.of(READS, 1)) for _ in range(scale.of(ROUNDS, 1))]
        for name, values in zip(("receive", "respond", "round"), zip(*rounds, strict=True), strict=True):
            yield Figure(f"session.{wire.protocol}_{name}", min(values), "us")
