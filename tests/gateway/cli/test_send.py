"""send over real TCP: both clients against a scripted peer."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cli.reply import Reply, SendOrder, SentSegment
from gateway.cli.send_cmpp import send_cmpp, submits_of
from gateway.cli.send_smpp import send_smpp
from protocols.cmpp import pdus as cmpp
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from protocols.text.codings import Encoding, decode_text
from protocols.text.segments import join
from tests.gateway.cli.peers import Peer, ismg, report, smpp_receipt, smsc


def order(tcp_port: int, **changes: Any) -> SendOrder:
    fields: dict[str, Any] = {
        "host": "127.0.0.1", "tcp_port": tcp_port, "account": "smppdemo", "password": "secret01", "source": "10690001",
        "destination": "13800138000", "text": "hello", "wait_s": 5.0,
    }
    return SendOrder(**{**fields, **changes})


# ── SMPP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_smpp_answer_and_receipt() -> None:
    def script(peer: Peer, pdu: Any) -> None:
        peer.respond(pdu, smpp.SubmitSmResp(message_id="77"))
        peer.deliver(smpp_receipt("76", "UNDELIV"))  # somebody else's
        peer.deliver(smpp_receipt("77", "ACCEPTD"))  # not the end
        peer.deliver(smpp_receipt("77", "DELIVRD"))

    async with smsc(script) as (tcp_port, peers):
        reply = await send_smpp(order(tcp_port))
    assert reply.is_delivered
    assert reply.document() == {
        "delivered": True, "problem": None,
        "segments": [{
            "id": "77", "outcome": "accepted", "status": 0, "reason": None, "state": "DELIVRD", "error": "000",
        }],
    }
    (submit,) = peers[0].requests
    assert (submit.source_addr, submit.destination_addr) == ("10690001", "13800138000")
    assert (submit.short_message, submit.registered_delivery) == (b"hello", 1)


async def test_smpp_receipt_may_overtake_its_answer() -> None:
    def script(peer: Peer, pdu: Any) -> None:
        peer.deliver(smpp_receipt("77", "DELIVRD"))
        peer.respond(pdu, smpp.SubmitSmResp(message_id="77"))

    async with smsc(script) as (tcp_port, _):
        assert (await send_smpp(order(tcp_port))).is_delivered


async def test_smpp_refusal_under_a_vendor_status_names_key_and_clause() -> None:
    """The library alone would drop the bind over status 0x401 and show nothing."""

    def script(peer: Peer, pdu: Any) -> None:
        told = tlv.ADDITIONAL_STATUS_INFO_TEXT.of(b"BALANCE S0-3.1: 0.00 left\0")
        peer.respond(pdu, smpp.SubmitSmResp(status=0x401, tlvs=told))

    async with smsc(script) as (tcp_port, peers):
        reply = await send_smpp(order(tcp_port))
    assert not reply.is_delivered
    assert (reply.segments[0].status, reply.segments[0].reason) == (0x401, "BALANCE S0-3.1: 0.00 left")
    assert len(peers) == 1


async def test_smpp_refusal_without_words_is_named_by_its_status() -> None:
    async with smsc(lambda peer, pdu: peer.respond(pdu, smpp.SubmitSmResp(status=0x0B))) as (tcp_port, _):
        reply = await send_smpp(order(tcp_port))
    assert reply.segments[0].reason == "DEST or ROUTE"


async def test_smpp_receipt_with_a_word_for_err_is_shown() -> None:
    """The library's reader ends on it; the frame was read before."""

    def script(peer: Peer, pdu: Any) -> None:
        peer.respond(pdu, smpp.SubmitSmResp(message_id="77"))
        peer.deliver(smpp_receipt("77", "REJECTD", err="GW:0020"))

    async with smsc(script) as (tcp_port, _):
        reply = await send_smpp(order(tcp_port))
    assert (reply.segments[0].state, reply.segments[0].error) == ("REJECTD", "GW:0020")


