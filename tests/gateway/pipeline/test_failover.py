"""What a carrier's refusal leads to, status by status."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.protocol_table import WIRES
from gateway.domain.channel import Quirks
from gateway.domain.wire import Next, Wire
from gateway.pipeline.policy.failover import classify
from tests.gateway.pipeline.builders import channel
from tests.gateway.tables import rows

TABLE = """
| wire   | status | next  |
| smpp34 | 0x58   | same  | # throttled
| smpp34 | 0x14   | same  | # queue full
| smpp34 | 0x61   | same  |
| smpp34 | 0x64   | same  |
| smpp34 | 0x08   | other |
| smpp34 | 0x0A   | other | # the source is not open at this carrier
| smpp34 | 0x0B   | final | # a number is wrong everywhere
| smpp34 | 0x01   | final |
| smpp34 | 0x45   | final |
| smpp34 | 0x400  | final |
| smpp34 | 0x450  | same  | # named by the quirk
| smpp34 | 7      | final |
| cmpp20 | 8      | same  | # flow control
| cmpp30 | 8      | same  |
| cmpp20 | 3      | final | # a repeated sequence is never resent
| cmpp30 | 4      | final |
| cmpp20 | 7      | other |
| cmpp20 | 10     | other |
| cmpp20 | 11     | other |
| cmpp20 | 12     | final |
| cmpp20 | 13     | final |
| cmpp20 | 0x58   | final | # an SMPP status says nothing here
| cmpp30 | 100    | final |
| cmpp30 | 0x450  | same  |
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: "-".join(row.values()))
def test_classify(row: dict[str, str]) -> None:
    one = channel(wire=WIRES[row["wire"]], quirks=Quirks(temporary_statuses=frozenset({0x450})))
    assert classify(one, int(row["status"], 0)).next == row["next"]


@given(st.sampled_from(list(WIRES.values())), st.integers(1, 0xFFFFFFFF))
def test_every_retry_is_bounded(wire: Wire, status: int) -> None:
    refusal = classify(channel(wire=wire), status)
    assert (refusal.next is Next.FINAL) == (refusal.tries_max == 0)
    assert refusal.next is not Next.SAME or refusal.pause_s > 0


def test_the_channel_names_its_own_pause() -> None:
    assert classify(channel(throttle_pause_s=3.5), 0x58).pause_s == 3.5
