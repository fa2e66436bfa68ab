"""The register of faults: terms by kind, hours of repair without the way, and the month's figures by side."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.contracts.profile import Profile
from gateway.contracts.service_faults import FiledProof, ServiceFault, monthly_report, proof_clause, term_of
from gateway.domain.china_time import SHANGHAI
from tests.gateway.contracts.shipped import S1, S4

HOUR_S = 3600.0
MONDAY = dt.datetime(2026, 3, 2, 9, tzinfo=SHANGHAI).timestamp()  # support opens (S1-3b: Monday to Saturday, 9 to 17)
PROOF = FiledProof(MONDAY, "carrier.pdf", "00" * 32)


def complaint(id: int, kind: str = "fault", *, at: float = MONDAY, **noted: Any) -> ServiceFault:
    known: dict[str, Any] = {"account": "acme", "channel": "", "words": "没有下发", "cause": "provider", "actor": "op"}
    known |= noted
    return ServiceFault(id, kind, began_at=at - 60, complained_at=at, reply_by=at + 48 * HOUR_S, **known)


@pytest.mark.parametrize(
    ("contract", "kind", "by_h", "clause"),
    [
        (S4, "fault", 6, "S4-4.7"), (S4, "other", 48, "S4-4.7"),
        (S1, "fault", 6, "S4-4.3[D]"),  # 15:00 of the same day
        (S1, "other", 5 * 24 + 8, "S4-4.3[D]"),  # six days of eight hours: Saturday 17:00
    ],
)
def test_a_complaint_is_settled_within_its_term_of_support_hours(
    contract: Profile, kind: str, by_h: float, clause: str
) -> None:
    assert term_of(contract, kind, MONDAY) == (MONDAY + by_h * HOUR_S, clause)


@pytest.mark.parametrize(
    ("ended_h", "travel_h", "hours_s4", "hours_s1"),
    [(None, 0, None, None), (5, 0, 5.0, 5.0), (5, 2, 3.0, 3.0), (1, 2, 0.0, 0.0), (26, 1, 25.0, 9.0)],
)
def test_repair_runs_in_support_hours_without_the_way(
    ended_h: float | None, travel_h: float, hours_s4: float | None, hours_s1: float | None
) -> None:
    ended_at = None if ended_h is None else MONDAY + ended_h * HOUR_S
    fault = complaint(1, ended_at=ended_at, travel_s=int(travel_h * HOUR_S))
    assert (fault.repair_h(S4), fault.repair_h(S1)) == (hours_s4, hours_s1)


@pytest.mark.parametrize(
    ("cause", "proofs", "is_proved"),
    [("client", (), None), ("provider", (PROOF,), None), ("unknown", (), None), ("network", (), False),
     ("carrier", (), False), ("carrier", (PROOF,), True), ("network", (PROOF,), True)],
)
def test_a_fault_of_the_network_is_excused_by_the_carriers_proof_alone(
    cause: str, proofs: tuple[FiledProof, ...], is_proved: bool | None
) -> None:
    """S2a-2.4."""
    assert complaint(1, cause=cause, proofs=proofs).is_proved is is_proved
    assert (proof_clause(S4), proof_clause(S1)) == ("S2a-2.4[D]", "S2a-2.4[D]")


def test_the_figures_of_a_month() -> None:
    """S4-4.7: the mean of the repairs counts; what lasts is not in it; answers are late behind their term."""
    faults = [
        complaint(1, ended_at=MONDAY + 5 * HOUR_S), complaint(2, ended_at=MONDAY + 7 * HOUR_S, cause="network"),
        complaint(3), complaint(4, cause="carrier", proofs=(PROOF,)),
        complaint(5, "other", answered_at=MONDAY + 48 * HOUR_S),
        complaint(6, "other", answered_at=MONDAY + 48 * HOUR_S + 1, cause="network"), complaint(7, "other"),
        complaint(8, account="", channel="a", ended_at=MONDAY + HOUR_S * 6.5),
        complaint(9, account="beta"),
    ]
    same = {"allowed_repair_hours": 6, "allowed_answer_hours": 48, "clause": "S4-4.7"}
    none = {"others": 0, "unanswered": 0, "longest_answer_hours": None, "late_answers": 0}
    assert monthly_report(faults, {"acme": S4, "beta": S4, "channel:a": S4}) == [
        same | {
            "side": "acme", "faults": 4, "open": 2, "mean_repair_hours": 6.0, "is_within": True, "unproved": 1,
            "others": 3, "unanswered": 1, "longest_answer_hours": 48.0, "late_answers": 1,
        },
        same | none | {
            "side": "beta", "faults": 1, "open": 1, "mean_repair_hours": None, "is_within": None, "unproved": 0,
        },
        same | none | {
            "side": "channel:a", "faults": 1, "open": 0, "mean_repair_hours": 6.5, "is_within": False, "unproved": 0,
        },
    ]