async def test_smpp_long_chinese_text_is_one_submit() -> None:
    text = "鸿雁传书" * 50

    def script(peer: Peer, pdu: Any) -> None:
        peer.respond(pdu, smpp.SubmitSmResp(message_id="1"))
        peer.deliver(smpp_receipt("1", "DELIVRD"))

    async with smsc(script) as (tcp_port, peers):
        assert (await send_smpp(order(tcp_port, text=text))).is_delivered
    (submit,) = peers[0].requests
    assert submit.data_coding == 8
    payload = tlv.get_octets(submit.tlvs, tlv.MESSAGE_PAYLOAD)
    assert payload is not None
    assert payload.decode("utf-16-be") == text


async def test_smpp_refused_bind_ends_at_once() -> None:
    def refuse(peer: Peer, bind: Any) -> None:
        peer.respond(bind, smpp.BindTransceiverResp(status=0x0E))

    async with smsc(lambda *_: None, refuse) as (tcp_port, peers):
        reply = await send_smpp(order(tcp_port))
    assert reply.problem == "bind refused: RINVPASWD"
    assert len(peers) == 1


async def test_smpp_silence_is_unknown() -> None:
    async with smsc(lambda *_: None) as (tcp_port, _):
        reply = await send_smpp(order(tcp_port, wait_s=0.2))
    assert (reply.problem, reply.segments[0].outcome) == ("no answer", "unknown")


async def test_nobody_listens() -> None:
    async with smsc(lambda *_: None) as (tcp_port, _):
        pass
    for send in (send_smpp, send_cmpp):
        reply = await send(order(tcp_port))
        assert reply.problem.startswith("no connection: ")


async def test_smpp_password_that_does_not_fit_is_a_usage_error() -> None:
    with pytest.raises(ValueError, match="password"):
        await send_smpp(order(1, password="longer than eight"))


# ── CMPP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("version", [0x20, 0x30])
async def test_cmpp_answers_and_receipts_of_a_long_message(version: int) -> None:
    text = "鸿雁传书" * 50
    first_id = 0xB5_0000_0000_0001

    def script(peer: Peer, pdu: Any) -> None:
        msg_id = first_id + pdu.pk_number
        peer.respond(pdu, cmpp.SubmitResp(msg_id=msg_id))
        peer.deliver(report(msg_id, "DELIVRD", version))

    async with ismg(script) as (tcp_port, peers):
        reply = await send_cmpp(order(tcp_port, account="106901", text=text, version=version))
    assert reply.is_delivered, reply.document()
    submits = peers[0].requests
    assert len(submits) == len(reply.segments) == 3
    assert decode_text(join(each.msg_content for each in submits), Encoding.UCS2) == text
    assert {(each.pk_total, each.tp_udhi, each.msg_fmt, each.msg_src) for each in submits} == {(3, 1, 8, "106901")}
    assert [segment.id for segment in reply.segments] == [str(first_id + number) for number in (1, 2, 3)]


async def test_cmpp_refusal_names_its_keys() -> None:
    async with ismg(lambda peer, pdu: peer.respond(pdu, cmpp.SubmitResp(result=20))) as (tcp_port, _):
        reply = await send_cmpp(order(tcp_port, account="106901"))
    assert (reply.segments[0].outcome, reply.segments[0].status, reply.segments[0].reason) == ("refused", 20, "BALANCE")


async def test_cmpp_wrong_password() -> None:
    async with ismg(lambda *_: None, password="another") as (tcp_port, _):
        reply = await send_cmpp(order(tcp_port, account="106901"))
    assert reply.problem == "bind refused: AUTHENTICATION"


async def test_cmpp_peer_that_hangs_up() -> None:
    async with ismg(lambda peer, _: peer.session.abort("gone")) as (tcp_port, _):
        reply = await send_cmpp(order(tcp_port, account="106901"))
    assert reply.problem.startswith("the session ended")
    assert reply.segments[0].outcome == "unknown"


def test_short_ascii_is_one_plain_submit() -> None:
    (submit,) = submits_of(order(1, text="hello"))
    assert (submit.msg_fmt, submit.tp_udhi, submit.msg_content) == (0, 0, b"hello")


def test_done_means_every_segment_is_settled() -> None:
    reply = Reply()
    reply.segments += [SentSegment(), SentSegment()]
    reply.answer(reply.segments[0], "1", 0)
    reply.answer(reply.segments[1], "", 8)
    assert not reply.done.is_set()
    reply.receipt("1", "UNDELIV", "5")
    assert reply.done.is_set()
    assert not reply.is_delivered
