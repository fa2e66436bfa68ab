"""The register of faults: what was complained of, what became of it, and the month's figures (S4-4.7, S2a-2.4).

Repair is the time from the complaint to the end without the way to the place; the mean of a month counts (six hours).
Any other complaint is to be answered within its own term (48 hours). A network's fault excuses a delay with the
carrier's proof alone, so a fault whose cause is the network or the carrier is proved or it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.contracts.clauses import cite, clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.support import support_by, support_hours_in

KINDS: Final = ("fault", "other")
CAUSES: Final = ("client", "provider", "carrier", "network", "unknown")
NEEDS_PROOF: Final = frozenset({"carrier", "network"})
HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class FiledProof:
    """A file that was filed: its name and the SHA-256 of its octets."""

    at: float
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class ServiceFault:
    """One complaint with what was noted of it since; instants in unix seconds, None: not yet."""

    id: int
    kind: str
    account: str
    channel: str
    words: str
    cause: str
    began_at: float
    complained_at: float
    reply_by: float
    actor: str
    ended_at: float | None = None
    travel_s: int = 0
    answered_at: float | None = None
    answer: str = ""
    proofs: tuple[FiledProof, ...] = ()

    @property
    def side(self) -> str:
        return self.account or f"channel:{self.channel}"

    def repair_h(self, profile: Profile) -> float | None:
        """Return the hours of support from the complaint to the end, without those on the way."""
        if self.ended_at is None:
            return None
        hours = support_hours_in(profile, self.complained_at, self.ended_at) - self.travel_s / HOUR_S
        return max(0.0, hours)

    @property
    def is_proved(self) -> bool | None:
        """Whether the carrier's proof is filed; None where none is needed."""
        return bool(self.proofs) if self.cause in NEEDS_PROOF else None


def term_of(profile: Profile, kind: str, complained_at: float) -> tuple[float, str]:
    """Return the instant by which a complaint is to be settled, and the clause that says so."""
    hours, key = (profile.repair_h, "repair_h") if kind == "fault" else (profile.query_reply_h, "query_reply_h")
    clause = "S4-4.7" if profile.family == "S4" else clause_of(profile, key)
    return support_by(profile, complained_at, hours), clause


def proof_clause(profile: Profile) -> str:
    return cite(profile.family, "S2a-2.4")


def monthly_report(faults: Sequence[ServiceFault], contracts: dict[str, Profile]) -> list[dict[str, Any]]:
    """Return the figures by side. `contracts` are those of the sides; faults that last are not in the mean."""
    found = []
    for side in sorted({fault.side for fault in faults}):
        profile = contracts[side]
        repairs = [each for each in faults if each.side == side and each.kind == "fault"]
        others = [each for each in faults if each.side == side and each.kind == "other"]
        hours = [taken for taken in (each.repair_h(profile) for each in repairs) if taken is not None]
        answered = [(each, each.answered_at) for each in others if each.answered_at is not None]
        replies = [support_hours_in(profile, each.complained_at, at) for each, at in answered]
        mean = sum(hours) / len(hours) if hours else None
        found.append({
            "side": side, "faults": len(repairs), "open": len(repairs) - len(hours),
            "mean_repair_hours": None if mean is None else round(mean, 3), "allowed_repair_hours": profile.repair_h,
            "is_within": None if mean is None else mean <= profile.repair_h,
            "unproved": sum(each.is_proved is False for each in repairs), "others": len(others),
            "unanswered": len(others) - len(replies),
            "longest_answer_hours": round(max(replies), 3) if replies else None,
            "allowed_answer_hours": profile.query_reply_h,
            "late_answers": sum(at > each.reply_by for each, at in answered),
            "clause": term_of(profile, "fault", 0.0)[1],
        })
    return found
