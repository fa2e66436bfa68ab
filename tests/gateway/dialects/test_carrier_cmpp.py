"""The carrier side over CMPP: SUBMITs in both layouts, answers, foreign reports of either width, MO."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.cmpp.carrier_dialect import CmppCarrierDialect
from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.domain.channel import Quirks
from gateway.domain.message import Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, State, Unreadable
from protocols.cmpp import pdus
from protocols.cmpp.receipt import Receipt as Report
from protocols.cmpp.receipt import write_receipt
from protocols.text.codings import Encoding, decode_text
from tests.gateway.dialects.samples import ACCOUNT, NOW, channel, message, outcomes, over_cmpp, pdu_of
from tests.vectors import Vector, ids, load

WIRES = {0x20: CMPP20, 0x30: CMPP30}
DIALECTS = {version: CmppCarrierDialect(channel(wire)) for version, wire in WIRES.items()}
DIALECT = DIALECTS[0x30]
BOTH = pytest.mark.parametrize("version", WIRES, ids=["2.0", "3.0"])
DELIVERS = [v for v in load("cmpp", "deliver_20", "deliver_30") if v.fields.get("command") == "CMPP_DELIVER"]
REPORTS = [v for v in DELIVERS if v.fields["registered_delivery"] == 1]
MOS = [v for v in DELIVERS if v.fields["registered_delivery"] == 0]


def report(stat: str, *, content: bytes | None = None) -> Receipt | Unreadable:
    octets = write_receipt(Report(77, stat, "2611221000", "2611221001", "13800138000"), 0x30)
    deliver = pdus.Deliver(registered_delivery=1, msg_content=octets if content is None else content)
    read = DIALECT.read_deliver(deliver, NOW)
    assert isinstance(read, Receipt | Unreadable)
    return read


@BOTH
def test_a_submit_is_what_the_message_and_its_channel_say(version: int) -> None:
    dialect = CmppCarrierDialect(channel(WIRES[version], service_code="1069", service_id="SVC"))
    parts = (bytes.fromhex("050003070201") + b"ab", bytes.fromhex("050003070202") + b"cd")
    asked = message(*parts, has_udh=True, source="0001", priority=3, expires_at=NOW + 60)
    first, second = (over_cmpp(dialect.submit(asked, index, NOW), version) for index in (0, 1))
    assert [(pdu.pk_total, pdu.pk_number, pdu.tp_udhi) for pdu in (first, second)] == [(2, 1, 1), (2, 2, 1)]
    assert (first.msg_src, first.src_id, first.dest_terminal_id) == ("900001", "10690001", ("13800138000",))
    assert (first.service_id, first.registered_delivery, first.msg_level, first.msg_fmt) == ("SVC", 1, 3, 8)
    assert (first.fee_user_type, first.fee_type, first.fee_code, first.fee_terminal_id) == (2, "01", "000000", "")
    assert (first.valid_time, second.msg_content) == ("261122100100032+", parts[1])


def test_separate_whole_messages_are_not_numbered() -> None:
    asked = message(b"ab", b"cd")
    submits = [DIALECT.submit(asked, index, NOW) for index in (0, 1)]
    assert [(pdu.pk_total, pdu.pk_number, pdu.tp_udhi) for pdu in submits] == [(1, 1, 0)] * 2


@pytest.mark.parametrize(
    ("encoding", "flash", "number"),
    [
        (Encoding.ASCII, False, 0), (Encoding.UCS2, False, 8), (Encoding.GBK, False, 15), (Encoding.BINARY, False, 4),
        (Encoding.UCS2, True, 24), (Encoding.GSM7, True, 16), (Encoding.BINARY, True, 20),
    ],
)
def test_msg_fmt_by_encoding_and_class(encoding: Encoding, flash: bool, number: int) -> None:
    assert DIALECT.submit(message(b"x", encoding=encoding, flash=flash), 0, NOW).msg_fmt == number


@BOTH
@given(text=st.text(st.characters(blacklist_categories=["Cs"]), max_size=35), flash=st.booleans())
def test_what_one_gateway_submits_the_next_one_reads(version: int, text: str, flash: bool) -> None:
    octets = text.encode("utf-16-be")
    pdu = over_cmpp(DIALECTS[version].submit(message(octets, flash=flash), 0, NOW), version)
    read = CmppClientDialect(ACCOUNT, version).read_submit(pdu, NOW)
    assert isinstance(read, Submission)
    assert (read.octets, read.encoding, read.flash) == (octets, Encoding.UCS2, flash)
    assert (read.source, read.destination, read.sp_id) == ("10690001", "13800138000", "900001")


@pytest.mark.parametrize(
    ("result", "answer", "stat"),
    [(8, Answer.THROTTLED, "C:0008"), (13, Answer.REFUSED, "C:0013"), (3, Answer.REFUSED, "C:0003"),
     (199, Answer.REFUSED, "C:0199"), (0xFFFFFFFF, Answer.REFUSED, "C967295")],
)
def test_answers(result: int, answer: Answer, stat: str) -> None:
    read = DIALECT.read_answer(pdus.SubmitResp(5, result))
    assert (read.answer, read.carrier_id, read.status, read.stat) == (answer, "", result, stat)


def test_an_id_is_its_unsigned_decimal_and_zero_is_none() -> None:
    assert DIALECT.read_answer(pdus.SubmitResp(2**64 - 1, 0)).carrier_id == str(2**64 - 1)
    assert DIALECT.read_answer(pdus.SubmitResp(0, 0)).carrier_id == ""


@pytest.mark.parametrize("vector", REPORTS, ids=ids)
def test_a_foreign_report_is_read_in_either_width(vector: Vector) -> None:
    dialect = DIALECTS[int(vector.extra["version"].replace(".", ""), 16)]
    read = dialect.read_deliver(pdu_of(vector), NOW)
    expected = vector.extra["receipt"]
    assert isinstance(read, Receipt)
    assert read.id_candidates == (str(int(expected["msg_id"], 16)),)
    assert dialect.read_answer(pdus.SubmitResp(int(expected["msg_id"], 16), 0)).carrier_id == read.id_candidates[0]
    assert (read.state is State.DELIVERED) == (expected["stat"] == "DELIVRD")
    assert read.error == (expected["stat"] if ":" in expected["stat"] else "")
    assert read.destination == expected["dest_terminal_id"]


@pytest.mark.parametrize(
    ("stat", "state", "error"),
    [
        ("DELIVRD", State.DELIVERED, ""), ("EXPIRED", State.EXPIRED, ""), ("DELETED", State.DELETED, ""),
        ("UNDELIV", State.UNDELIVERABLE, ""), ("UNKNOWN", State.UNKNOWN, ""), ("REJECTD", State.REJECTED, ""),
        ("ACCEPTD", State.ACCEPTED, ""), ("MK:0012", State.UNDELIVERABLE, "MK:0012"),
        ("mk:0012", State.UNDELIVERABLE, "mk:0012"), ("MK00001", State.UNDELIVERABLE, "MK00001"),
        ("delivrd", State.DELIVERED, ""), ("Expired", State.EXPIRED, ""), ("acceptd", State.ACCEPTED, ""),
        ("DELIVER", State.UNDELIVERABLE, "DELIVER"), ("DELIV", State.UNDELIVERABLE, "DELIV"),
    ],
)
def test_only_delivrd_is_delivered_and_words_are_kept(stat: str, state: State, error: str) -> None:
    for _ in range(2):  # the second time from memory
        read = report(stat)
        assert isinstance(read, Receipt)
        assert (read.id_candidates, read.state, read.error) == (("77",), state, error)
        assert (read.done_at, read.destination) == (NOW + 60, "13800138000")


@pytest.mark.parametrize("stat", [b"DELIVRD", b"delivrd", b"DELIVRD\0"[:7], b" DELIV"])
def test_padding_around_a_word_is_no_part_of_it(stat: bytes) -> None:
    read = report("", content=b"\0" * 7 + b"\x4d" + stat.ljust(7) + b"\0" * 24)
    assert isinstance(read, Receipt)
    assert (read.state is State.DELIVERED) == (b"DELIVRD" in stat.upper())
    assert read.error == ("" if read.state is State.DELIVERED else "DELIV")


@pytest.mark.parametrize("stat", [b"", b"0", b"000", b"0000000", b"       ", b"\xff\xfe\x01\x02\x03\x04\x05"])
def test_a_stat_that_says_nothing_is_no_failure(stat: bytes) -> None:
    """Zero may mean delivered (facts 1.7: by a route's setting only); nobody means a failure by it."""
    content = b"\0" * 7 + b"\x4d" + stat.ljust(7, b"\0") + b"26112210002611221001" + b"13800138000".ljust(21, b"\0")
    read = report("", content=content + b"\0" * 4)
    assert isinstance(read, Unreadable)
    assert (read.octets, read.source, read.channel) == (content + b"\0" * 4, "13800138000", "up")
    said = CmppCarrierDialect(channel(CMPP30, quirks=Quirks(delivered_words=frozenset({"0"}))))
    if stat == b"0":
        taken = said.read_deliver(pdus.Deliver(registered_delivery=1, msg_content=content + b"\0" * 4), NOW)
        assert isinstance(taken, Receipt) and taken.state is State.DELIVERED


def test_a_report_shorter_than_any_layout_says_nothing() -> None:
    short = report("", content=b"x" * 38)
    assert isinstance(short, Unreadable) and (short.octets, short.coding) == (b"x" * 38, 0)
    shortest = report("", content=b"\0" * 7 + b"\x09DELIVRD" + b"\0" * 24)
    assert isinstance(shortest, Receipt) and (shortest.id_candidates, shortest.state) == (("9",), State.DELIVERED)
    assert (shortest.done_at, shortest.submitted_until) == (NOW, 0.0)


@pytest.mark.parametrize(
    ("zone", "ahead_s"),
    [(UTC, 0), (timezone(timedelta(hours=5, minutes=30)), 19_800), (ZoneInfo("America/New_York"), -18_000)],
)
def test_the_dates_of_a_report_are_in_the_zone_of_its_channel(zone: tzinfo, ahead_s: int) -> None:
    """10:00 and 10:01 on the wall there; NOW is 10:00 in China. In November New York has its winter time."""
    dialect = CmppCarrierDialect(channel(CMPP30, receipt_zone=zone))
    content = write_receipt(Report(77, "DELIVRD", "2611221000", "2611221001", "13800138000"), 0x30)
    for _ in range(2):
        read = dialect.read_deliver(pdus.Deliver(registered_delivery=1, msg_content=content, dest_id="1069"), NOW)
        assert isinstance(read, Receipt)
        submitted_at = NOW + 28_800 - ahead_s
        assert (read.submitted_from, read.submitted_until) == (submitted_at, submitted_at + 60)
        assert (read.done_at, read.source) == (submitted_at + 60, "1069")


@pytest.mark.parametrize("vector", MOS, ids=ids)
def test_a_foreign_mo_is_read(vector: Vector) -> None:
    read = DIALECTS[int(vector.extra["version"].replace(".", ""), 16)].read_deliver(pdu_of(vector), NOW)
    assert isinstance(read, Inbound)
    assert (read.source, read.destination) == (vector.fields["src_terminal_id"], vector.fields["dest_id"])
    assert read.text == decode_text(read.octets, read.encoding) == vector.extra["text"]
    assert (read.udh + read.octets).hex() == vector.fields["msg_content"]


@BOTH
@given(item=outcomes)
def test_what_one_gateway_reports_the_next_one_understands(version: int, item: Outcome) -> None:
    deliver = over_cmpp(CmppClientDialect(ACCOUNT, version).receipt(item), version)
    read = DIALECTS[version].read_deliver(deliver, NOW)
    assert isinstance(read, Receipt)
    assert (read.state is State.DELIVERED) == (item.state is State.DELIVERED)
    if item.error == "MK:0012" and item.state not in (State.DELIVERED, State.DELETED):
        assert read.error == "MK:0012"
    if not item.error:
        assert read.state is item.state


OCTET = st.integers(0, 255)


@given(content=st.binary(max_size=255), tp_udhi=OCTET, msg_fmt=OCTET, kind=st.integers(0, 2))
def test_no_deliver_is_too_strange_to_read(content: bytes, tp_udhi: int, msg_fmt: int, kind: int) -> None:
    deliver = pdus.Deliver(tp_udhi=tp_udhi, msg_fmt=msg_fmt, registered_delivery=kind, msg_content=content)
    read = DIALECT.read_deliver(deliver, NOW)
    assert read is None or read.channel == "up"
    submit = pdus.Submit(
        tp_udhi=tp_udhi, msg_fmt=msg_fmt, registered_delivery=kind, msg_content=content, dest_terminal_id=("1",)
    )
    CmppClientDialect(ACCOUNT, 0x30).read_submit(submit, NOW)


def test_a_deliver_is_answered_with_its_msg_id() -> None:
    deliver = pdus.Deliver(msg_id=9)
    assert DIALECT.deliver_answer(deliver) == pdus.DeliverResp(9, 0)
    assert DIALECT.deliver_answer(deliver, is_ok=False) == pdus.DeliverResp(9, 8)
