"""Profile keys of money: charging, prices, packages, caps, penalties."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from gateway.contracts.keys import Keys, Money, Numbers, Rate, as_tuple, key


class Package(Keys):
    """A monthly fee that includes some segments (S4-5.1)."""

    service: str = key("sms", "S4-5.1", "sms, mms or another service of the form")
    base_fee: Money = key("0", "S4-5.1", "yuan a natural month, also for no message")
    included: int = key(0, "S4-5.1", "billed segments inside the fee", ge=0)
    overage_price: Money = key("0.05", "S4-5.1", "yuan for each further billed segment", ge=0)



class ChargeKeys(Keys):
    """What is charged, and when."""

    pay_mode: Literal["prepaid", "postpaid", "credits", "quota", "package"] = key(
        "prepaid", "S0-4.2(1)a S0-4.2(2)a S1-1a S2b-1 S2c-3 S3-3.9 S4-5.1", "how the client pays"
    )
    price: Money = key("0.045", "D", "yuan a billed segment where the account names none", ge=0)
    charge_on: Literal["delivered", "submitted"] = key("delivered", "S0-4.1c S2bA-6 S4-5.1", "what is paid for")
    unknown_after_h: int = key(72, "S0-4.1c", "hours without a receipt after which a segment is unknown", ge=1, le=720)
    unknown_charge: bool = key(False, "S0-4.1c S4-5.1", "an unknown segment is charged")
    partial_fail: Literal["parts", "all_or_nothing"] = key(
        "parts", "S0-4.1c", "a long message delivered in part: pay the delivered segments, or nothing"
    )
    stop_when: Literal["below_price", "at_zero"] = key(
        "below_price", "S3-3.8 S0-4.2(1)c S2bA-6", "when a balance stops service"
    )
    overdraft: Literal["deny", "allow_last"] = key(
        "deny", "S0-4.2(1)c", "a message more expensive than what is left: refuse, or let the last one through"
    )
    low_balance_percent: Numbers = key(
        (20, 5), "S0-4.2(1)c", "shares of the balance after the last top-up at which to warn, in percent"
    )
    on_prepaid_used: Literal["stop", "request_then_stop"] = key("stop", "S2c-3", "when the prepayment is used up")
    price_change: Literal["consent", "pass_through", "addendum"] = key(
        "consent", "S0-4.4 S1-8 S2b-1 S4-4.1", "a new price applies after consent, at once, or by addendum"
    )


class LotKeys(Keys):
    """Credits, packages, tests."""

    credit_expiry: Literal["none", "months", "contract_end", "month_end"] = key(
        "none", "S1-3a S2b-1 S4-5.1", "when unused credits or included segments lapse"
    )
    credit_months: int = key(12, "S1-3a", "life of a lot where credit_expiry is months", ge=1, le=120)
    lot_alert_days: Numbers = key((30, 7), "S1-3a", "days before expiry on which to warn")
    packages: Annotated[tuple[Package, ...], BeforeValidator(as_tuple)] = key((), "S4-5.1", "monthly packages")
    proration: Literal["none", "daily"] = key("none", "S4-5.1", "the base fee of a first, partial month")
    monthly_fee: Money = key("0", "S2c-3", "yuan a month for account, maintenance and interface", ge=0)
    test_days: int = key(0, "S4-5.2", "length of the trial before billing", ge=0)
    test_free: int = key(0, "S4-5.2", "free segments within the trial", ge=0)
    test_quota: int = key(100, "S4-A1-12", "messages a test account may send", ge=0)
    cap: Money = key("0", "S4-11.1", "most that may accrue over the term; 0: none", ge=0)
    cap_notice: Money = key("0", "S4-11.1", "accrued fees at which the provider writes; 0: none", ge=0)
    cap_notice_wd: int = key(5, "S4-11.1", "working days for that letter", ge=0)


class PenaltyKeys(Keys):
    """What faults cost, either side's."""

    makeup: Literal["one_for_one", "refund", "resend", "none"] = key(
        "one_for_one", "S0-6.6 S1-4 S2a-2.2 S2bA-6", "what the provider gives for its own fault"
    )
    refund_invoiced: bool = key(False, "S0-4.2(1)b", "an invoiced prepayment may be paid back")
    refund_provider_fault: bool = key(True, "S1-4 S2a-2.6", "unused value comes back when the provider cannot serve")
    refund_client_breach: bool = key(False, "S2bA-7", "unused value comes back when the client broke the contract")
    breach_rate: Rate = key("0", "S0-9.1", "damages for a breach: share of the month's amount", ge=0)
    breach_base: Literal["to_date", "whole_month"] = key("whole_month", "S0-9.1", "amount that the share is taken of")
    violation_damages: Money = key("0", "S0-7.8", "yuan of liquidated damages for violating content", ge=0)
    late_sending_rate: Rate = key("0", "S2a-7.1", "the provider's penalty a day late: share of the total", ge=0)
    is_commitment: bool = key(False, "S2a-2.2", "the delivered quantity must equal the contracted one")
    compensation_cap: Literal["none", "fees_paid"] = key("none", "S2b-7", "most that compensation may come to")
