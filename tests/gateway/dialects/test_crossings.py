"""What a user's coding number says reaches the carrier on every crossing, or the message is refused.

The carrier's side is read by the tables of 3GPP TS 23.038 (section 4) and of dest_addr_subunit (SMPP 3.4 5.3.2.1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.cmpp.carrier_dialect import CmppCarrierDialect
from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.dialects.smpp.carrier_dialect import SmppCarrierDialect
from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.account import Account
from gateway.domain.message import Submission, message_of
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.stages.stage_order import screen
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from protocols.text.codings import Encoding, decode_text, encode_text, from_data_coding, from_msg_fmt
from tests.gateway.dialects.samples import over_cmpp, over_smpp
from tests.gateway.pipeline.builders import LOGIN, NOON, account, channel, policy

UNSIGNED = {"sig_inject": "none", "sig_required": False}
CHANNELS = {
    "smpp": channel("a", encodings=frozenset(Encoding)), "cmpp20": channel("a", wire=CMPP20),
    "cmpp30": channel("a", wire=CMPP30, encodings=frozenset(Encoding)),
}
WIRES = {"smpp": None, "cmpp20": 0x20, "cmpp30": 0x30}


def asked_in(protocol: str, number: int, octets: bytes, whose: Account, tlvs: tlv.Tlvs = ()) -> Submission | Reject:
    """A submit with a coding number, as its dialect reads it."""
    if protocol == "smpp":
        pdu: Any = smpp.SubmitSm(
            source_addr="10690123", destination_addr="13800138000", data_coding=number, short_message=octets, tlvs=tlvs
        )
        read: Any = SmppClientDialect(whose).read_submit(pdu, NOON)
    else:
        pdu = cmpp.Submit(
            msg_src=LOGIN, src_id="10690123", dest_terminal_id=("13800138000",), msg_fmt=number, msg_content=octets
        )
        read = CmppClientDialect(whose, 0x30).read_submit(pdu, NOON)
    return read


def crossed(asked: Submission, wire: str, **changes: Any) -> tuple[int, tlv.Tlvs, bytes] | Reject:
    """(coding number, parameters, octets) at the carrier, or why nothing leaves."""
    message = message_of(7, asked)
    _, verdict = screen(message, policy(CHANNELS[wire], keys=UNSIGNED, **changes), NOON)
    if isinstance(verdict, Reject):
        return verdict
    version = WIRES[wire]
    if version is None:
        pdu = over_smpp(SmppCarrierDialect(CHANNELS[wire]).submit(message, 0, NOON))
        return pdu.data_coding, pdu.tlvs, pdu.short_message
    pdu = over_cmpp(CmppCarrierDialect(CHANNELS[wire]).submit(message, 0, NOON), version)
    return pdu.msg_fmt, (), pdu.msg_content


def meaning(number: int, tlvs: tlv.Tlvs = (), *, by_itself: bool = False) -> tuple[Any, ...]:
    """(class, deleted, waiting and whether it is stored) of a number by the specification's groups."""
    group, subunit = number >> 4, tlv.get_int(tlvs, tlv.DEST_ADDR_SUBUNIT)
    told: tuple[Any, ...] = (None, False, None)
    if number < 16 or (group < 8 and number & 0x2C in (0x20, 0x24, 0x28, 0x2C, 0x0C)) or 8 <= group <= 11:
        pass  # the protocol's own, compressed, reserved
    elif group < 8:
        told = (number & 3 if number & 0x10 else None, bool(number & 0x40), None)
    elif group == 15:
        told = (None if number & 8 else number & 3, False, None)
    else:
        told = (None, False, ("discard" if group == 12 else "store", bool(number & 8), number & 3))
    return (subunit - 1, *told[1:]) if told[0] is None and subunit else told


