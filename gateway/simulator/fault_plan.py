"""FaultPlan: every fault by name, with how often it happens and how long it lasts.

A plan is a frozen value. `parse("late=0.1,cut=0.01")` reads one, `str(plan)` writes it, `draw(seed)` rolls one for a
swarm. A probability is per answer, per receipt or per request taken, as its table says; each is judged by itself.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace
from typing import Final

__all__ = ["FaultPlan", "PlanError"]


class PlanError(ValueError):
    """A text that is no plan: an unknown fault, or a number out of range. The words are for whoever typed it."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Probabilities (0 to 1) and times (names that end in `_s`). The default is a peer that does everything right."""

    # an answer to a request
    late: float = 0.0  # comes up to late_s later
    lost: float = 0.0  # never comes; the request was taken all the same
    doubled: float = 0.0  # comes twice
    reordered: float = 0.0  # lets others pass, up to reorder_s
    throttled: float = 0.0  # says "too fast"; nothing was taken
    busy: float = 0.0  # a temporary refusal
    refused: float = 0.0  # a final refusal
    # a message that was taken
    failed: float = 0.0  # ends undelivered, expired or with a carrier's own word
    # a receipt
    receipt_early: float = 0.0  # overtakes the answer
    receipt_late: float = 0.0  # comes up to receipt_late_s later
    receipt_lost: float = 0.0  # never comes
    receipt_doubled: float = 0.0  # comes twice
    receipt_reordered: float = 0.0  # lets others pass
    receipt_stray: float = 0.0  # one more, with an id that nobody gave
    receipt_garbled: float = 0.0  # one more, whose text cannot be read
    # a connection, judged at each request
    unbind: float = 0.0  # says goodbye
    cut: float = 0.0  # ends between two PDUs, before the answer
    cut_mid_pdu: float = 0.0  # ends in the middle of the answer
    garbage: float = 0.0  # octets that are no PDU, then whatever the peer makes of them
    silence: float = 0.0  # says nothing for silence_s, not even to keepalives

    late_s: float = 2.0
    reorder_s: float = 0.05
    receipt_late_s: float = 10.0
    silence_s: float = 5.0

    @staticmethod
    def calm() -> FaultPlan:
        """A peer without faults."""
        return _CALM

    @staticmethod
    def draw(seed: int) -> FaultPlan:
        """A plan for one run of a swarm: each fault off half the time, else up to its usual worst."""
        rng = random.Random(f"faults {seed}")
        drawn = {}
        for name, worst in _WORST.items():
            is_on, share = rng.random() < 0.5, rng.random()
            drawn[name] = round(worst * share, 4) if is_on else 0.0
        return FaultPlan(**drawn)

    @staticmethod
    def parse(text: str) -> FaultPlan:
        """The plan in `name=number,…`; "" and "calm" are a calm one, "draw:7" is drawn. Raises PlanError."""
        text = text.strip()
        if text in ("", "calm"):
            return _CALM
        if text.startswith("draw:"):
            if not text[5:].isdecimal():
                raise PlanError(f"{text!r}: draw: wants a number, like draw:7")
            return FaultPlan.draw(int(text[5:]))
        return replace(_CALM, **dict(_read_item(item) for item in text.split(",") if item.strip()))

    def __str__(self) -> str:
        changed = [(name, getattr(self, name)) for name in NAMES if getattr(self, name) != getattr(_CALM, name)]
        return ",".join(f"{name}={value:g}" for name, value in changed) or "calm"

    @property
    def is_calm(self) -> bool:
        """Whether nothing at all goes wrong."""
        return not any(getattr(self, name) for name in _WORST)

    @property
    def loses_receipts(self) -> bool:
        """Whether some messages never get their final word."""
        return self.receipt_lost > 0


def _read_item(item: str) -> tuple[str, float]:
    name, _, number = item.strip().partition("=")
    if name not in NAMES:
        raise PlanError(f"no fault is called {name!r}; there are {', '.join(NAMES)}")
    try:
        value = float(number)
    except ValueError:
        raise PlanError(f"{name}: {number!r} is no number") from None
    if not 0 <= value <= (float("inf") if name.endswith("_s") else 1):
        raise PlanError(f"{name}: {number} is not {'a span in seconds' if name.endswith('_s') else 'within 0 and 1'}")
    return name, value


NAMES: Final = tuple(field.name for field in fields(FaultPlan))
# What a swarm draws up to. Ends of connections are more expensive than wrong answers: every one of them costs a bind.
_WORST: Final = {
    "late": 0.2, "lost": 0.1, "doubled": 0.1, "reordered": 0.5, "throttled": 0.2, "busy": 0.1, "refused": 0.1,
    "failed": 0.3, "receipt_early": 0.3, "receipt_late": 0.2, "receipt_lost": 0.1, "receipt_doubled": 0.2,
    "receipt_reordered": 0.5, "receipt_stray": 0.1, "receipt_garbled": 0.1, "unbind": 0.02, "cut": 0.02,
    "cut_mid_pdu": 0.02, "garbage": 0.02, "silence": 0.01,
}
_CALM: Final = FaultPlan()
