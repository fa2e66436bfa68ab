"""Profile keys of time: statements, due dates, reconciliation, notices, service terms, retention."""

from __future__ import annotations

from typing import Literal

from gateway.contracts.keys import Keys, Rate, key

Shift = Literal["none", "statutory_only", "non_working_day"]


class StatementKeys(Keys):
    """The statement and its confirmation."""

    statement_rule: Literal["day", "working_days"] = key(
        "day", "S0-4.2(1)a S0-4.2(2)a S4-5.6", "on a day of the month, or within working days after the cycle"
    )
    statement_day: int = key(4, "S0-4.2(1)a", "day of the month", ge=1, le=28)
    statement_shift: Shift = key("non_working_day", "S0-4.2(1)a", "rest days that move it to the next working day")
    statement_wd: int = key(10, "S4-5.6", "working days after the end of the cycle", ge=1)
    confirm_wd: int = key(5, "S0-4.2(2)a S4-5.6", "working days to confirm or object; 0: no such term", ge=0)
    silence: Literal["confirm", "none"] = key("none", "S0-4.2(2)a S4-5.6", "what silence means")
    bill_months: Literal[1, 3, 6, 12] = key(1, "S4-5.8", "months between two payable bills")
    bill_wd: int = key(10, "S4-5.8", "working days after that period for bill and invoice", ge=1)


class DueKeys(Keys):
    """When to pay, and what lateness costs."""

    due_rule: Literal["none", "invoice_wd", "receipt_days"] = key(
        "none", "S0-4.2(2)b S4-5.8", "due working days after the invoice, days after its receipt, or paid beforehand"
    )
    due_wd: int = key(3, "S0-4.2(2)b", "working days after receipt of the invoice", ge=0)
    due_cap_day: int = key(20, "S0-4.2(2)b", "never later than this day of the month; 0: no such day", ge=0, le=28)
    due_cap_shift: Shift = key("none", "S0-4.2(2)b", "rest days that move the cap day")
    due_days: int = key(30, "S4-5.8", "days after receipt of the bill", ge=0)
    due_shift: Shift = key("non_working_day", "S4-5.8", "rest days that move the end of a term counted in days")
    late_rate: Rate = key("0.003", "S0-4.2(2)c S4-6.2", "late fee a day, simple", ge=0)
    late_from: Literal["due_day", "day_after", "cap_day"] = key(
        "due_day", "S0-4.2(2)c S4-6.2", "first day that costs: the due day, the day after, or the cap day"
    )
    late_to: Literal["payment_day_inclusive", "payment_day_exclusive"] = key(
        "payment_day_inclusive", "S4-6.2", "the payment day costs as well"
    )
    late_suspend: Literal["manual", "auto"] = key("manual", "S0-4.2(2)c S4-6.2", "suspension for arrears")
    rescind_months: int = key(0, "S4-6.2", "months after the term from which an unpaid contract may end; 0: none", ge=0)


class ReconcileKeys(Keys):
    """Two figures for one month."""

    recon_tolerance: Rate = key("0.03", "S0-4.3 S4-5.6", "difference up to which the provider's figure holds", ge=0)
    recon_provider_always: bool = key(False, "S3-3.7", "the provider's figure holds whatever the difference")
    recon_base: Literal["provider_total", "client_total"] = key("provider_total", "S4-5.6", "what the share is of")
    pay_while_disputed: Literal["undisputed", "provider_total"] = key(
        "undisputed", "S0-4.3 S4-5.7", "what is paid until the check is done"
    )
    recheck_wd: int = key(3, "S0-4.3 S4-5.6", "working days to check again", ge=0)


