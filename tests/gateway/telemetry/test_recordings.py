"""Recordings: what is hidden and what stays, in every PDU of both protocols; files that come back; what is no file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.recordings.dissection import dissect
from gateway.telemetry.recordings.frame_layout import take_apart
from gateway.telemetry.recordings.frame_mask import mask_frame
from gateway.telemetry.recordings.packet_capture import capture
from gateway.telemetry.recordings.recording_file import (
    IN,
    OUT,
    Heading,
    NotARecording,
    Recorded,
    last_line,
    line_of,
    read_recording,
)
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP20, CMPP30
from protocols.cmpp.receipt import Receipt, write_receipt
from protocols.smpp import codec, tlv
from protocols.smpp import pdus as smpp

PHONE, ABROAD = "13800138000", "0085261234567"
TEXT = "您的验证码是482913"
SECRET = "hunter2x"
HIDDEN = [PHONE.encode(), ABROAD.encode(), TEXT.encode("utf-16-be"), b"482913", SECRET.encode(), b"private"]
CONCAT = bytes.fromhex("050003420201")


def smpp_pdus() -> list[Any]:
    addresses: dict[str, Any] = {"source_addr": "106900001", "destination_addr": PHONE}
    body = TEXT.encode("utf-16-be")
    dates = "submit date:2611300800 done date:2611300801"
    receipt = f"id:4711 sub:001 dlvrd:001 {dates} stat:DELIVRD err:000 text:{SECRET}"
    return [
        smpp.BindTransceiver("acme", SECRET, "", 0x34),
        smpp.SubmitSm(**addresses, data_coding=8, short_message=body, tlvs=tlv.USER_MESSAGE_REFERENCE.of(7)),
        smpp.SubmitSm(**addresses, esm_class=0x40, data_coding=8, short_message=CONCAT + body),
        smpp.SubmitSm(**addresses, data_coding=8, tlvs=tlv.MESSAGE_PAYLOAD.of(body)),
        smpp.SubmitSm(**addresses, short_message=b"private", tlvs=((0x1400, b"private"), (0x0381, b"private"))),
        smpp.DeliverSm(source_addr=PHONE, destination_addr="106900001", esm_class=4, short_message=receipt.encode(),
                       tlvs=tlv.RECEIPTED_MESSAGE_ID.of("4711")),
        smpp.DeliverSm(source_addr=f"+86{PHONE}", destination_addr="106900001", short_message=b"private"),
        smpp.DataSm(source_addr="106900001", destination_addr=ABROAD, tlvs=tlv.MESSAGE_PAYLOAD.of(b"private")),
        smpp.SubmitMulti(source_addr="106900001", short_message=b"private",
                         dest_address=(smpp.SmeAddress(0, 1, PHONE), smpp.SmeAddress(0, 1, ABROAD))),
        smpp.SubmitMultiResp("77", (smpp.UnsuccessfulSme(0, 1, PHONE, 11),)),
        smpp.ReplaceSm("4711", source_addr="106900001", short_message=b"private"),
        smpp.QuerySm("4711", source_addr="106900001"),
        smpp.SubmitSmResp("4711"), smpp.EnquireLink(), smpp.UnknownPdu(0x999, b"private 482913"),
    ]


def cmpp_pdus(version: int) -> list[Any]:
    receipt = Receipt(4711, "DELIVRD", "2611300800", "2611300801", PHONE)
    return [
        cmpp.Connect("901234", SECRET.encode() * 2, version, 1130080000),
        cmpp.ConnectResp(0, SECRET.encode() * 2, version),
        cmpp.Submit(msg_src="901234", src_id="106900001", dest_terminal_id=(PHONE, "13900139000"), msg_fmt=8,
                    msg_content=TEXT.encode("utf-16-be"), fee_terminal_id=PHONE),
        cmpp.Submit(msg_src="901234", src_id="106900001", dest_terminal_id=(PHONE,), msg_fmt=8, tp_udhi=1,
                    msg_content=CONCAT + TEXT.encode("utf-16-be")),
        cmpp.Deliver(4711, "106900001", registered_delivery=1, msg_content=write_receipt(receipt, version),
                     src_terminal_id=PHONE),
        cmpp.Deliver(4712, "106900001", msg_content=b"private", src_terminal_id=PHONE),
        cmpp.SubmitResp(4711, 0), cmpp.DeliverResp(4711, 0), cmpp.ActiveTest(), cmpp.Cancel(4711),
        cmpp.UnknownPdu(0x999, b"private 482913"),
    ]


def frames() -> list[tuple[str, int, Any, bytes]]:
    found = [("smpp", 0x34, pdu, codec.encode(pdu, 7)) for pdu in smpp_pdus()]
    for number, each in ((0x20, CMPP20), (0x30, CMPP30)):
        found += [("cmpp", number, pdu, each.encode(pdu, 7)) for pdu in cmpp_pdus(number)]
    return found


FRAMES = frames()


NAMES = [f"{each[2].NAME}-{each[1]:x}" for each in FRAMES]


@pytest.mark.parametrize(("protocol", "version", "pdu", "octets"), FRAMES, ids=NAMES)
def test_a_masked_frame_has_its_length_and_layout_and_nothing_of_people(
    protocol: str, version: int, pdu: Any, octets: bytes
) -> None:
    for known in (version, 0):
        hidden = mask_frame(protocol, octets, known)
        assert len(hidden) == len(octets)
        assert [each for each in HIDDEN if each in hidden] == []
        before, after = take_apart(protocol, octets, known), take_apart(protocol, hidden, known)
        assert [(each.name, each.start, each.end) for each in after.fields] == [
            (each.name, each.start, each.end) for each in before.fields
        ]
        assert (after.name, after.sequence, after.status) == (before.name, before.sequence, before.status)
        assert mask_frame(protocol, hidden, known) == hidden, "once more changes nothing"


def test_what_a_fault_is_looked_for_with_stays() -> None:
    hidden = b"".join(mask_frame(*(each[0], each[3], each[1])) for each in FRAMES)
    for kept in (b"acme", b"901234", b"106900001", b"4711", b"138****8000", CONCAT, b"stat:DELIVRD", b"2611300801"):
        assert kept in hidden, kept
    receipt = next(mask_frame("cmpp", each[3], each[1]) for each in FRAMES if each[2].NAME == "CMPP_DELIVER")
    assert b"DELIVRD" in receipt
    assert (4711).to_bytes(8, "big") in receipt


@given(st.sampled_from(FRAMES), st.data())
def test_a_broken_frame_shows_nothing_and_raises_nothing(
    frame: tuple[str, int, Any, bytes], data: st.DataObject
) -> None:
    protocol, version, _, octets = frame
    header = 16 if protocol == "smpp" else 12
    broken = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(header - 8, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(header, len(broken)))
    hidden = mask_frame(protocol, bytes(broken[:cut]), version)
    assert len(hidden) == cut
    if not take_apart(protocol, bytes(broken[:cut]), version).is_read:
        assert set(hidden[header:]) <= {0x2A}


def heading(**changes: Any) -> Heading:
    known: dict[str, Any] = {
        "of": "link", "name": "east/1", "channel": "east", "account": "", "protocol": "smpp", "version": 0x34,
        "began_at": 1_772_424_000.0, "node": "hongyan", "reason": "a trace",
    }
    return Heading(**(known | changes))


def lines() -> list[Recorded]:
    ask, answer = codec.encode(smpp.EnquireLink(), 9), codec.encode(smpp.EnquireLinkResp(), 9)
    return [Recorded(1.0, OUT, ask), Recorded(1.25, IN, answer), Recorded(2.0, note="the connection ended")]


def test_a_file_comes_back_as_it_was_written() -> None:
    written = [heading().line(), *map(line_of, lines()), last_line(3.0, "stopped", 2)]
    read = read_recording(written)
    assert (read.heading, list(read.lines), read.why) == (heading(), lines(), "stopped")
    assert len(read_recording(written[:2]).lines) == 1, "one that is cut is read as far as it goes"


def test_a_dissection_tells_answers_with_their_time() -> None:
    read = read_recording([heading().line(), *map(line_of, lines())])
    first, second, note = dissect(read)
    assert (first.name, first.is_out, second.name, second.answer_s) == ("enquire_link", True, "enquire_link_resp", 0.25)
    assert second.status == "ESME_ROK"
    assert note.note == "the connection ended"


def test_every_frame_is_dissected_with_its_fields() -> None:
    for protocol, version, pdu, octets in FRAMES:
        read = read_recording([
            heading(protocol=protocol, version=version).line(), line_of(Recorded(1.0, IN, mask_frame(protocol, octets)))
        ])
        line, = dissect(read)
        assert line.sequence == 7
        if not pdu.NAME.startswith("unknown"):
            assert line.name == pdu.NAME
            assert not line.note
        assert all(isinstance(value, str) for _, value in line.fields)


@pytest.mark.parametrize(("text", "words"), [
    ("", "empty"), ("x", "line 1 is no JSON"), ("[1]", "no JSON object"), ("{}", "does not begin with"),
    ('{"recording": 2}', "does not begin with"), ('{"recording": 1, "protocol": "sgip"}', "names no protocol"),
    ('{"recording": 1, "protocol": "smpp", "version": "x"}', "no number"),
])
def test_what_is_no_recording_is_refused_with_words(text: str, words: str) -> None:
    with pytest.raises(NotARecording, match=words):
        read_recording(text.splitlines())


@pytest.mark.parametrize(("values", "words"), [
    ({"at": "x", "way": "in"}, "line 2 has no time"), ({"at": 1, "way": "up"}, "neither in nor out"),
    ({"at": 1, "way": "in", "octets": "zz"}, "hexadecimal"), ({"at": 1, "way": "in", "octets": 5}, "hexadecimal"),
    ({"at": 1, "way": "in", "octets": "00"}, "no frame"), ({"at": 1, "note": 5}, "line 2"),
])
def test_a_broken_line_is_named(values: dict[str, Any], words: str) -> None:
    with pytest.raises(NotARecording, match=words):
        read_recording([heading().line(), json.dumps(values)])


def test_a_capture_is_made_of_whole_blocks() -> None:
    read = read_recording([heading().line(), *map(line_of, lines())])
    octets, at, kinds = capture(read), 0, []
    while at < len(octets):
        kind, length = int.from_bytes(octets[at : at + 4], "little"), int.from_bytes(octets[at + 4 : at + 8], "little")
        assert length % 4 == 0
        assert octets[at + length - 4 : at + length] == octets[at + 4 : at + 8]
        kinds.append(kind)
        at += length
    assert kinds == [0x0A0D0D0A, 1, 6, 6]
