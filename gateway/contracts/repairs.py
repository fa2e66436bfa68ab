"""How long repairs took in a month, on average, against what the contract allows (S4-4.3, S4-4.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.support import support_hours_in
from gateway.domain.china_time import HOUR_S, moment_text
from gateway.domain.incident import Incident

REPAIR_H: Final = 6  # where no contract says anything


def incident_document(incident: Incident) -> dict[str, Any]:
    """Return one incident; times in China time, hours to the minute's fraction."""
    ended_at = incident.ended_at
    return {
        "id": incident.id,
        "channel": incident.channel,
        "kind": incident.kind,
        "started_at": moment_text(incident.started_at),
        "ended_at": None if ended_at is None else moment_text(ended_at),
        "hours": None if ended_at is None else round((ended_at - incident.started_at) / HOUR_S, 3),
        "waited": incident.waited,
        "unknown": incident.unknown,
    }


def repair_report(incidents: Sequence[Incident], contracts: Mapping[str, Profile | None]) -> list[dict[str, Any]]:
    """Return for each channel how many incidents there were and how long repairs took, those that last left out.

    Hours are those of the contract's support (S1-3b). The mean counts, not the longest: `is_within` compares it with
    the contract's `repair_h`; None without any repair.
    """
    found = []
    for channel in sorted({incident.channel for incident in incidents}):
        mine = [incident for incident in incidents if incident.channel == channel]
        profile = contracts.get(channel)
        hours = [_hours(profile, each.started_at, each.ended_at) for each in mine if each.ended_at is not None]
        allowed = REPAIR_H if profile is None else profile.repair_h
        mean = sum(hours) / len(hours) if hours else None
        found.append({
            "channel": channel,
            "incidents": len(mine),
            "open": len(mine) - len(hours),
            "mean_hours": None if mean is None else round(mean, 3),
            "longest_hours": round(max(hours), 3) if hours else None,
            "allowed_hours": allowed,
            "is_within": None if mean is None else mean <= allowed,
            "clause": "D" if profile is None else clause_of(profile, "repair_h"),
            "waited": sum(each.waited for each in mine),
            "unknown": sum(each.unknown for each in mine),
        })
    return found


def _hours(profile: Profile | None, start: float, end: float) -> float:
    return (end - start) / HOUR_S if profile is None else support_hours_in(profile, start, end)
