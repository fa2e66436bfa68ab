"""Two figures for one month, and what the contract says of the difference (S0-4.3, S3-3.7, S4-5.6, S4-5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway.contracts.clauses import clause_of
from gateway.contracts.dates import line_hao
from gateway.contracts.keys import PPM
from gateway.contracts.profile import Profile


@dataclass(frozen=True, slots=True)
class MonthDifference:
    """What follows from a difference.

    `share_percent` is rounded for reading; the decision compares exact integers. `settled` is the figure paid by now:
    the provider's, or the undisputed part while `recheck_wd` working days (None: no check) are spent checking.
    """

    share_percent: Decimal
    is_within: bool
    settled: int
    recheck_wd: int | None
    clause: str


def reconcile(profile: Profile, provider: int, client: int) -> MonthDifference:
    """Return what the contract says of two totals in one unit, segments or hao.

    Raises ValueError for a negative total.
    """
    if provider < 0 or client < 0:
        raise ValueError(f"a total is negative: {provider} and {client}")
    difference = abs(provider - client)
    total = provider if profile.recon_base == "provider_total" else client
    share = Decimal(100 * difference) / total if total else Decimal(100 if difference else 0)
    percent = share.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    if profile.recon_provider_always:
        return MonthDifference(percent, True, provider, None, clause_of(profile, "recon_provider_always"))
    clause = clause_of(profile, "recon_tolerance")
    if difference * PPM <= profile.recon_tolerance * total:
        return MonthDifference(percent, True, provider, None, clause)
    settled = min(provider, client) if profile.pay_while_disputed == "undisputed" else provider
    return MonthDifference(percent, False, settled, profile.recheck_wd, clause)


def adjustment_hao(settled: int, truth: int, price_hao: int = 1) -> int:
    """Return the line for the next statement once the truth is known: positive, the client owes more.

    For totals in segments give their price; for totals in hao leave it at 1.
    """
    return line_hao((truth - settled) * price_hao)
