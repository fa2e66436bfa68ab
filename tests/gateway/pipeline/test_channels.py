"""Which channel serves a destination: prefixes, state, weights, what was tried."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.channel import Quirks
from gateway.domain.wire import Wire
from gateway.pipeline.policy.channels import RouteTable
from protocols.text.codings import Encoding
from tests.gateway.pipeline.builders import channel, table
from tests.gateway.tables import rows

CHANNELS = (
    channel("all", weight=1),
    channel("mobile", prefixes=("138", "139"), weight=1),
    channel("heavy", prefixes=("139",), weight=9, flash=False),
    channel("narrow", prefixes=("1390013",)),
    channel("abroad", prefixes=("00",)),
)

TABLE = """
| destination | down                | tried         | flash | channel |
| 13800000000 |                     |               |       | mobile  |
| 18600000000 |                     |               |       | all     |
| 13900130000 |                     |               |       | narrow  | # the longest prefix
| 13900130000 | narrow mobile       |               |       | heavy   | # then the next longer that is up
| 13900130000 | narrow mobile heavy |               |       | all     |
| 13900130000 | narrow all mobile heavy |           |       | narrow  | # all down: the best waits in its queue
| 13900130000 | narrow              | heavy         |       | mobile  |
| 13900000000 |                     | mobile        | yes   | all     | # heavy takes no flash
| 13900000000 | all mobile          |               | yes   | mobile  | # down, but the only kind that could
| 13800000000 |                     | mobile all    |       | -       |
| 0044770000  |                     |               |       | abroad  |
| 0044770000  |                     | abroad        |       | all     |
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: "-".join(row.values()))
def test_choice(row: dict[str, str]) -> None:
    routes = table(*CHANNELS, down=tuple(row["down"].split())).routes()
    view = routes.choose(row["destination"], tuple(row["tried"].split()), bool(row["flash"]))
    assert (view.name if view else "-") == row["channel"]


def test_no_channel_configured() -> None:
    assert table(channel(prefixes=("138",))).routes().choose("13900000000") is None


def test_an_account_sees_its_own_routes_only() -> None:
    found = table(channel("a"), channel("b"))
    assert {found.routes(("b",)).choose("13800000000").name for _ in range(4)} == {"b"}  # type: ignore[union-attr]
    assert found.routes(("b",)) is found.routes(("b",))
    with pytest.raises(KeyError):
        found.routes(("c",))


def test_weights_are_kept_smoothly() -> None:
    routes = table(channel("a", weight=5), channel("b", weight=1), channel("c", weight=1)).routes()
    assert "".join(routes.choose("13800000000").name for _ in range(14)) == "aabacaa" * 2  # type: ignore[union-attr]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_every_round_gives_each_its_weight(weights: list[int]) -> None:
    names = "abcde"[: len(weights)]
    routes = table(*(channel(name, weight=weight) for name, weight in zip(names, weights, strict=True))).routes()
    for _ in range(3):
        taken = Counter(routes.choose("13800000000").name for _ in range(sum(weights)))  # type: ignore[union-attr]
        assert [taken[name] for name in names] == weights


def test_weight_zero_drains_a_channel() -> None:
    found = table(channel("a"), channel("b"))
    found.views["a"].weight = 0
    assert {found.routes().choose("13800000000").name for _ in range(4)} == {"b"}  # type: ignore[union-attr]


def test_a_drained_channel_is_the_last_resort() -> None:
    found = table(channel("long", prefixes=("138",)), channel("short", prefixes=("13",)))
    found.views["long"].weight = 0
    choose = found.routes().choose
    assert choose("13800000000").name == "short"  # type: ignore[union-attr]
    assert choose("13800000000", ("short",)).name == "long"  # type: ignore[union-attr]


def test_a_reload_keeps_who_is_up() -> None:
    old = table(channel("a"), channel("b"), down=("b",))
    new = RouteTable((channel("a", weight=3), channel("b"), channel("c")), previous=old)
    assert {name: view.is_up for name, view in new.views.items()} == {"a": True, "b": False, "c": False}
    assert new.views["a"].weight == 3


ENCODINGS = frozenset({Encoding.GSM7, Encoding.UCS2, Encoding.BINARY})


@pytest.mark.parametrize(
    ("wire", "encodings", "quirks", "client", "order"),
    [
        (SMPP34, ENCODINGS, Quirks(), Encoding.GSM7, (Encoding.GSM7, Encoding.UCS2)),
        (SMPP34, ENCODINGS, Quirks(), Encoding.ASCII, (Encoding.GSM7, Encoding.UCS2)),
        (SMPP34, ENCODINGS, Quirks(), Encoding.UCS2, (Encoding.UCS2,)),
        (SMPP34, ENCODINGS, Quirks(), Encoding.GBK, (Encoding.UCS2,)),
        (SMPP34, ENCODINGS | {Encoding.GBK}, Quirks(), Encoding.GBK, (Encoding.UCS2,)),
        (
            CMPP20,
            ENCODINGS | {Encoding.GBK},
            Quirks(gbk_allowed=True),
            Encoding.GBK,
            (Encoding.GBK, Encoding.UCS2),
        ),
        (CMPP30, ENCODINGS, Quirks(), Encoding.GSM7, (Encoding.ASCII, Encoding.UCS2)),
        (SMPP34, frozenset({Encoding.UCS2}), Quirks(), Encoding.GSM7, (Encoding.UCS2,)),
        (SMPP34, frozenset({Encoding.UCS2}), Quirks(), Encoding.BINARY, ()),
        (CMPP20, ENCODINGS, Quirks(), Encoding.BINARY, (Encoding.BINARY,)),
    ],
)
def test_encodings_to_try(
    wire: Wire, encodings: frozenset[Encoding], quirks: Quirks, client: Encoding, order: tuple[Encoding, ...]
) -> None:
    view = table(channel(wire=wire, encodings=encodings, quirks=quirks)).views["a"]
    assert view.orders[client] == order
