"""The verdict of every stage that a message passed, told again from the few decisions that are stored with it; pure.

The order of the stages is fixed, a refusal ends the walk, and what changed or delayed a message is noted in its row: so
the whole list follows without a row a stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.domain.verdict import Key
from gateway.pipeline.stages.route import LOW
from gateway.pipeline.stages.stage_order import PART_STAGES, STAGES
from gateway.queries.life_documents import StageVerdict

# Stages whose note is a wait, and the key that a refusal for the same reason would have.
WAITS: Final = {"window": Key.TIME, "doubt": Key.CONTENT}
HOLD: Final = "hold"  # the price is held in the books, behind the last stage
_NAMES: Final = tuple(name for name, _ in STAGES)
_BY_STAT: Final = {key.stat: key for key in reversed(Key) if key.stat}


def stage_verdict(
    stage: str, verdict: str, key: str | None = None, clause: str | None = None, detail: str = ""
) -> StageVerdict:
    """Return one entry of `verdicts`; what was changed and not by a clause says so in `detail`."""
    return StageVerdict(stage=stage, verdict=verdict, key=key, clause=clause, detail=detail or None)


def of_accepted(notes: str | None) -> list[StageVerdict]:
    """Return the verdicts of an accepted message from its notes, "stage clause" a line."""
    by_stage: dict[str, list[str]] = {}
    for line in (notes or "").splitlines():
        stage, _, clause = line.partition(" ")
        by_stage.setdefault(stage, []).append(clause)
    verdicts = []
    for stage in (*_NAMES, HOLD):
        verdicts += [_noted(stage, clause) for clause in by_stage.pop(stage, ())] or [stage_verdict(stage, "accept")]
    verdicts += [_noted(stage, clause) for stage, clauses in by_stage.items() for clause in clauses]
    return verdicts


def of_refused(refusal: Mapping[str, Any]) -> list[StageVerdict]:
    """Return the verdicts up to the refusal; those of a segment that never joined are its own."""
    stage = refusal["stage"]
    names: Iterable[str] = (*_NAMES, HOLD)
    if stage == "join":
        names = tuple(name for name, _ in PART_STAGES)
    passed = []
    for name in names:
        if name == stage:
            break
        passed.append(stage_verdict(name, "accept"))
    else:
        passed = passed if stage in ("join", HOLD) else []  # no stage that is known: an older one, or of the bind
    return [*passed, stage_verdict(stage, "refuse", refusal["key"], refusal["clause"], refusal["detail"])]


def of_ended(error: str, profile: Profile | None) -> list[StageVerdict]:
    """Return the verdict of what ended a message after it was accepted, where its error is one of ours ("GW:0076")."""
    key = _BY_STAT.get(error)
    if key is None:
        return []
    return [stage_verdict("later", "refuse", key.name, _clause(profile, key))]


def key_of(error: str) -> str | None:
    """Return the reject key behind an error of ours."""
    key = _BY_STAT.get(error)
    return None if key is None else key.name


def _clause(profile: Profile | None, key: Key) -> str | None:
    try:
        return None if profile is None else clause_of(profile, key.name)
    except KeyError:
        return "D"  # a refusal of the protocol, on which no contract has a word


def _noted(stage: str, clause: str) -> StageVerdict:
    if stage in WAITS:
        return stage_verdict(stage, "hold", WAITS[stage].name, clause)
    if stage == "route" and clause.startswith(f"{LOW} "):
        _, before, after, kind, recent, usual = clause.split(" ")
        words = f"channel {before} delivers {recent} % for this {kind}, usually {usual} %: {after} instead"
        return stage_verdict(stage, "change", LOW.upper(), None, words)
    if ">" in clause:  # "2>3": so many segments came, so many leave
        return stage_verdict(stage, "change", None, None, f"segments {clause.replace('>', ' to ')}")
    return stage_verdict(stage, "change", None, clause)
