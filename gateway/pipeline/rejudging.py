"""What a changed contract, word file or list of numbers would have made of messages that were judged before; pure.

What the change cannot touch stays as it was: a message refused for its source, its account or an empty balance is
refused still. Everything else is judged again by the stages that read texts, at the moment it was judged then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from gateway.contracts.clauses import clause_of
from gateway.domain.verdict import Key
from gateway.pipeline.trial import ABOUT_TEXT, Trial

EXAMPLES_MAX: Final = 10
_LISTED: Final = {"blacklist": Key.BLACK, "whitelist": Key.WHITE, "unsubscribed": Key.UNSUB}


class Fate(NamedTuple):
    """How a message was judged, what it billed and what was held for it."""

    verdict: Literal["accept", "hold", "refuse"]
    key: str | None = None
    clause: str | None = None
    segments: int = 0
    amount_hao: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """A message as it was judged then. `stage` is that of its refusal; `body` the client's text, None for binary."""

    id: int
    account: str
    destination: str
    body: str | None
    message_class: str
    at: float
    fate: Fate
    stage: str = ""


@dataclass(frozen=True, slots=True)
class NewList:
    """A list as it would have been: `numbers` refused by a blacklist, or the only ones a whitelist lets pass."""

    kind: Literal["blacklist", "whitelist", "unsubscribed"]
    numbers: frozenset[str]

    def refuses(self, number: str) -> bool:
        return (number in self.numbers) is not (self.kind == "whitelist")


@dataclass(frozen=True, slots=True)
class Changed:
    """The changed rules of one account; `keeps_price` where the change names no other price."""

    trial: Trial
    keeps_price: bool = True


class Hindsight:
    """Judges past messages again by the changed rules of their accounts."""

    def __init__(self, changed: Mapping[str, Changed], new_list: NewList | None = None) -> None:
        self._changed = changed
        self._list = new_list

    def judge(self, past: Past) -> Fate:
        """Return the fate under the changed rules; raise KeyError for an account that has none."""
        changed, then = self._changed[past.account], past.fate
        trial = changed.trial
        if then.verdict == "refuse" and past.stage not in ABOUT_TEXT:
            return then
        if self._list is not None and self._list.refuses(past.destination):
            key = _LISTED[self._list.kind]
            return Fate("refuse", key.name, clause_of(trial.profile, key.name))
        if past.body is None:
            return then
        quote = trial.ask(past.body, at=past.at, message_class=past.message_class)
        key_name = quote.key.name if quote.key else None
        amount_hao = quote.billed * quote.unit_price_hao
        if changed.keeps_price and then.segments:  # a price of that day, or of a pool
            amount_hao = then.amount_hao * quote.billed // then.segments
        return Fate(quote.verdict, key_name, quote.clause, quote.billed, amount_hao)


class Difference(NamedTuple):
    """One message that would have fared otherwise."""

    past: Past
    now: Fate


@dataclass(slots=True)
class Tally:
    """Counts by fate, before and after; the first differences as examples."""

    messages: int = 0
    changed: int = 0
    before: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)
    after: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)
    segments_before: int = 0
    segments_after: int = 0
    before_hao: int = 0
    after_hao: int = 0
    examples: list[Difference] = field(default_factory=list)

    def add(self, past: Past, now: Fate) -> None:
        """Count one message."""
        then = past.fate
        self.messages += 1
        self.before[then[:3]] += 1
        self.after[now[:3]] += 1
        self.segments_before += then.segments
        self.segments_after += now.segments
        self.before_hao += then.amount_hao
        self.after_hao += now.amount_hao
        if then != now:
            self.changed += 1
            if len(self.examples) < EXAMPLES_MAX:
                self.examples.append(Difference(past, now))

    def add_all(self, pasts: Iterable[Past], hindsight: Hindsight) -> None:
        """Judge and count each."""
        for past in pasts:
            self.add(past, hindsight.judge(past))