@pytest.mark.parametrize("wire", CHANNELS)
@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
@pytest.mark.parametrize("number", range(256))
def test_a_number_means_the_same_to_the_carrier_or_is_refused(number: int, protocol: str, wire: str) -> None:
    told = (from_data_coding if protocol == "smpp" else from_msg_fmt)(number)
    octets = encode_text("AB", told.encoding)
    asked = asked_in(protocol, number, octets, account())
    assert isinstance(asked, Submission)
    found = crossed(asked, wire)
    if isinstance(found, Reject):
        assert found.key is Key.CODING
        is_unknown = number < 16 and told.encoding is Encoding.BINARY and (protocol == "smpp") != (wire == "smpp")
        assert is_unknown and number not in (2, 4), f"{number:02x} is refused: {found}"
        return
    carried, tlvs, content = found
    assert meaning(carried, tlvs) == meaning(number)
    read = (from_data_coding if wire == "smpp" else from_msg_fmt)(carried)
    if told.encoding is Encoding.BINARY:
        assert content == octets and read.encoding is Encoding.BINARY
        assert number < 16 or carried == number  # from 16 on both protocols have the same numbers
    else:
        assert decode_text(content, read.encoding) == "AB"


@pytest.mark.parametrize("wire", CHANNELS)
@pytest.mark.parametrize("number", [0x10, 0x11, 0x12, 0x13, 0xF0, 0xF3, 0x41, 0x53, 0xD8, 0xD0, 0xE9, 0xC8, 0xC3])
@pytest.mark.parametrize("text", ["plain", "€[]", "验证码1234"])
def test_a_class_or_a_waiting_message_survives_another_alphabet(text: str, number: int, wire: str) -> None:
    """Chinese cannot go under a GSM number: the same class has a UCS2 one. What may be discarded has GSM text only."""
    whose = account(default_alphabet=Encoding.GSM7)
    encoding = from_data_coding(number).encoding
    if text == "验证码1234" and encoding is Encoding.GSM7:
        octets = text.encode()  # under the quirk: the label is wrong, the class is not
        whose = replace(whose, quirks=frozenset({"mislabelled_text"}))
    else:
        octets = encode_text(text, encoding)
    asked = asked_in("smpp", number, octets, whose)
    assert isinstance(asked, Submission)
    found = crossed(asked, wire, quirks=whose.quirks)
    if isinstance(found, Reject):
        assert found.key is Key.CODING and meaning(number)[2][0] == "discard" and text == "验证码1234"
        return
    carried, tlvs, content = found
    assert meaning(carried, tlvs) == meaning(number)
    assert decode_text(content, from_msg_fmt(carried).encoding) == text


@pytest.mark.parametrize(
    ("tlvs", "expected"),
    [
        (tlv.DEST_ADDR_SUBUNIT.of(1), (0, False, None)),
        (tlv.DEST_ADDR_SUBUNIT.of(2), (1, False, None)),
        (tlv.DEST_ADDR_SUBUNIT.of(3), (2, False, None)),
        (tlv.DEST_ADDR_SUBUNIT.of(4), (3, False, None)),
        (tlv.DEST_ADDR_SUBUNIT.of(0), (None, False, None)),
        (tlv.TAGS[0x0030].of(0x82), (None, False, ("store", True, 2))),
        (tlv.TAGS[0x0030].of(0x01), (None, False, ("store", False, 1))),
    ],
)
@pytest.mark.parametrize("wire", CHANNELS)
@pytest.mark.parametrize("number", [0, 1, 3, 8])
def test_parameters_that_say_it_cross_as_numbers(
    number: int, wire: str, tlvs: tlv.Tlvs, expected: tuple[Any, ...]
) -> None:
    asked = asked_in("smpp", number, encode_text("AB", from_data_coding(number).encoding), account(), tlvs)
    assert isinstance(asked, Submission)
    found = crossed(asked, wire)
    assert not isinstance(found, Reject) and meaning(*found[:2]) == expected


