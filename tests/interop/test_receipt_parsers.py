"""Any receipt of ours, read by the parsers of libraries that clients use: none may fail, for that ends their bind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import smpplib.client
import smpplib.smpp
from aiosmpplib import DeliverSm
from aiosmpplib.protocol import SmppMessage
from hypothesis import given

from gateway.dialects.smpp.client_dialect import SmppClientDialect
from gateway.domain.outcome import Outcome, State
from protocols.smpp import codec
from tests.gateway.dialects.samples import ACCOUNT, outcome, outcomes

DIALECT = SmppClientDialect(ACCOUNT)
RICH = SmppClientDialect(replace(ACCOUNT, quirks=frozenset({"rich_receipts"})))
CODES = [
    "", "MK:0012", "DB:0141", "ID:0076", "MB:1042", "BLACK", "S:0045", "C:0013", "GW:0061", "GW:0072", "GW:CANC", "027",
    "165", "far too long a word of a carrier", "错误",
]
TEXTS = ["hello", "您的验证码是123456", "a\x1bb", "id:7 stat:EXPIRED", "[~]", "", "x" * 90]


def aio(frame: bytes) -> Any:
    header = SmppMessage.parse_header(frame)
    return DeliverSm.from_pdu(frame, header, "gsm0338")


def smpp(frame: bytes, *, lenient: bool) -> Any:
    client = smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=lenient)
    return smpplib.smpp.parse_pdu(frame, client=client, allow_unknown_opt_params=lenient)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("state", [state for state in State if state.is_final])
def test_aiosmpplib_reads_every_receipt(state: State, code: str) -> None:
    for text in TEXTS:
        item = outcome(state, code, text=text, user_reference=7)
        read = aio(codec.encode(RICH.receipt(item), 1)).parse_receipt()
        assert (read["id"], read["stat"]) == (str(item.answer_id), state.stat)
        assert isinstance(read["err"], int) and 0 <= read["err"] <= 999


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("state", [state for state in State if state.is_final])
def test_smpplib_reads_every_receipt(state: State, code: str) -> None:
    """As it comes, which stops at parameters that it does not know; and as its own example makes it."""
    for text in TEXTS:
        item = outcome(state, code, text=text, user_reference=7)
        for dialect, lenient in ((DIALECT, False), (RICH, True)):
            read = smpp(codec.encode(dialect.receipt(item), 1), lenient=lenient)
            assert (read.message_state, read.user_message_reference) == (int(state), 7)
            assert read.receipted_message_id == str(item.answer_id).encode()
            assert f"stat:{state.stat} err:".encode() in read.short_message


@given(item=outcomes)
def test_whatever_a_carrier_wrote_and_a_client_sent(item: Outcome) -> None:
    item.source, item.destination = "10690001", "13800138000"
    if item.state.is_final:
        for dialect in (DIALECT, RICH):
            assert aio(codec.encode(dialect.receipt(item), 1)).parse_receipt()["stat"] == item.state.stat
        assert smpp(codec.encode(DIALECT.receipt(item), 1), lenient=False).message_state == int(item.state)
        assert smpp(codec.encode(RICH.receipt(item), 1), lenient=True).message_state == int(item.state)
