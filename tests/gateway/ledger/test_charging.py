"""What is charged of a message once it has ended (scenarios 11, 12, 13) and what its hold becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.entry import EntryKind
from gateway.domain.message import Message
from gateway.domain.outcome import State
from gateway.domain.verdict import ACCEPT
from gateway.ledger.book import Book
from gateway.ledger.charging import (
    TARIFFS,
    ChargeOn,
    ChargingTerms,
    PartialFail,
    charged_segments,
    resolution,
    tariff_for,
)
from tests.gateway.pipeline.builders import submission
from tests.gateway.tables import rows

STATES = {
    "D": State.DELIVERED,
    "U": State.UNDELIVERABLE,
    "E": State.EXPIRED,
    "R": State.REJECTED,
    "X": State.DELETED,
    "?": State.UNKNOWN,
}

# results: one letter a wire segment; charged in billed segments
TABLE = """
| results | billed | attempts | charge_on | unknown | partial        | charged | kind    |
| D       | 1      | 1        | delivered | no      | parts          | 1       | SETTLE  |
| U       | 1      | 1        | delivered | no      | parts          | 0       | RELEASE | # S0-4.1c
|         | 1      | 1        | delivered | no      | parts          | 0       | RELEASE | # nothing was on the wire
| E       | 1      | 1        | delivered | no      | parts          | 0       | RELEASE |
| ?       | 1      | 1        | delivered | no      | parts          | 0       | EXPIRE  |
| ?       | 1      | 1        | delivered | yes     | parts          | 1       | SETTLE  |
| R       | 1      | 1        | delivered | yes     | parts          | 0       | RELEASE |
| DDU     | 3      | 1        | delivered | no      | parts          | 2       | SETTLE  | # scenario 12
| DDU     | 3      | 1        | delivered | no      | all_or_nothing | 0       | RELEASE |
| DDD     | 3      | 1        | delivered | no      | all_or_nothing | 3       | SETTLE  |
| D??     | 3      | 1        | delivered | no      | parts          | 1       | SETTLE  |
| D??     | 3      | 1        | delivered | yes     | all_or_nothing | 3       | SETTLE  |
| ???     | 3      | 1        | delivered | no      | parts          | 0       | EXPIRE  |
| ??U     | 3      | 1        | delivered | no      | parts          | 0       | RELEASE |
| DDD     | 2      | 1        | delivered | no      | parts          | 2       | SETTLE  | # billed 2, sent 3
| DDU     | 2      | 1        | delivered | no      | parts          | 1       | SETTLE  |
| DUU     | 2      | 1        | delivered | no      | parts          | 0       | RELEASE |
| DU      | 3      | 1        | delivered | no      | parts          | 1       | SETTLE  | # billed 3, sent 2
| U       | 1      | 1        | submitted | yes     | parts          | 1       | SETTLE  | # S4-5.1
| UE?     | 3      | 1        | submitted | yes     | parts          | 3       | SETTLE  |
| UE?     | 3      | 1        | submitted | no      | parts          | 2       | SETTLE  |
| R       | 1      | 1        | submitted | yes     | parts          | 0       | RELEASE |
| X       | 1      | 0        | submitted | yes     | parts          | 0       | RELEASE |
| E       | 1      | 0        | submitted | yes     | parts          | 0       | RELEASE | # it never left
"""


def ended(results: str, *, billed: int, attempts: int = 1) -> Message:
    """Make a message whose wire segments ended so."""
    message = Message(1, submission(), (1,))
    message.parts = (b"",) * len(results)
    message.reset_states()
    message.billed, message.attempts = billed, attempts
    for index, letter in enumerate(results):
        message.conclude(index, STATES[letter], "")
    return message


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: "-".join(row.values()))
def test_charged(row: dict[str, str]) -> None:
    terms = ChargingTerms(
        price_hao=420,
        charge_on=ChargeOn(row["charge_on"]),
        unknown_charge=row["unknown"] == "yes",
        partial_fail=PartialFail(row["partial"]),
    )
    tariff = tariff_for("prepaid", terms)
    message = ended(row["results"], billed=int(row["billed"]), attempts=int(row["attempts"]))
    assert tariff.price(message, 0.0) is ACCEPT
    charged_hao = tariff.charged(message)
    assert charged_hao == int(row["charged"]) * 420
    assert resolution(message, charged_hao).name == row["kind"]


@given(
    results=st.text("DUERX?", min_size=1, max_size=8),
    billed=st.integers(1, 9),
    price_hao=st.integers(0, 10_000),
    pay_mode=st.sampled_from(sorted(TARIFFS)),
    charge_on=st.sampled_from(ChargeOn),
    unknown_charge=st.booleans(),
    partial_fail=st.sampled_from(PartialFail),
)
def test_charged_is_within_the_hold_and_resolves_it(
    results: str,
    billed: int,
    price_hao: int,
    pay_mode: str,
    charge_on: ChargeOn,
    unknown_charge: bool,
    partial_fail: PartialFail,
) -> None:
    terms = ChargingTerms(price_hao, "v1", 10**9, charge_on, unknown_charge, partial_fail)
    tariff = tariff_for(pay_mode, terms)
    message = ended(results, billed=billed)
    tariff.price(message, 0.0)
    charged_hao = tariff.charged(message)
    assert 0 <= charged_hao <= message.amount_hao
    assert tariff.charged(message) == charged_hao
    if set(results) == {"D"}:
        assert charged_hao == message.amount_hao
    kind = resolution(message, charged_hao)
    assert (kind is EntryKind.SETTLE) == (charged_hao > 0)
    book = Book()
    book.top_up("a", 2, message.amount_hao, 0.0)
    assert book.hold("a", 1, message.amount_hao, 0, 0.0) is not None
    assert book.resolve(kind, "a", 1, message.amount_hao, charged_hao, 0.0) is not None
    assert (book.held("a"), book.revenue_hao, book.total()) == (0, charged_hao, 0)


@given(st.integers(1, 255), st.integers(1, 255), st.data())
def test_charged_segments_never_favours_us(wire: int, billed: int, data: st.DataObject) -> None:
    owed = data.draw(st.integers(0, wire))
    charged = charged_segments(owed, wire, billed)
    assert charged * wire <= owed * billed < (charged + 1) * wire
    assert charged_segments(wire, wire, billed) == billed


@pytest.mark.parametrize(("pay_mode", "credit_limit_hao", "floor_hao"), [("prepaid", 500, 0), ("postpaid", 500, -500)])
def test_floor(pay_mode: str, credit_limit_hao: int, floor_hao: int) -> None:
    assert tariff_for(pay_mode, ChargingTerms(420, credit_limit_hao=credit_limit_hao)).floor_hao == floor_hao


@pytest.mark.parametrize("allows_last", [False, True])
def test_the_last_message_passes_where_the_contract_lets_it(allows_last: bool) -> None:
    """S0-4.2(1)c."""
    assert tariff_for("prepaid", ChargingTerms(420, allows_last=allows_last)).allows_last is allows_last


def test_unknown_pay_mode_names_the_known() -> None:
    with pytest.raises(KeyError, match="there are prepaid, postpaid, credits, quota, package"):
        tariff_for("barter", ChargingTerms(420))


def test_prepaid_balance_in_thousands() -> None:
    """Scenario 13: 1,259.97 yuan, 3 segments at 0.042: 9,999 are taken, then only a shorter one."""
    book = Book()
    book.top_up("a", 0, 12_599_700, 0.0)
    taken = sum(book.hold("a", id, 3 * 420, 0, 0.0) is not None for id in range(1, 10_001))
    assert (taken, book.available("a")) == (9_999, 960)
    assert book.hold("a", 20_000, 2 * 420, 0, 0.0) is not None


def test_a_batch_balances() -> None:
    """Scenario 11: 10,000 messages of 3 segments, five outcomes, charged by both readings of unknown."""
    outcomes = {"DDD": 9_412, "UUU": 388, "RRR": 100, "EEE": 60, "???": 40}
    for unknown_charge, charged in ((False, 11_859_120), (True, 11_909_520)):
        tariff = tariff_for("prepaid", ChargingTerms(420, unknown_charge=unknown_charge))
        total = 0
        for results, count in outcomes.items():
            message = ended(results, billed=3)
            tariff.price(message, 0.0)
            total += tariff.charged(message) * count
        assert total == charged
