"""Bound SMPP sessions for tests."""

from __future__ import annotations

from typing import Any

from protocols.events import BindRequested, Closed, Event
from protocols.session import Limits
from protocols.smpp.pdus import BindReceiver, BindTransceiver, BindTransmitter, Pdu, SubmitSm, response_to
from protocols.smpp.session import ESME, SMSC, SmppSession
from tests.protocols.pair import Pair

BINDS: dict[str, type[Pdu]] = {"tx": BindTransmitter, "rx": BindReceiver, "trx": BindTransceiver}
QUIET = Limits(keepalive_idle_s=None)
SUBMIT = SubmitSm(source_addr="10690001", destination_addr="8613800138000", data_coding=8, short_message=b"\x4f\x60")


def open_pair(limits: Limits = QUIET, chunk: int = 0) -> Pair:
    """An ESME (left) and an SMSC (right) that have just connected; the SMSC says yes to binds."""
    pair = Pair(SmppSession(ESME, limits, now=0.0), SmppSession(SMSC, limits, now=0.0), chunk=chunk)
    pair.answers["right"] = lambda pdu: response_to(pdu, system_id="smsc") if pdu.NAME.startswith("bind") else None
    return pair


def bound_pair(bind: str = "trx", limits: Limits = QUIET, chunk: int = 0) -> Pair:
    """As `open_pair`, bound, with no event left."""
    pair = open_pair(limits, chunk)
    pair.left.bind(BINDS[bind](system_id="esme", password="secret"), now=0.0)
    pair.settle()
    pair.take("left"), pair.take("right")
    return pair


def bound_smsc(limits: Limits = QUIET) -> SmppSession:
    """An SMSC session bound to a transceiver, with nothing to send or tell."""
    session = SmppSession(SMSC, limits, now=0.0)
    bind_smsc(session)
    return session


def bind_smsc(session: Any, bind: str = "trx") -> None:
    """Bind an ESME to this SMSC session."""
    from protocols.smpp.codec import encode

    session.receive_data(encode(BINDS[bind](system_id="esme"), 1), now=0.0)
    event = session.next_event()
    assert isinstance(event, BindRequested)
    session.respond(event.pdu, response_to(event.pdu), now=0.0)
    session.data_to_send()


def bound_esme(limits: Limits = QUIET, bind: str = "trx") -> SmppSession:
    """An ESME session bound as a transceiver, with nothing to send or tell; its next sequence is 2."""
    from protocols.smpp.codec import encode

    session = SmppSession(ESME, limits, now=0.0)
    request = BINDS[bind](system_id="esme")
    session.bind(request, now=0.0)
    session.data_to_send()
    request.sequence = 1
    session.receive_data(encode(response_to(request), 1), now=0.0)
    session.events.clear()
    return session


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def closed(events: list[Event]) -> Closed:
    """The Closed at the end, which must be the only one."""
    assert names(events).count("Closed") == 1
    last = events[-1]
    assert isinstance(last, Closed)
    return last
