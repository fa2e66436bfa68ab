"""Profile keys of what a message may be: length, splitting, signature, content, hours, frequency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from gateway.contracts.keys import DaySpan, Keys, Words, as_tuple, key

MessageClassName = Literal["triggered", "batch"]
Regime = Literal["whitelist", "blacklist"]


class LengthKeys(Keys):
    """How a text is counted, billed and cut."""

    bill_single: int = key(70, "S0-4.1a S1-1b S4-A2-6", "characters billed as one segment, Chinese rule", ge=1, le=255)
    bill_multi: int = key(67, "S0-4.1a S1-1b S4-A2-6", "characters a segment of a longer text; 0: none", ge=0, le=255)
    latin_rule: Literal["bytes140_134", "gsm7_160_153", "chars"] = key(
        "bytes140_134", "S0-4.1b S1-1b S4-A2-6", "how a text without Chinese is counted"
    )
    max_chars: int = key(500, "S0-4.1a S1-1b S2a-1", "longest text, signature included", ge=1, le=17_000)
    max_segments: int = key(255, "S0-4.1a S1-1b", "most billed segments a message", ge=1, le=255)
    split: Literal["udh67", "plain70", "none"] = key(
        "udh67", "S0-4.1a S1-1b S4-A2-6", "on the wire: concatenated, separate whole messages, or never cut"
    )
    count_unit: Literal["utf16", "code_point"] = key("utf16", "D", "what one character is")
    count_signature: bool = key(True, "S0-4.1a S4-A2-6", "the signature counts in the length")
    bracket_units: Literal[2, 4] = key(2, "S4-A2-6", "characters that the signature's brackets count for")
    media_max_bytes: int = key(1_900_000, "S0-4.1e", "largest rich media", ge=0)


class SignatureKeys(Keys):
    """The 【signature】: who writes it, where, how long."""

    sig_required: bool = key(True, "S4-3.9a", "every message carries a signature")
    sig_inject: Literal["auto", "client", "none"] = key(
        "auto", "S4-3.9a", "who writes it: we where it is missing, the client always, nobody"
    )
    sig_pos: Literal["prefix", "suffix"] = key("prefix", "S4-A2-6", "where it stands")
    sig_han_min: int = key(3, "S4-3.9a", "fewest characters of a Chinese signature", ge=1)
    sig_han_max: int = key(8, "S4-3.9a", "most characters of a Chinese signature", ge=1)
    sig_latin_max: int = key(16, "S4-3.9a", "most characters of an English signature", ge=1)
    sig_filing: bool = key(False, "S4-3.9b S0-7.3", "only signatures whose filing is complete")
    sig_warnings: int = key(3, "S4-3.9c", "refusals for a signature on one day that warn; 0: none warns", ge=0)
    sig_mixed: Literal["deny", "allow"] = key("deny", "S4-3.9a", "Han together with letters or digits")
    unsubscribe_suffix: str = key("", "D", "tail of a batch message that tells how to refuse; counted and billed")


class ContentKeys(Keys):
    """What may be sent, and by whom it is declared."""

    class_source: Literal["account", "service_id", "template"] = key(
        "account", "S0-1.2", "who declares triggered or batch"
    )
    default_class: MessageClassName = key("batch", "S0-1.2", "the class of what nobody declared")
    allow_marketing: bool = key(True, "S0-1.2 S2a-3 S2c-2 S3-2.3 S4-A1-4", "advertising may be sent")
    template_required: bool = key(False, "S4-3.11", "only texts that match a supplied template")
    keyword_filter: bool = key(
        True, "S0-6.5 S1-5(4) S2b-5 S3-2.3 S4-A1-12", "texts are searched for forbidden words; always in a test period"
    )
    keywords: Words = key((), "S0-7.6 S1-5(4) S2b-5 S3-2.3 S4-A1-4", "words that this contract forbids besides")
    review_h: int = key(
        24, "S1-5(7) S0-7.5", "hours that a doubtful text waits for an operator's word; 0: it is refused", ge=0, le=720
    )
    link_filing: bool = key(False, "S0-7.4", "links in a text must be filed for the account")
    phone_filing: bool = key(False, "S0-7.4", "telephone numbers in a text must be filed for the account")
    short_links: Literal["allow", "refuse"] = key("allow", "S0-7.4", "links that hide where they lead")
    carriers: Words = key((), "S2a-1", "home carriers of numbers that may be written to; empty: any")
    regime: Literal["consent", "voluntary", "own_customers", "staff_and_customers", "by_type"] = key(
        "consent", "S0-7.1 S1-5(3) S2c-2 S3-2.2 S4-3.1", "whose numbers may be written to"
    )
    service_types: dict[str, Regime] = key({}, "S4-3.1", "contracted types and their list; empty: no types")
    violation_charge: bool = key(False, "S0-6.5 S1-6 S2b-5", "the fee of a violating message is deducted all the same")
    violation_lists: Words = key((), "S1-6", "what a violation puts on the blacklist: account, content, numbers")
    reject_mode: Literal["sync", "receipt"] = key("sync", "D", "a refusal answers the submit, or comes as a receipt")


class HoursKeys(Keys):
    """When and how often."""

    window: DaySpan = key("[07:00,21:00)", "S0-5.5", "hours in which `window_classes` may leave, China time")
    window_classes: Annotated[tuple[MessageClassName, ...], BeforeValidator(as_tuple)] = key(
        ("batch",), "S0-5.5", "classes bound to the window"
    )
    window_mode: Literal["hold", "reject"] = key("hold", "S0-5.5", "outside the window: wait for it, or refuse")
    otp_per_minute: int = key(
        1, "D", "triggered: a number and signature in one natural minute; refused ones do not count; 0: no limit", ge=0
    )
    otp_per_hour: int = key(5, "D", "triggered: in one natural hour; 0: no limit", ge=0)
    otp_per_day: int = key(10, "D", "triggered: in rolling 24 h; 0: no limit", ge=0)
    otp_all_per_day: int = key(40, "D", "triggered: a number over all signatures in rolling 24 h; 0: no limit", ge=0)
    batch_per_day: int = key(50, "D", "batch: a number and template in rolling 24 h; 0: no limit", ge=0)
