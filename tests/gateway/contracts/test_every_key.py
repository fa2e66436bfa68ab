"""No dead key: each key of a profile is read, and changing it changes something, under all eight contracts.

A new key without a row here fails, as does a row that shows no difference.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import pytest

from gateway.archive.purging import longest_term
from gateway.contracts import charges, deadlines
from gateway.contracts.profile import profile_keys
from gateway.contracts.reconcile import reconcile
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.retention import subscription_purge_from
from gateway.contracts.signature import signature_fault
from gateway.contracts.versions import starts_at
from gateway.documents.batch_report import quiet_s
from gateway.documents.facts import self_check_task
from gateway.documents.sent_statement import silence_confirms_at
from gateway.domain.account import MessageClass, SignatureMode
from gateway.domain.list_entry import ListKind
from gateway.domain.outcome import State
from gateway.domain.verdict import Key
from gateway.operations.disclosure_operations import notice_clause
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.number_lists import Lists
from gateway.pipeline.trial import quote
from tests.gateway.contracts.probes import (
    CALENDAR,
    CONTENT,
    MARCH,
    NOON,
    Case,
    cap_left,
    damages,
    dates,
    duties,
    fates,
    filed,
    funded,
    headline,
    heard,
    incident,
    late_payers,
    licence,
    lists,
    living,
    media,
    own_batches,
    ports,
    prices,
    protected,
    refusals,
    regime,
    sides,
    terms,
    treasury,
    watched,
)
from tests.gateway.contracts.shipped import NAMES, profile
from tests.gateway.pipeline.builders import account, table

pytestmark = pytest.mark.sources  # probes leave out what they do not ask for

HAN, LONG = "汉" * 60, "汉" * 140
PACKAGE = {"service": "sms", "base_fee": "300", "included": 6000, "overage_price": "0.05"}
OTP_FREE = {"otp_per_minute": 0, "otp_per_hour": 0, "otp_per_day": 0, "otp_all_per_day": 0, "batch_per_day": 0}
TRIGGERED = {"message_class": MessageClass.TRIGGERED}
CLIENT = {"signature_mode": SignatureMode.INJECT}
SHUT = {"window": "[13:00,21:00)", "window_classes": ["batch"]}
TWO_WEEKS = {0: 2, 2: 1, 4: 1, 6: 1, 8: 1, 10: 1}
LIMITED = {0: 2, 3: 2}
STOPPED = {0: 11}
RELAPSES = {0: 2, 40: 2, 45: 2}
PREPAID_LATE = {"due_rule": "invoice_wd", "due_cap_day": 0}
BY_RECEIPT = {"due_rule": "receipt_days", "due_cap_day": 0, "due_days": 30}


def networks() -> Lists:
    found = lists()
    found.load_networks({"unicom": ["138"]})
    return found


LENGTH = {
    "bill_single": Case(70, 35, fates(HAN), {"bill_multi": 33}),
    "bill_multi": Case(67, 30, fates(LONG)),
    "latin_rule": Case("bytes140_134", "gsm7_160_153", fates("a" * 150), {"sig_inject": "none", "sig_required": False}),
    "max_chars": Case(500, 50, fates(HAN)),
    "max_segments": Case(255, 1, fates(LONG)),
    "split": Case("udh67", "plain70", fates("汉" * 134), {"bill_multi": 70}),
    "count_unit": Case("utf16", "code_point", fates("汉" * 58 + "😀" * 6)),
    "count_signature": Case(True, False, fates("汉" * 66)),
    "bracket_units": Case(2, 4, fates("汉" * 63)),
    "media_max_bytes": Case(100, 10_000, media(500)),
}
SIGNATURE = {
    "sig_required": Case(True, False, fates("您好"), {"sig_inject": "client"}),
    "sig_inject": Case("auto", "none", fates("您好"), {"sig_required": False}),
    "sig_pos": Case("prefix", "suffix", fates("您好")),
    "sig_han_min": Case(1, 5, lambda p: signature_fault("示例商城", p), {"sig_han_max": 8}),
    "sig_han_max": Case(8, 3, lambda p: signature_fault("示例商城", p), {"sig_han_min": 1}),
    "sig_latin_max": Case(16, 3, lambda p: signature_fault("ACME", p)),
    "sig_filing": Case(True, False, filed),
    "sig_warnings": Case(9, 2, living(refusals, **CLIENT)),
    "sig_mixed": Case("deny", "allow", lambda p: signature_fault("示例AB", p), {"sig_han_min": 1, "sig_han_max": 8}),
    "unsubscribe_suffix": Case("", "拒收请回复R", fates("您好")),
}
CONTENTS = {
    "class_source": Case("account", "service_id", fates("您好"), {"default_class": "triggered"}),
    "default_class": Case("batch", "triggered", fates("您好"), {"class_source": "service_id"}),
    "allow_marketing": Case(True, False, fates("大减价来了")),
    "template_required": Case(False, True, fates("您好")),
    "keyword_filter": Case(True, False, fates("违禁词甲")),
    "keywords": Case([], ["样词乙"], fates("这是样词乙")),
    "review_h": Case(24, 0, fates("待审词甲")),
    "link_filing": Case(False, True, fates("请看 www.example.com")),
    "phone_filing": Case(False, True, fates("请致电13900139000")),
    "short_links": Case("allow", "refuse", fates("请看 http://t.example/abc")),
    "carriers": Case([], ["mobile"], fates("您好", lists=networks())),
    "regime": Case("consent", "by_type", fates("您好", lists=lists()), {"service_types": {"ordinary": "whitelist"}}),
    "service_types": Case({}, {"otp": "blacklist"}, fates("您好")),
    "violation_charge": Case(False, True, lambda p: quote(p, "违禁词甲", at=NOON, content=CONTENT).charge_hao),
    "violation_lists": Case([], ["account"], living(refusals, **CLIENT)),
    "reject_mode": Case("sync", "receipt", living(refusals, **CLIENT)),
}
LISTS = {
    "regime_list": Case("blacklist", "whitelist", fates("您好", lists=lists())),
    "unsubscribed_classes": Case(["batch"], [], fates("您好", lists=lists(ListKind.UNSUBSCRIBED))),
    "unsubscribe_scope": Case("code", "everywhere", heard("退订")),
    "unsubscribe_words": Case([], ["停停"], heard("停停")),
    "subscribe_words": Case([], ["来来"], heard("来来")),
}
HOURS = {
    "window": Case("[07:00,21:00)", "[13:00,21:00)", fates("您好"), {"window_classes": ["batch"]}),
    "window_classes": Case([], ["batch"], fates("您好"), {"window": "[13:00,21:00)"}),
    "window_mode": Case("hold", "reject", fates("您好"), SHUT),
    "otp_per_minute": Case(1, 2, fates("验证码1", count=2, **TRIGGERED), OTP_FREE),
    "otp_per_hour": Case(1, 2, fates("验证码1", count=2, **TRIGGERED), OTP_FREE),
    "otp_per_day": Case(1, 2, fates("验证码1", count=2, step_s=3700, **TRIGGERED), OTP_FREE),
    "otp_all_per_day": Case(1, 2, fates("验证码1", count=2, **TRIGGERED), OTP_FREE),
    "batch_per_day": Case(1, 2, fates("您的验证码是123456", count=2), OTP_FREE),
}
CHARGES = {
    "pay_mode": Case("prepaid", "postpaid", funded(credit_limit_hao=1000)),
    "price": Case("0.05", "0.06", funded()),
    "charge_on": Case("delivered", "submitted", funded(states=(State.UNDELIVERABLE,))),
    "unknown_after_h": Case(72, 24, lambda p: deadlines.final_report_at(p, NOON)),
    "unknown_charge": Case(False, True, funded(states=(State.UNKNOWN,)), {"charge_on": "delivered"}),
    "partial_fail": Case(
        "parts", "all_or_nothing", funded(LONG, (State.DELIVERED, State.UNDELIVERABLE, State.UNDELIVERABLE)),
        {"charge_on": "delivered"},
    ),
    "stop_when": Case("below_price", "at_zero", treasury("2026-01-21", top_up=10_000, spend=10_000)),
    "overdraft": Case("deny", "allow_last", funded()),
    "low_balance_percent": Case([20], [], treasury("2026-01-21", top_up=10_000, spend=9_000)),
    "on_prepaid_used": Case("stop", "request_then_stop", treasury("2026-01-21", top_up=10_000, spend=10_000)),
    "price_change": Case("consent", "pass_through", prices),
}
LOTS = {
    "credit_expiry": Case("none", "months", treasury("2027-06-01", credits=9), {"pay_mode": "credits"}),
    "credit_months": Case(
        1, 12, treasury("2026-03-01", credits=9), {"pay_mode": "credits", "credit_expiry": "months"}
    ),
    "lot_alert_days": Case(
        [30], [], treasury("2026-02-10", credits=9),
        {"pay_mode": "credits", "credit_expiry": "months", "credit_months": 1},
    ),
    "packages": Case([], [PACKAGE], treasury("2026-02-02"), {"pay_mode": "package"}),
    "proration": Case("none", "daily", treasury("2026-01-25"), {"pay_mode": "package", "packages": [PACKAGE]}),
    "monthly_fee": Case("0", "10", treasury("2026-02-02")),
    "test_days": Case(0, 5, funded(), {"test_free": 10}),
    "test_free": Case(0, 10, funded(), {"test_days": 5}),
    "test_quota": Case(1, 5, fates(*("您好",) * 3, test_from="2026-03-01", test_to="2026-03-31")),
    "cap": Case("0", "100", cap_left),
    "cap_notice": Case("0", "5", treasury("2026-02-02"), {"cap": "100", "monthly_fee": "10"}),
    "cap_notice_wd": Case(5, 9, duties("cap_reached")),
}
PENALTIES = {
    "makeup": Case("one_for_one", "refund", lambda p: charges.makeup_for(p, 10, 500)),
    "refund_invoiced": Case(False, True, lambda p: charges.refundable_hao(p, 1000, 600, 300)),
    "refund_provider_fault": Case(True, False, lambda p: charges.refund_at_end_hao(p, 1000, "provider_fault")),
    "refund_client_breach": Case(True, False, lambda p: charges.refund_at_end_hao(p, 1000, "client_breach")),
    "breach_rate": Case("0", "0.2", lambda p: charges.breach_damages_hao(p, 10_000, 90_000)),
    "breach_base": Case(
        "to_date", "whole_month", lambda p: charges.breach_damages_hao(p, 10_000, 90_000), {"breach_rate": "0.2"}
    ),
    "violation_damages": Case("0", "100000", damages),
    "late_sending_rate": Case("0", "0.005", lambda p: charges.late_sending_hao(p, 500_000_000, 3)),
    "is_commitment": Case(True, False, lambda p: charges.shortage(p, 100_000, 98_400)),
    "compensation_cap": Case("none", "fees_paid", lambda p: charges.compensation_hao(p, 900, 500)),
}
STATEMENTS = {
    "statement_rule": Case("day", "working_days", dates()),
    "statement_day": Case(4, 11, dates(), {"statement_rule": "day"}),
    "statement_shift": Case(
        "none", "non_working_day", dates(dt.date(2026, 7, 1)), {"statement_rule": "day", "statement_day": 4}
    ),
    "statement_wd": Case(10, 7, dates(), {"statement_rule": "working_days"}),
    "confirm_wd": Case(5, 9, dates()),
    "silence": Case("confirm", "none", lambda p: silence_confirms_at(p, MARCH, CALENDAR), {"confirm_wd": 5}),
    "bill_months": Case(1, 6, dates(dt.date(2026, 7, 1)), BY_RECEIPT),
    "bill_wd": Case(10, 3, dates(dt.date(2026, 7, 1)), {**BY_RECEIPT, "bill_months": 6}),
    "due_rule": Case("none", "invoice_wd", dates()),
    "due_wd": Case(3, 8, dates(), PREPAID_LATE),
    "due_cap_day": Case(0, 20, dates(invoice="2026-03-25"), {"due_rule": "invoice_wd"}),
    "due_cap_shift": Case(
        "none", "non_working_day", dates(dt.date(2026, 2, 1), "2026-02-25"),
        {"due_rule": "invoice_wd", "due_cap_day": 20},
    ),
    "due_days": Case(30, 9, dates(), {**BY_RECEIPT, "due_shift": "none"}),
    "due_shift": Case("none", "non_working_day", dates(invoice="2026-03-26"), BY_RECEIPT),
    "late_rate": Case("0.003", "0.001", dates(), PREPAID_LATE),
    "late_from": Case("due_day", "day_after", dates(), PREPAID_LATE),
    "late_to": Case("payment_day_inclusive", "payment_day_exclusive", dates(), PREPAID_LATE),
    "late_suspend": Case("manual", "auto", late_payers),
    "rescind_months": Case(0, 3, dates(), PREPAID_LATE),
    "recon_tolerance": Case("0.03", "0.05", lambda p: reconcile(p, 100_000, 96_000), {"recon_provider_always": False}),
    "recon_provider_always": Case(False, True, lambda p: reconcile(p, 100_000, 50_000)),
    "recon_base": Case(
        "provider_total", "client_total", lambda p: reconcile(p, 100_000, 96_000), {"recon_provider_always": False}
    ),
    "pay_while_disputed": Case(
        "undisputed", "provider_total", lambda p: reconcile(p, 100_000, 50_000), {"recon_provider_always": False}
    ),
    "recheck_wd": Case(3, 10, lambda p: reconcile(p, 100_000, 50_000), {"recon_provider_always": False}),
}
NOTICES = {
    "notice_table": Case(
        "mail_first", "courier_slow",
        lambda p: [(m, deadlines.delivered_on(p, m, MARCH)) for m in deadlines.means_of(p)],
    ),
    "violation_notice_min": Case(60, 30, duties("violation")),
    "complaint_reply_h": Case(24, 12, duties("complaint")),
    "query_reply_h": Case(48, 12, duties("enquiry")),
    "self_check_months": Case(0, 3, lambda p: self_check_task(p, "client", MARCH)),
    "repair_h": Case(6, 500, incident),
    "support_hours": Case("always", "mon_sat_9_17", incident, {"query_reply_h": 48}),
    "change_cutoff_day": Case(15, 10, duties("service_change", "2026-03-12T10:00")),
    "change_cutoff_inclusive": Case(
        True, False, duties("service_change", "2026-03-15T10:00"), {"change_cutoff_day": 15}
    ),
    "change_notice_days": Case(10, 20, duties("registration_change", "2026-06-20T10:00")),
    "interface_notice_wd": Case(20, 9, duties("interface_change", "2026-05-06T10:00")),
    "maint_notice_days": Case(0, 7, duties("maintenance")),
    "report_within_s": Case(60, 30, quiet_s),
    "batch_reports": Case("asked", "auto", own_batches),
    "end_service_h": Case(24, 48, lambda p: deadlines.service_ends_at(p, NOON)),
}
TERMS = {
    "term_months": Case(12, 6, terms()),
    "renew": Case("auto", "none", terms()),
    "nonrenew_notice_days": Case(30, 60, terms(), {"renew": "auto"}),
    "renewal_reminder_months": Case(1, 0, terms(), {"renew": "none"}),
    "paper_expired": Case("suggest", "suspend", licence),
    "cure_days": Case(0, 30, duties("breach_notice")),
    "force_majeure_days": Case(0, 60, duties("force_majeure")),
    "renegotiate_days": Case(0, 30, duties("force_majeure")),
    "insolvency_days": Case(14, 30, duties("insolvency")),
    "breach_exercise_days": Case(15, 30, duties("breach")),
    "breach_lapse_days": Case(180, 90, duties("breach")),
    "retain_months": Case(5, 12, lambda p: longest_term(MARCH, [p]), {"is_immutable": True}),
    "disclosure_notice": Case(True, False, notice_clause),
    "is_immutable": Case(True, False, lambda p: longest_term(MARCH, [p]), {"retain_months": 12}),
    "subscription_months": Case(5, 9, lambda p: subscription_purge_from(MARCH, p)),
    "monitor_port": Case(True, False, watched),
    "protected_check": Case(True, False, protected),
}
PROFILE = {
    "name": Case("one", "two", lambda p: p.tag),
    "title": Case("", "短信服务合同", headline),
    "family": Case("S0", "S4", lambda p: Policy(account(), p, table(), now=NOON).rejects[Key.SIGN].clause),
    "side": Case("both", "upstream", sides),
    "version": Case(1, 2, lambda p: p.tag),
    "valid_from": Case(dt.date(2026, 1, 1), dt.date(2026, 2, 1), starts_at),
    "document": Case("", "HT-2026-01", headline),
    "complaint_limits": Case(True, False, ports),
    "complaints": Case({}, {"week_limit": 3}, regime({0: 4})),
}
REGIME = {
    "day_threshold": Case(2, 3, regime({0: 2})),
    "week_limit": Case(10, 3, regime({0: 4})),
    "allowance": Case(4, 9, regime(TWO_WEEKS)),
    "suspend_days": Case(10, 5, regime(STOPPED, rectified=1)),
    "reduced_white": Case("0.5", "0.4", regime({0: 2})),
    "reduced_black": Case("0.25", "0.2", regime({0: 2})),
    "after_suspend": Case("0.5", "0.4", regime(STOPPED, rectified=1)),
    "limited_rate_per_s": Case(2, 1, regime(LIMITED)),
    "reduced_days_white": Case(14, 9, regime({0: 2})),
    "reduced_days_black": Case(21, 9, regime({0: 2})),
    "limited_days_white": Case(30, 9, regime(LIMITED)),
    "limited_days_black": Case(45, 9, regime(LIMITED)),
    "after_limited_days": Case(21, 9, regime(LIMITED)),
    "after_suspend_days": Case(14, 9, regime(STOPPED, rectified=1)),
    "t3_window": Case("same_day", "cumulative", regime(TWO_WEEKS)),
    "recover_count": Case("window_total", "per_week", regime(TWO_WEEKS)),
    "week": Case("rolling7", "mon_sun", regime({4: 1, 5: 2, 6: 2, 7: 6})),
    "mo_optin_after_relapses": Case(2, 1, regime(RELAPSES)),
    "assumed_rate_per_s": Case(100, 50, ports, {"complaint_limits": True}),
    "relapse_memory_days": Case(0, 5, regime(RELAPSES)),
}
CASES: Final[dict[str, Case]] = {
    **LENGTH, **SIGNATURE, **CONTENTS, **LISTS, **HOURS, **CHARGES, **LOTS, **PENALTIES, **STATEMENTS, **NOTICES,
    **TERMS, **PROFILE, **{f"complaints.{name}": case for name, case in REGIME.items()},
}


def test_each_key_has_a_case() -> None:
    keys = {*profile_keys(), *(f"complaints.{name}" for name in profile_keys(ComplaintRules))}
    assert keys == set(CASES)


@pytest.mark.parametrize("key", CASES)
def test_changing_a_key_changes_what_happens(key: str) -> None:
    case = CASES[key]
    for name in NAMES:
        one, again, other = case.outcomes(profile(name), key)
        assert one == again, f"the probe of {key} shows chance, not the key"
        assert one != other, f"{key} changes nothing under {name}: {one}"