class NoticeKeys(Keys):
    """Notices, forms and the clocks of the service."""

    notice_table: Literal["mail_first", "courier_slow"] = key(
        "mail_first", "S0-13.2 S4-10.3", "when a notice counts as delivered"
    )
    violation_notice_min: int = key(60, "S0-7.8", "minutes to report a violation once known", ge=0)
    complaint_reply_h: int = key(24, "S4-3.13", "hours to handle and answer a complaint, holidays too", ge=0)
    query_reply_h: int = key(48, "S4-4.3", "hours to answer other complaints", ge=0)
    repair_h: int = key(6, "S4-4.3", "hours within which faults are repaired on average", ge=0)
    support_hours: Literal["always", "mon_sat_9_17"] = key(
        "always", "S4-4.3 S1-3b", "when support is at work: the clocks of `query_reply_h` and of repairs run then"
    )
    self_check_months: int = key(0, "S4-A1-7", "months from one security self-check to the next; 0: none", ge=0, le=12)
    change_cutoff_day: int = key(15, "S4-5.10", "a form up to this day takes effect on the next 1st", ge=1, le=28)
    change_cutoff_inclusive: bool = key(True, "S4-5.10", "that day itself is in time")
    change_notice_days: int = key(10, "S4-3.14", "days between the notice of new registration data and their effect")
    interface_notice_wd: int = key(20, "S4-4.6", "working days ahead of an interface change", ge=0)
    maint_notice_days: int = key(0, "S3-3.2", "days ahead of maintenance; 0: not agreed", ge=0)
    report_within_s: int = key(60, "S2a-4", "seconds after a batch within which it is reported", ge=0)
    batch_reports: Literal["asked", "auto"] = key(
        "asked", "S2a-4", "batches are reported when a command names them, or each run of batch messages by itself"
    )
    end_service_h: int = key(24, "S2bA-7", "hours after which a client's wish to end takes effect", ge=0)


class ServiceTermKeys(Keys):
    """How long the contract lives, and what ends it."""

    term_months: int = key(12, "S0-3.2 S2b-1 S2c-6 S4-11.1", "length of the term", ge=1)
    renew: Literal["auto", "none", "auto_once"] = key(
        "none", "S0-3.2 S2b-3b S2c-6 S4-11.1", "what happens at the end of the term without a word"
    )
    nonrenew_notice_days: int = key(30, "S0-3.2", "fewest days before the end for a notice of non-renewal", ge=0)
    renewal_reminder_months: int = key(1, "S2b-3b", "months before the end from which to remind", ge=0)
    paper_expired: Literal["suggest", "suspend"] = key(
        "suggest", "S0-5.1 S2bA-2", "a licence of the client expired: a task says so, or the account is suspended"
    )
    cure_days: int = key(0, "S2b-8 S3-6 S4-6.1", "days to cure a breach after notice; 0: not agreed", ge=0)
    force_majeure_days: int = key(0, "S0-10.2 S2b-8 S4-8.3", "days of force majeure that let a side end; 0: none", ge=0)
    renegotiate_days: int = key(0, "S4-8.3", "days of force majeure after which to talk again; 0: none", ge=0)
    insolvency_days: int = key(14, "S0-11.1 S2b-8", "days to lift an insolvency", ge=0)
    breach_exercise_days: int = key(15, "S0-11.1", "days from knowing to use the right to end", ge=0)
    breach_lapse_days: int = key(180, "S0-11.1", "days from the event after which that right lapses", ge=0)


class RetentionKeys(Keys):
    """How long records stay."""

    retain_months: int = key(5, "S0-5.4 S1-5(5) S3-3.6 S4-12.1", "months; the law's five are the floor", ge=0)
    disclosure_notice: bool = key(True, "S4-7.5", "tell the client in writing before its records are disclosed")
    is_immutable: bool = key(
        True, "S1-5(5)", "records may not be deleted within `retain_months`; false: only within the law's months"
    )
    subscription_months: int = key(5, "D", "months that subscriptions stay after the relation ends", ge=5)
    monitor_port: bool = key(
        True, "S2a-2.8", "the client may watch sending and arrival live (HTTP, /v1/accounts/NAME/live)"
    )
    protected_check: bool = key(True, "S0-5.6", "signatures are held against the provinces' protection lists")