@pytest.mark.parametrize("waiting", [0x00, 0x01, 0x80, 0x83])
@pytest.mark.parametrize("wire", CHANNELS)
@pytest.mark.parametrize("number", [2, 4])
def test_octets_without_an_alphabet_that_say_a_message_waits_are_refused(number: int, wire: str, waiting: int) -> None:
    """No coding number has both (3GPP TS 23.038 4): with a GSM number the phone would show octets as text."""
    asked = asked_in("smpp", number, b"\x01\x02\xff", account(), tlv.TAGS[0x0030].of(waiting))
    assert isinstance(asked, Submission)
    found = crossed(asked, wire)
    assert isinstance(found, Reject) and found.key is Key.CODING and "message waits" in found.detail


# --- octets that are no text -----------------------------------------------------------------------------------------

BROKEN = [
    (8, b"\x59\x7d\x60", "3 octets are no whole UCS-2"),
    (8, b"\xd8\x3d\x00A", "half a surrogate pair at octet 1"),
    (8, b"\x00A\xdc\x00", "half a surrogate pair at octet 3"),
    (0x18, b"\xd8\x00", "half a surrogate pair at octet 1"),
    (0, b"caf\xe9", "octet 4 of 4 (0xE9)"),
    (1, b"\x80", "octet 1 of 1 (0x80)"),
    (15, b"\xc4\xe3\xff", "octet 3 of 3 (0xFF) is not in gbk"),
    (0xF1, b"ab\xff", "octet 3 of 3 (0xFF) is not in gsm7"),
]


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
@pytest.mark.parametrize(("number", "octets", "why"), BROKEN)
def test_octets_that_are_no_text_are_refused_with_the_reason(
    number: int, octets: bytes, why: str, protocol: str
) -> None:
    asked = asked_in(protocol, number, octets, account())
    assert isinstance(asked, Submission)
    found = crossed(asked, "smpp")
    assert isinstance(found, Reject) and found.key is Key.CODING and why in found.detail
    assert (found.key.smpp_status, found.key.cmpp_result) == (0x104, 1)


@given(octets=st.binary(min_size=1, max_size=140), number=st.sampled_from([0, 1, 3, 8, 15, 0x18, 0xF0]),
       protocol=st.sampled_from(["smpp", "cmpp"]), wire=st.sampled_from(sorted(CHANNELS)),
       quirks=st.sampled_from([frozenset(), frozenset({"mislabelled_text"})]))
def test_nobody_is_sent_a_replacement_character(
    octets: bytes, number: int, protocol: str, wire: str, quirks: frozenset[str]
) -> None:
    asked = asked_in(protocol, number, octets, account(quirks=quirks))
    assert isinstance(asked, Submission)
    found = crossed(asked, wire, quirks=quirks)
    if not isinstance(found, Reject):
        text = decode_text(found[2], (from_data_coding if wire == "smpp" else from_msg_fmt)(found[0]).encoding)
        is_meant = any(mark in octets for mark in (b"\xff\xfd", b"\xfd\xff", b"\x84\x31\xa4\x37", b"\xef\xbf\xbd"))
        assert "\ufffd" not in text or is_meant


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
@pytest.mark.parametrize("number", [0, 1, 4, 8, 15, 0x18])
def test_an_empty_message_is_refused(number: int, protocol: str) -> None:
    """Its status is the length's: SMPP 3.4 5.1.3 ESME_RINVMSGLEN, CMPP Result 4."""
    asked = asked_in(protocol, number, b"", account())
    assert isinstance(asked, Submission)
    found = crossed(asked, "smpp")
    assert isinstance(found, Reject) and (found.key.smpp_status, found.key.cmpp_result) == (0x01, 4)


def test_an_empty_message_that_says_something_is_none() -> None:
    by_payload = asked_in("smpp", 8, b"", account(), tlv.MESSAGE_PAYLOAD.of("您好".encode("utf-16-be")))
    waiting = asked_in("smpp", 0xC8, b"", account())
    for asked in (by_payload, waiting):
        assert isinstance(asked, Submission) and not isinstance(crossed(asked, "smpp"), Reject)


