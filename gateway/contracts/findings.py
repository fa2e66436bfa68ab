"""Contradictions inside a profile: each key may be right by itself and the whole still wrong, or dear.

A table of rules; a rule looks at one profile and says what does not go together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.contracts.clauses import clause_of
from gateway.contracts.keys import PPM
from gateway.contracts.profile import Profile

LAW_MONTHS: Final = 5  # record-keeping floor of the regulation, which S4-12.1 puts above any contract


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Keys that do not go together: `error` cannot run, `warning` runs but costs or surprises somebody."""

    severity: Literal["error", "warning"]
    keys: tuple[str, ...]
    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class _Rule:
    severity: Literal["error", "warning"]
    keys: tuple[str, ...]
    is_broken: Callable[[Profile], bool]
    text: str


_RULES: Final = (
    _Rule("error", ("bill_multi", "bill_single"), lambda p: p.bill_multi > p.bill_single,
          "a segment of a long text may not hold more than a single one"),
    _Rule("error", ("sig_han_min", "sig_han_max"), lambda p: p.sig_han_min > p.sig_han_max,
          "no Chinese signature can be registered"),
    _Rule("error", ("cap_notice", "cap"), lambda p: bool(p.cap) and p.cap_notice > p.cap,
          "the letter about the cap would be due after the cap has stopped service"),
    _Rule("error", ("pay_mode", "packages"), lambda p: p.pay_mode == "package" and not p.packages,
          "payment by package needs a [[packages]] table"),
    _Rule("error", ("statement_rule", "confirm_wd", "silence"), lambda p: p.silence == "confirm" and not p.confirm_wd,
          "silence cannot confirm without a term to be silent in"),
    _Rule("error", ("split", "bill_multi"), lambda p: p.split == "none" and p.bill_multi > 0 and p.max_segments > 1,
          "longer texts are billed in several segments but may not be cut on the wire"),
    _Rule("error", ("regime", "service_types"), lambda p: p.regime == "by_type" and not p.service_types,
          "lists go by service type but no type is contracted"),
    _Rule("warning", ("otp_all_per_day", "otp_per_day"), lambda p: 0 < p.otp_all_per_day < p.otp_per_day,
          "the day's limit of one signature is never met: that over all signatures is lower"),
    _Rule("error", ("late_from", "due_cap_day"), lambda p: p.late_from == "cap_day" and not p.due_cap_day,
          "late fees run from a cap day that is not set"),
    _Rule("error", ("recon_tolerance",), lambda p: p.recon_tolerance > PPM,
          "a tolerance above 100 % would hold whatever the other side says; recon_provider_always says that"),
    _Rule("error", ("late_rate",), lambda p: p.late_rate >= PPM, "a late fee of the whole sum, every day"),
    _Rule("error", ("breach_rate",), lambda p: p.breach_rate > PPM, "damages above the whole that they are a share of"),
    _Rule("error", ("due_cap_day", "statement_day"), lambda p: p.due_rule != "none" and p.statement_rule == "day"
          and 0 < p.due_cap_day <= p.statement_day,
          "the last day to pay is not after the day of the statement"),
    _Rule("error", ("renewal_reminder_months", "term_months"), lambda p: p.renewal_reminder_months >= p.term_months,
          "the reminder of renewal would come before the term begins"),
    _Rule("error", ("nonrenew_notice_days", "term_months"), lambda p: p.nonrenew_notice_days >= 28 * p.term_months,
          "notice of non-renewal would have to come before the term begins"),
    _Rule("error", ("unsubscribe_suffix", "max_chars"), lambda p: len(p.unsubscribe_suffix) >= p.max_chars,
          "the tail alone is as long as a text may be"),
    _Rule("warning", ("max_chars", "split", "bill_multi"), lambda p: p.max_chars <= p.bill_single and bool(p.bill_multi)
          and p.split != "none",
          "texts of one segment at most, yet a way to cut longer ones: it is never used"),
    _Rule("warning", ("packages", "pay_mode"), lambda p: p.pay_mode == "package"
          and any(not package.overage_price for package in p.packages),
          "a package without a price: segments beyond the included ones cost nothing"),
    _Rule("warning", ("packages",), lambda p: p.pay_mode != "package" and bool(p.packages),
          "packages are billed under pay_mode package only"),
    _Rule("warning", ("price",), lambda p: p.pay_mode != "package" and not p.price,
          "messages cost nothing where the account names no price"),
    _Rule("warning", ("violation_charge", "violation_lists"), lambda p: p.violation_charge and not p.violation_lists,
          "the fee of a violating message is deducted, but nothing keeps the next copy out"),
    _Rule("warning", ("violation_charge", "charge_on"), lambda p: p.violation_charge and p.charge_on == "delivered"
          and p.family != "S1",
          "what is never sent is charged although charge_on says delivered"),
    _Rule("warning", ("due_rule", "pay_mode"), lambda p: p.pay_mode == "postpaid" and p.due_rule == "none",
          "paid afterwards, but no day by which to pay: no late fee ever begins"),
    _Rule("warning", ("cap", "cap_notice"), lambda p: bool(p.cap) and not p.cap_notice,
          "service stops at the cap without a letter before it"),
    _Rule("warning", ("test_free", "test_days"), lambda p: bool(p.test_free) and not p.test_days,
          "free segments for a trial that has no days"),
    _Rule("warning", ("window_classes", "window"), lambda p: "batch" not in p.window_classes,
          "batch messages may leave at night"),
    _Rule("warning", ("allow_marketing",), lambda p: p.allow_marketing and p.family in ("S3", "S4"),
          "the contract forbids advertising"),
    _Rule("warning", ("otp_per_hour", "otp_per_minute"), lambda p: 0 < p.otp_per_hour < p.otp_per_minute,
          "the limit of a minute is never reached"),
    _Rule("warning", ("otp_per_day", "otp_per_hour"), lambda p: 0 < p.otp_per_day < p.otp_per_hour,
          "the limit of an hour is never reached"),
    _Rule("warning", ("split", "bill_multi"), lambda p: p.split == "udh67" and p.bill_multi > 67,
          "a concatenated segment carries 67 characters but more are billed as one: 140 characters bill 2 and send 3"),
    _Rule("warning", ("count_unit", "split"), lambda p: p.count_unit == "code_point",
          "an emoji bills one character and takes two on the wire: fewer segments billed than sent"),
    _Rule("warning", ("retain_months",), lambda p: p.retain_months < LAW_MONTHS,
          "shorter than the law's five months: five apply"),
    _Rule("warning", ("charge_on", "unknown_charge"), lambda p: p.charge_on == "submitted" and not p.unknown_charge,
          "submitted segments are charged, so one without a receipt is charged whatever unknown_charge says"),
    _Rule("warning", ("stop_when", "overdraft"), lambda p: p.stop_when == "below_price" and p.overdraft == "allow_last",
          "a balance below the price stops service, so no last message is let through"),
    _Rule("warning", ("allow_marketing", "unsubscribe_suffix"), lambda p: p.allow_marketing and p.family == "S2a"
          and not p.unsubscribe_suffix,
          "advertising must tell how to refuse it: set a suffix, or leave it to the client's own text"),
    _Rule("warning", ("sig_inject", "sig_required"), lambda p: p.sig_inject == "none" and p.sig_required,
          "a signature is required but nobody is made to write it"),
    _Rule("warning", ("complaints.t3_window", "complaints.allowance"),
          lambda p: p.complaints.t3_window == "cumulative" and p.complaints.allowance >= p.complaints.day_threshold,
          "the second complaint of a treatment already limits the port: the recovery allowance cannot be reached"),
    _Rule("warning", ("complaints.mo_optin_after_relapses",), lambda p: p.complaints.mo_optin_after_relapses == 1,
          "the strict reading: the first relapse leaves only numbers that subscribed by MO"),
)


def check_profile(profile: Profile) -> list[Contradiction]:
    """Return what does not go together in a profile, errors first."""
    found = [
        Contradiction(rule.severity, rule.keys, clause_of(profile, rule.keys[0].removeprefix("complaints.")), rule.text)
        for rule in _RULES
        if rule.is_broken(profile)
    ]
    return sorted(found, key=lambda finding: finding.severity != "error")
