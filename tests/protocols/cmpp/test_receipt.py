"""Receipts: those of foreign peers, both layouts in both versions, odd widths, and what their words mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp.codec import codec_of
from protocols.cmpp.constants import VERSION_20, VERSION_30
from protocols.cmpp.pdus import Deliver
from protocols.cmpp.receipt import INTERMEDIATE, STATS, Receipt, read_receipt, write_receipt
from tests.vectors import Vector, ids, load

VECTORS = [vector for vector in load("cmpp", "deliver_20", "deliver_30") if "receipt" in vector.extra]
SOME = Receipt(0xBB0ED04003E90007, "DELIVRD", "2611220345", "2611220346", "13800138000", 9)
BOTH = pytest.mark.parametrize("version", [VERSION_20, VERSION_30], ids=["2.0", "3.0"])


def field(width: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=width).map(lambda text: text.rstrip(" "))


receipts = st.builds(
    Receipt, st.integers(0, 2**64 - 1), field(7), field(10), field(10), field(21), st.integers(0, 2**32 - 1)
)


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_a_foreign_receipt_is_read_and_written_alike(vector: Vector) -> None:
    expected = dict(vector.extra["receipt"])
    expected["msg_id"] = int(expected["msg_id"], 16)
    deliver = codec_of(int(vector.extra["version"].replace(".", ""), 16)).decode(vector.octets)
    assert isinstance(deliver, Deliver) and deliver.registered_delivery == 1
    assert read_receipt(deliver.msg_content) == Receipt(**expected)
    layout = VERSION_30 if len(deliver.msg_content) == 71 else VERSION_20
    assert write_receipt(Receipt(**expected), layout) == deliver.msg_content


def test_both_layouts_are_met_in_both_versions() -> None:
    met = {(vector.extra["version"], len(vector.fields["msg_content"]) // 2) for vector in VECTORS}
    assert met == {("2.0", 60), ("2.0", 71), ("3.0", 60), ("3.0", 71)}


@BOTH
@given(receipt=receipts)
def test_any_receipt_comes_back(version: int, receipt: Receipt) -> None:
    content = write_receipt(receipt, version)
    assert len(content) == (71 if version == VERSION_30 else 60)
    assert read_receipt(content) == receipt


@given(st.binary(max_size=255))
def test_any_content_is_a_receipt_from_39_octets_on(content: bytes) -> None:
    assert (read_receipt(content) is not None) is (len(content) >= 39)


@given(st.integers(0, 60))
def test_the_number_takes_whatever_width_is_left(width: int) -> None:
    content = write_receipt(replace(SOME, dest_terminal_id=""), VERSION_20)
    number = ("1" * width).encode()
    receipt = read_receipt(content[:35] + number + content[-4:])
    assert receipt == replace(SOME, dest_terminal_id="1" * width)


def test_garbage_behind_a_nul_and_spaces_at_the_end_are_cut() -> None:
    content = bytearray(write_receipt(replace(SOME, stat="MK:1"), VERSION_20))
    content[8:15] = b"MK:1\0\xcc\xcc"
    content[35:56] = b"13800138000".ljust(21)
    assert read_receipt(bytes(content)) == replace(SOME, stat="MK:1")


@pytest.mark.parametrize(
    ("stat", "is_delivered", "is_final"),
    [
        ("DELIVRD", True, True),
        ("EXPIRED", False, True),
        ("DELETED", False, True),
        ("UNDELIV", False, True),
        ("ACCEPTD", False, False),
        ("UNKNOWN", False, True),
        ("REJECTD", False, True),
        ("MK:0012", False, True),
        ("mk:0012", False, True),
        ("MK00001", False, True),
        ("BLACK", False, True),
        ("delivrd", False, True),
        ("DELIVERED"[:7], False, True),
        ("0", False, True),
        ("", False, True),
    ],
)
def test_only_delivrd_is_delivered_and_only_acceptd_goes_on(stat: str, is_delivered: bool, is_final: bool) -> None:
    receipt = replace(SOME, stat=stat)
    assert (receipt.is_delivered, receipt.is_final) == (is_delivered, is_final)


def test_six_of_the_seven_words_are_final() -> None:
    assert [stat for stat in STATS if not replace(SOME, stat=stat).is_final] == [INTERMEDIATE]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Stat", {"stat": "MC:0055_006"}),
        ("Submit_time", {"submit_time": "26112203450"}),
        ("Done_time", {"done_time": "26112203450"}),
        ("Dest_terminal_Id", {"dest_terminal_id": "1" * 22}),
        ("Msg_Id", {"msg_id": 1 << 64}),
        ("SMSC_sequence", {"smsc_sequence": -1}),
    ],
)
def test_what_does_not_fit_is_refused_by_name(name: str, change: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=name):
        write_receipt(replace(SOME, **change), VERSION_20)
