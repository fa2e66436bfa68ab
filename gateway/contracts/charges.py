"""What a message, a month, a trial, a fault costs: sums in hao, rounded only on a fee line."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.contracts.dates import line_hao
from gateway.contracts.keys import PPM
from gateway.contracts.money_keys import Package
from gateway.contracts.profile import Profile
from gateway.domain.outcome import State


# ── one message ──────────────────────────────────────────────────────────────────────────────────────────────────────
def charged_segments(profile: Profile, billed: int, states: Sequence[State]) -> int:
    """Return how many of a message's billed segments are charged, given the final states of its wire segments.

    `states` holds only segments that the carrier accepted; the rest were never submitted. UNKNOWN is a segment without
    a receipt after `unknown_after_h`. Where a text is billed as fewer segments than it is sent in, a part delivered
    pays its share, rounded down.
    """
    if not states:
        return 0
    if profile.charge_on == "submitted":
        return billed
    paid = sum(state is State.DELIVERED or (state is State.UNKNOWN and profile.unknown_charge) for state in states)
    if paid == len(states):
        return billed
    return 0 if profile.partial_fail == "all_or_nothing" else billed * paid // len(states)


def delivery_of(states: Sequence[State]) -> Literal["DELIVERED", "PARTIAL", "FAILED"]:
    """Return the message's state over its segments' final ones."""
    delivered = sum(state is State.DELIVERED for state in states)
    if delivered and delivered == len(states):
        return "DELIVERED"
    return "PARTIAL" if delivered else "FAILED"


def can_afford(profile: Profile, available_hao: int, amount_hao: int) -> bool:
    """Tell whether what is available bears a message: all of it, or with `allow_last` any of it (BALANCE)."""
    if profile.stop_when == "at_zero" and profile.overdraft == "allow_last":
        return available_hao > 0
    return available_hao >= amount_hao


def is_in_arrears(profile: Profile, balance_hao: int) -> bool:
    """Tell whether the account stops by itself until it is topped up (S0-4.2(1)c: at zero, not below)."""
    return profile.stop_when == "at_zero" and balance_hao <= 0


def violation_charge_hao(profile: Profile, segments: int, price_hao: int) -> int:
    """Return what a refused, violating submission costs: its fee under S1-6, nothing elsewhere."""
    return segments * price_hao if profile.violation_charge else 0


# ── a month ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def package_month_hao(
    profile: Profile, package: Package, segments: int, *, month: dt.date | None = None, from_day: int = 1
) -> int:
    """Return a month's charge under a package: the base fee even for no segment, then the overage (S4-5.1).

    With `proration` "daily" a first month that starts on `from_day` of `month` pays its share of the base fee.
    """
    base = package.base_fee
    if profile.proration == "daily" and month is not None and from_day > 1:
        days = calendar.monthrange(month.year, month.month)[1]
        base = line_hao(base * (days - from_day + 1), days)
    return base + max(0, segments - package.included) * package.overage_price


def trial_hao(profile: Profile, package: Package, segments: int) -> int:
    """Return what a trial costs: segments beyond the free ones at the package's unit price (S4-5.2)."""
    return max(0, segments - profile.test_free) * package.overage_price


def fits_cap(profile: Profile, accrued_hao: int, amount_hao: int) -> bool:
    """Tell whether the term's cap still bears an amount; exactly the cap is allowed (S4-11.1; CAP)."""
    return not profile.cap or accrued_hao + amount_hao <= profile.cap


def reaches_cap_notice(profile: Profile, before_hao: int, after_hao: int) -> bool:
    """Tell whether a charge carries the accrued sum to the level at which the provider must write."""
    return bool(profile.cap_notice) and before_hao < profile.cap_notice <= after_hao


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class MakeupTerms:
    """What the provider gives for its own fault: segments to send free, or money."""

    segments: int = 0
    credit_hao: int = 0


def makeup_for(profile: Profile, segments: int, price_hao: int, *, can_resend: bool = True) -> MakeupTerms:
    """Return the makeup for segments that the provider spoiled (S0-6.6, S2a-2.2; S1-4 pays money)."""
    if profile.makeup == "none":
        return MakeupTerms()
    if profile.makeup == "refund" or not can_resend:
        return MakeupTerms(credit_hao=line_hao(segments * price_hao))
    return MakeupTerms(segments=segments)


def shortage(profile: Profile, contracted: int, delivered: int) -> int:
    """Return what is to be sent again to reach the contracted quantity (S2a-2.2)."""
    return max(0, contracted - delivered) if profile.is_commitment else 0


def late_sending_hao(profile: Profile, contract_total_hao: int, days: int) -> int:
    """Return the provider's penalty for sending late (S2a-7.1)."""
    return line_hao(contract_total_hao * profile.late_sending_rate * days, PPM)


def breach_damages_hao(profile: Profile, to_date_hao: int, whole_month_hao: int) -> int:
    """Return the suggested damages for a breach: a share of the month's amount (S0-9.1); a person decides."""
    base = to_date_hao if profile.breach_base == "to_date" else whole_month_hao
    return line_hao(base * profile.breach_rate, PPM)


def compensation_hao(profile: Profile, claim_hao: int, fees_paid_hao: int) -> int:
    """Return what of a claim is paid (S2b-7: no more than the fees paid)."""
    return min(claim_hao, fees_paid_hao) if profile.compensation_cap == "fees_paid" else claim_hao


def refundable_hao(profile: Profile, topped_up_hao: int, invoiced_hao: int, used_hao: int) -> int:
    """Return what of a prepayment may be paid back on request; invoiced money is used first (S0-4.2(1)b)."""
    gone = used_hao if profile.refund_invoiced else max(invoiced_hao, used_hao)
    return max(0, topped_up_hao - gone)


def refund_at_end_hao(profile: Profile, unused_hao: int, cause: Literal["provider_fault", "client_breach"]) -> int:
    """Return what of the unused value comes back when the contract ends early (S1-4, S2a-2.6, S2bA-7)."""
    is_due = profile.refund_provider_fault if cause == "provider_fault" else profile.refund_client_breach
    return unused_hao if is_due else 0
