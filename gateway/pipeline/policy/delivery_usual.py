"""Whether a share of deliveries is below its usual by more than chance; pure arithmetic.

Deliveries are no coin tosses: a campaign to old numbers fails more than a code that somebody waits for, and so hours
differ by more than a binomial would. How much more is estimated from the hours themselves (analysis of variance of
proportions), and the recent finals are held against a beta-binomial of that spread. A few hours say little about the
usual: the spread is never taken to be less than what so few finals leave open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma
from typing import Final

USUAL_HOURS_MIN: Final = 6  # with traffic
USUAL_FINALS_MIN: Final = 300
HOUR_FINALS_MIN: Final = 5  # of an hour that is to tell of the spread
SPREAD_MIN: Final = 0.0005
SPREAD_MAX: Final = 0.3
TERMS_MAX: Final = 5_000
TERM_SHARE_MIN: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual share of a pair, and the weight of that belief in finals: high where all hours are alike."""

    share: float
    weight: float


def usual_of(hours: Iterable[tuple[int, int]]) -> Usual | None:
    """Return what is usual by hours of (delivered, finals); None where they are too few to tell."""
    counts = [(delivered, finals) for delivered, finals in hours if finals > 0]
    total = sum([finals for _, finals in counts])
    if len(counts) < USUAL_HOURS_MIN or total < USUAL_FINALS_MIN:
        return None
    share = (sum([delivered for delivered, _ in counts]) + 1.0) / (total + 2.0)
    spread = _spread(counts, share)
    return Usual(share, min(1.0 / spread - 1.0, total + 2.0))


def _spread(counts: list[tuple[int, int]], share: float) -> float:
    """Return by how much finals of one hour go together: 0 would be coin tosses."""
    told = [(delivered, finals) for delivered, finals in counts if finals >= HOUR_FINALS_MIN]
    total = float(sum([finals for _, finals in told]))
    degrees = len(told) - 1.0
    if degrees < 1.0:
        return SPREAD_MAX
    squares = sum([finals * (delivered / finals - share) ** 2 for delivered, finals in told])
    expected = share * (1.0 - share)
    free = total - sum([float(finals) * finals for _, finals in told]) / total - degrees
    if free <= 0.0:
        return SPREAD_MAX
    return min(max((squares / expected - degrees) / free, SPREAD_MIN), SPREAD_MAX)


def chance_of_so_few(delivered: int, finals: int, usual: Usual) -> float:
    """Return how likely at most so many deliveries of these finals are while all is as usual."""
    if delivered >= finals * usual.share:
        return 1.0  # not few at all: nobody asks how likely
    a, b = usual.share * usual.weight, (1.0 - usual.share) * usual.weight
    term = exp(
        lgamma(finals + 1.0) - lgamma(delivered + 1.0) - lgamma(finals - delivered + 1.0)
        + lgamma(delivered + a) + lgamma(finals - delivered + b) - lgamma(finals + a + b)
        + lgamma(a + b) - lgamma(a) - lgamma(b)
    )
    total, k = term, delivered
    while k > 0 and delivered - k < TERMS_MAX and term > total * TERM_SHARE_MIN:
        term *= k * (finals - k + b) / ((finals - k + 1.0) * (k - 1.0 + a))
        total += term
        k -= 1
    return min(total, 1.0)
