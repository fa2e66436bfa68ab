"""A client of the gateway that sends any PDU, over real octets; and PDUs with every field at and about its borders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from gateway.transport.pump import Pump
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.constants import VERSION_20, VERSION_30
from protocols.cmpp.session import CmppSession
from protocols.events import Bound, Closed, Event, RequestReceived, ResponseReceived
from protocols.session import Limits, Role, Session
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from protocols.smpp.session import SmppSession
from protocols.text.codings import Encoding, encode_text
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import HOST, PORTS

CODE = "106901"
LOGIN, PASSWORD = "106901", "secret01"
LIMITS = Limits(window_max=1_000, keepalive_idle_s=30.0, response_timeout_s=60.0)
VERSIONS = {"cmpp20": VERSION_20, "cmpp30": VERSION_30}


class RawClient:
    """Binds, sends what it is given, takes every deliver. `answers` are by the place of their request."""

    def __init__(self, protocol: str, loop: SimulatedLoop) -> None:
        self.protocol = protocol
        self._loop = loop
        self.session: Session = (
            SmppSession(Role.INITIATOR, LIMITS, now=loop.time()) if protocol == "smpp"
            else CmppSession(Role.INITIATOR, LIMITS, now=loop.time())
        )
        self.pump = Pump(self.session, self, loop)
        self.answers: dict[int, Any] = {}
        self.delivers: list[Any] = []
        self.sent = 0
        self.is_bound = self.is_closed = False

    async def bind(self) -> None:
        tcp_port = PORTS["smpp" if self.protocol == "smpp" else "cmpp"]
        await self._loop.create_connection(lambda: self.pump.as_protocol, HOST, tcp_port)
        if self.protocol == "smpp":
            pdu: Any = smpp.BindTransceiver(LOGIN, PASSWORD, "", 0x34)
        else:
            pdu = auth.connect(LOGIN, PASSWORD, VERSIONS[self.protocol], self._loop.clock())
        self.session.bind(pdu, now=self._loop.time())
        self.pump.touch()

    def send(self, pdu: Any) -> None:
        self.session.submit(pdu, self.sent, now=self._loop.time())
        self.sent += 1
        self.pump.touch()

    def handle(self, event: Event) -> None:
        if isinstance(event, Bound):
            self.is_bound = True
        elif isinstance(event, ResponseReceived):
            self.answers[event.token] = event.pdu
        elif isinstance(event, RequestReceived):
            self.delivers.append(event.pdu)
            answer = cmpp.DeliverResp(event.pdu.msg_id, 0) if self.protocol != "smpp" else smpp.response_to(event.pdu)
            self.session.respond(event.pdu, answer, now=self._loop.time())
        elif isinstance(event, Closed):
            self.is_closed = True

    def settled(self) -> None:
        """Nothing waits for room here."""


# --- fields ----------------------------------------------------------------------------------------------------------

OCTET = st.one_of(st.sampled_from([0, 1, 3, 4, 8, 0x40, 0x43, 0x7F, 0x80, 0xF5, 0xFF]), st.integers(0, 255))
LATIN = st.characters(min_codepoint=1, max_codepoint=255)
DIGITS = st.text("0123456789", max_size=18)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(["您的验证码是123456", "code 1234", "€[]{}~^\\|", "長" * 70, "a" * 160, "😀" * 30]),
    st.sampled_from(["\0\x1b\r\n", ""]),
)
TIMES = st.one_of(
    st.just(""), st.just(""),
    st.sampled_from(["000000000500000R", "000000010000000R", "991231235959948R", "371231235959932+"]),
    st.sampled_from(["380101000000032+", "260302120010032+", "370101000000048-"]),
    st.sampled_from(["000000000000000R", "1", "991299999999999R", "9" * 16]),
    st.text(LATIN, max_size=16),
)
SOON = st.one_of(st.just(""), st.just(""), st.sampled_from(["000000000005000R", "260302120005032+", "bad"]))


def latin(size: int) -> st.SearchStrategy[str]:
    """C-octet strings up to and at their longest."""
    return st.one_of(st.just(""), st.text(LATIN, max_size=size), st.text("A1", min_size=size, max_size=size))


def octets(longest: int) -> st.SearchStrategy[bytes]:
    """Texts in every encoding, headers right and wrong, and anything."""
    header = st.sampled_from([
        b"\x05\x00\x03\x07\x02\x01", b"\x05\x00\x03\x07\x02\x02", b"\x06\x08\x04\x00\x07\x01\x01",
        b"\x05\x00\x03\x01\x00\x00", b"\x06\x05\x04\x0b\x84\x00\x00", b"\xff", b"\x00", b"",
    ])
    text = st.one_of(
        st.tuples(TEXTS, st.sampled_from(list(Encoding))).map(_encoded), st.binary(max_size=longest),
        st.binary(min_size=longest, max_size=longest),
    )
    return st.tuples(header, text).map(lambda both: (both[0] + both[1])[:longest])


def _encoded(both: tuple[str, Encoding]) -> bytes:
    text, encoding = both
    try:
        return encode_text(text, encoding)
    except ValueError:
        return text.encode("utf-8")


NUMBERS = st.one_of(
    st.integers(0, 10**8 - 1).map(lambda n: f"138{n:08d}"), st.integers(0, 10**8 - 1).map(lambda n: f"86139{n:08d}"),
    st.integers(0, 10**8 - 1).map(lambda n: f"+86137{n:08d}"), latin(20),
    st.sampled_from(["", "10086", "0" * 20, "00447700900123"]),
)
SOURCES = st.one_of(st.just(CODE), DIGITS.map(lambda tail: (CODE + tail)[:20]), latin(20))
PARAMETERS = st.lists(
    st.tuples(st.one_of(st.sampled_from(sorted(tlv.TAGS)), st.integers(0, 0xFFFF)), st.binary(max_size=9)), max_size=4
)


@st.composite
def smpp_submits(draw: Callable[..., Any]) -> Any:
    """submit_sm, submit_multi and data_sm."""
    kind = draw(st.sampled_from(["submit", "submit", "multi", "data"]))
    tlvs = tuple(draw(PARAMETERS))
    common = {
        "service_type": draw(latin(5)), "source_addr_ton": draw(OCTET), "source_addr_npi": draw(OCTET),
        "source_addr": draw(SOURCES), "esm_class": draw(OCTET), "registered_delivery": draw(OCTET),
        "data_coding": draw(OCTET), "tlvs": tlvs,
    }
    to = {"dest_addr_ton": draw(st.sampled_from([0, 1, 2, 255])), "dest_addr_npi": draw(OCTET)}
    if kind == "data":
        payload = draw(octets(300))
        common["tlvs"] = (*tlvs, *tlv.MESSAGE_PAYLOAD.of(payload)) if payload else tlvs
        return smpp.DataSm(**common, **to, destination_addr=draw(NUMBERS))
    common |= {
        "protocol_id": draw(OCTET), "priority_flag": draw(st.one_of(st.integers(0, 3), OCTET)),
        "schedule_delivery_time": draw(SOON), "validity_period": draw(TIMES),
        "replace_if_present_flag": draw(st.integers(0, 1)),
        "sm_default_msg_id": draw(st.sampled_from([0, 0, 0, 1, 255])), "short_message": draw(octets(254)),
    }
    if kind == "submit":
        return smpp.SubmitSm(**common, **to, destination_addr=draw(NUMBERS))
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=3))
    return smpp.SubmitMulti(**common, dest_address=tuple(smpp.SmeAddress(1, 1, number) for number in numbers))


@st.composite
def cmpp_submits(draw: Callable[..., Any]) -> Any:
    return cmpp.Submit(
        draw(st.sampled_from([0, 2**64 - 1])), draw(st.sampled_from([1, 1, 2, 0, 255])),
        draw(st.sampled_from([1, 1, 2, 0, 255])), draw(st.sampled_from([0, 1, 1, 2])), draw(OCTET), draw(latin(10)),
        draw(OCTET), draw(latin(21)), draw(OCTET), draw(OCTET), draw(st.sampled_from([0, 0, 1, 0x40, 0x41, 255])),
        draw(st.one_of(st.sampled_from([0, 8, 15, 4]), OCTET)), draw(st.sampled_from([LOGIN, LOGIN, LOGIN, "", "x"])),
        draw(latin(2)), draw(latin(6)), draw(TIMES), draw(SOON), draw(SOURCES),
        tuple(draw(st.lists(NUMBERS, min_size=1, max_size=3))), 0, draw(octets(200)),
    )


@st.composite
def smpp_delivers(draw: Callable[..., Any]) -> Any:
    """MO, receipts and what is neither."""
    receipt = st.one_of(
        st.sampled_from([b"id:1 stat:DELIVRD", b"id: stat:", b"ID:x STAT:y err:\xff\xfe", b"id:" + b"9" * 200]),
        octets(254),
    )
    common = {
        "service_type": draw(latin(5)), "source_addr_ton": draw(OCTET), "source_addr_npi": draw(OCTET),
        "source_addr": draw(NUMBERS), "dest_addr_ton": draw(OCTET), "dest_addr_npi": draw(OCTET),
        "destination_addr": draw(SOURCES), "esm_class": draw(OCTET), "data_coding": draw(OCTET),
        "tlvs": tuple(draw(PARAMETERS)),
    }
    if draw(st.booleans()):
        return smpp.DataSm(**common, registered_delivery=draw(OCTET))
    return smpp.DeliverSm(
        **common, protocol_id=draw(OCTET), priority_flag=draw(OCTET), registered_delivery=draw(OCTET),
        short_message=draw(receipt),
    )


@st.composite
def cmpp_delivers(draw: Callable[..., Any]) -> Any:
    return cmpp.Deliver(
        draw(st.sampled_from([0, 1, 2**63, 2**64 - 1])), draw(SOURCES), draw(latin(10)), draw(OCTET),
        draw(st.sampled_from([0, 0, 1, 0x40, 255])), draw(st.one_of(st.sampled_from([0, 8, 15, 4]), OCTET)),
        draw(NUMBERS), draw(OCTET), draw(st.sampled_from([0, 0, 1, 2, 255])), draw(octets(255)),
    )
