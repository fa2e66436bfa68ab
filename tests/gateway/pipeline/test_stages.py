"""All stages in their order: who is refused, by which stage, key and clause; what an accepted message holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.billing import billed_segments
from gateway.contracts.signature import sign
from gateway.domain.account import EMPTY_SP_ID, INTERNATIONAL, MessageClass, ServiceCode, SignatureMode
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Retry
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.account_state import admit
from gateway.pipeline.stages.read_text import MISLABELLED, read_text
from gateway.pipeline.stages.sending_hours import deferred_until
from gateway.pipeline.stages.stage_order import STAGES, screen
from protocols.text.codings import Encoding
from tests.gateway.contracts.shipped import NAMES, S0, S0_POST, S1, S4, profile
from tests.gateway.pipeline.builders import LOGIN, NOON, channel, message, policy

DAY_S = 86_400
BATCH = MessageClass.BATCH


def refusal(made: Message, judged: Policy, now: float = NOON) -> tuple[str, Reject]:
    stage, verdict = screen(made, judged, now)
    assert isinstance(verdict, Reject), verdict
    return stage, verdict


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────
CODES = (ServiceCode("10690123"), ServiceCode("1069777", valid_from="2026-03-03"))
OLD_CODE = (ServiceCode("10690123", valid_to="2026-03-01"),)
SHORT_CODE = (ServiceCode("10690123", digits_max=10),)

REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], str, Key, str]] = [
    # name, account, submit, stage, key, clause
    ("suspended", {"suspended": True}, {}, "account", Key.SUSPENDED, "S0-4.2(1)c"),
    ("protocol not open", {"protocols": frozenset({"cmpp"})}, {}, "account", Key.SVC, "S4-3.1[D]"),
    ("foreign sp_id", {}, {"protocol": "cmpp", "sp_id": "999999"}, "source", Key.SPID, "D"),
    ("no sp_id", {}, {"protocol": "cmpp", "sp_id": ""}, "source", Key.SPID, "D"),
    ("anonymous", {}, {"source": ""}, "source", Key.SRC, "S0-7.4"),  # scenario 37
    ("foreign code", {}, {"source": "10690999"}, "source", Key.SRC, "S0-7.4"),
    ("21 digits", {}, {"source": "10690123" + "0" * 13}, "source", Key.SRC, "S0-7.4"),
    ("22 digits", {}, {"source": "10690123" + "0" * 14}, "source", Key.SRC, "S0-7.4"),
    ("half a code", {}, {"source": "1069012"}, "source", Key.SRC, "S0-7.4"),
    ("words", {}, {"source": "10690123AB"}, "source", Key.SRC, "S0-7.4"),
    ("code not in force yet", {"service_codes": CODES}, {"source": "1069777"}, "source", Key.SRC, "S0-7.4"),
    ("code over", {"service_codes": OLD_CODE}, {}, "source", Key.SRC, "S0-7.4"),
    ("no code at all", {"service_codes": ()}, {}, "source", Key.SRC, "S0-7.4"),
    ("code of 10 digits", {"service_codes": SHORT_CODE}, {"source": "10690123456"}, "source", Key.SRC, "S0-7.4"),
    ("service_id", {"service_ids": frozenset({"OTP"})}, {"service_id": "AD"}, "source", Key.SVC, "S4-3.1[D]"),
    ("no service_id", {"service_ids": frozenset({"OTP"})}, {"service_id": ""}, "source", Key.SVC, "S4-3.1[D]"),
    ("short number", {}, {"destination": "1380013800"}, "destination", Key.DEST, "D"),
    ("long number", {}, {"destination": "138001380001"}, "destination", Key.DEST, "D"),
    ("landline", {}, {"destination": "01065551234"}, "destination", Key.DEST, "D"),
    ("abroad", {}, {"destination": "+447700900123"}, "destination", Key.DEST, "D"),
    ("no number", {}, {"destination": ""}, "destination", Key.DEST, "D"),
    ("letters", {}, {"destination": "1380013800x"}, "destination", Key.DEST, "D"),
    ("too far ahead", {}, {"deliver_at": NOON + 40 * DAY_S}, "schedule", Key.SCHED, "D"),
    ("a second too far", {}, {"deliver_at": NOON + 31 * DAY_S + 1}, "schedule", Key.SCHED, "D"),
    ("expired", {}, {"expires_at": NOON}, "schedule", Key.VALIDITY, "D"),
    (
        "expires before it begins",
        {},
        {"deliver_at": NOON + 60, "expires_at": NOON + 59},
        "schedule",
        Key.VALIDITY,
        "D",
    ),
    ("foreign signature", {}, {"text": "【别家】您好"}, "sign", Key.SIGN, "S0-7.3"),
    ("no signature", {"signature_mode": SignatureMode.VERIFY}, {}, "sign", Key.SIGN, "S4-3.9a[D]"),
    ("501 characters", {}, {"text": "汉" * 501}, "text", Key.LEN, "S0-4.1a"),  # scenario 3
    ("501 with the signature", {}, {"text": "汉" * 495}, "price", Key.LEN, "S0-4.1a"),
]


@pytest.mark.parametrize(
    ("changes", "submit", "stage", "key", "clause"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_refusals(changes: dict[str, Any], submit: dict[str, Any], stage: str, key: Key, clause: str) -> None:
    found_stage, reject = refusal(message(**submit), policy(**changes))
    assert (found_stage, reject.key, reject.clause) == (stage, key, clause)
    assert reject.detail


def test_a_contract_judges_from_its_first_day_to_its_end() -> None:
    judged = policy()
    judged.starts_at, judged.ends_at = NOON, NOON + 10
    assert refusal(message(), judged, NOON - 0.001)[1].key is Key.EXPIRED
    assert screen(message(), judged, NOON) == ("", ACCEPT)
    assert refusal(message(), judged, NOON + 10)[1].key is Key.EXPIRED


def test_a_month_ahead_is_within_reach() -> None:
    made = message(deliver_at=NOON + 31 * DAY_S, expires_at=NOON + 31 * DAY_S + 1)
    assert screen(made, policy(), NOON) == ("", ACCEPT)
    assert (made.not_before, made.expires_at) == (NOON + 31 * DAY_S, NOON + 31 * DAY_S + 1)


@pytest.mark.parametrize(("overdraft", "allows_last"), [("deny", False), ("allow_last", True)])
def test_the_tariff_carries_the_overdraft(overdraft: str, allows_last: bool) -> None:
    assert policy(keys={"overdraft": overdraft}).tariff.allows_last is allows_last


def test_suspend_and_resume() -> None:
    judged = policy()
    judged.suspend("the balance is used up")
    stage, reject = refusal(message(), judged)
    assert (stage, reject.key, reject.key.retry) == ("account", Key.SUSPENDED, Retry.AFTER_TOP_UP)
    judged.resume()
    assert screen(message(), judged, NOON) == ("", ACCEPT)


# ── acceptance ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("changes", "submit"),
    [
        ({}, {"source": "10690123456"}),  # scenario 37
        ({}, {"source": "10690123" + "0" * 12}),
        ({}, {"protocol": "cmpp", "sp_id": LOGIN}),
        ({"quirks": frozenset({EMPTY_SP_ID})}, {"protocol": "cmpp", "sp_id": ""}),
        ({"service_ids": frozenset({"OTP"})}, {"service_id": "OTP"}),
        ({}, {"text": "", "udh": b"\x03\x01\x01\x00"}),  # a header that says something by itself
        ({}, {"text": "【示例商城】您好"}),
        ({"signature_mode": SignatureMode.VERIFY}, {"text": "【示例商城】您好"}),
        ({"signature_mode": SignatureMode.NONE}, {"text": "【别家】您好"}),
        ({}, {"text": "汉" * 494}),
        ({}, {"deliver_at": NOON - 60}),
        ({"service_codes": SHORT_CODE}, {"source": "1069012345"}),
    ],
)
def test_accepted(changes: dict[str, Any], submit: dict[str, Any]) -> None:
    made = message(**submit)
    assert screen(made, policy(**changes), NOON) == ("", ACCEPT)
    assert made.not_before == 0.0


def test_an_accepted_message_is_filled() -> None:
    made = message("您好")
    assert screen(made, policy(price_hao=420), NOON) == ("", ACCEPT)
    assert (made.body, made.text, made.signature) == ("您好", "【示例商城】您好", "【示例商城】")
    assert (made.channel, made.encoding, made.has_udh) == ("a", Encoding.UCS2, False)
    assert made.parts == ("【示例商城】您好".encode("utf-16-be"),)
    assert (made.billed, made.price_hao, made.amount_hao) == (1, 420, 420)
    assert (made.profile, made.price_version) == ("prepaid-general@1", "account:420")
    assert made.clauses == ("sign S4-3.9a[D]",)


@pytest.mark.parametrize(
    ("number", "normal"),
    [
        ("13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("+447700900123", "00447700900123"),
        ("00447700900123", "00447700900123"),
        ("447700900123", "00447700900123"),
        ("+13105550123", "0013105550123"),  # the bare eleven digits would be a number in China
        ("12125550123", "0012125550123"),
    ],
)
def test_one_spelling_for_each_number(number: str, normal: str) -> None:
    made = message(destination=number)
    assert screen(made, policy(quirks=frozenset({INTERNATIONAL})), NOON) == ("", ACCEPT)
    assert made.destination == normal
    again = message(destination=made.destination)
    screen(again, policy(quirks=frozenset({INTERNATIONAL})), NOON)
    assert again.destination == normal


@pytest.mark.parametrize(
    ("class_source", "service_id", "declared", "expected"),
    [
        ("account", "", None, MessageClass.TRIGGERED),
        ("account", "AD", None, MessageClass.TRIGGERED),
        ("service_id", "OTP", None, MessageClass.TRIGGERED),
        ("service_id", "AD", None, MessageClass.BATCH),
        ("service_id", "OTP", MessageClass.BATCH, MessageClass.BATCH),
    ],
)
def test_class(class_source: str, service_id: str, declared: MessageClass | None, expected: MessageClass) -> None:
    judged = policy(keys={"class_source": class_source}, triggered_service_ids=frozenset({"OTP"}))
    made = message(service_id=service_id, message_class=declared)
    screen(made, judged, NOON)
    assert made.message_class is expected


# ── hours ────────────────────────────────────────────────────────────────────────────────────────────────────────────
MIDNIGHT = NOON - 12 * 3600
SEVEN, NINE = MIDNIGHT + 7 * 3600, MIDNIGHT + 21 * 3600


@pytest.mark.parametrize(
    ("now", "message_class", "until"),
    [  # scenario 35
        (SEVEN - 0.001, BATCH, SEVEN),
        (SEVEN, BATCH, 0.0),
        (NINE - 0.001, BATCH, 0.0),
        (NINE, BATCH, SEVEN + DAY_S),
        (NINE + 9000, MessageClass.TRIGGERED, 0.0),
    ],
)
def test_hours(now: float, message_class: MessageClass, until: float) -> None:
    judged = policy(message_class=message_class)
    made = message()
    assert screen(made, judged, now) == ("", ACCEPT)
    assert made.not_before == until
    assert ("window S0-5.5" in made.clauses) == bool(until)
    assert (deferred_until(made, judged, now) or 0.0) == until


def test_a_scheduled_batch_waits_for_the_hours_of_its_own_time() -> None:
    made = message(deliver_at=NINE + 60)
    screen(made, policy(message_class=BATCH), NOON)
    assert made.not_before == SEVEN + DAY_S
    made = message(deliver_at=SEVEN + DAY_S + 60)
    screen(made, policy(message_class=BATCH), NINE)
    assert made.not_before == SEVEN + DAY_S + 60


def test_hours_by_refusal_and_a_validity_that_ends_in_the_night() -> None:
    stage, reject = refusal(message(), policy(message_class=BATCH, keys={"window_mode": "reject"}), NINE)
    assert (stage, reject.key, reject.clause) == ("window", Key.TIME, "S0-5.5")
    stage, reject = refusal(message(expires_at=SEVEN + DAY_S), policy(message_class=BATCH), NINE)
    assert (stage, reject.key) == ("window", Key.VALIDITY)


# ── money and short cuts ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("judged", "characters", "billed", "wire"),
    [
        (policy(), 150, 3, 3),  # scenario 2
        (policy(profile=S4), 150, 3, 3),
        (policy(profile=S4), 140, 2, 3),  # scenario 4: billed 2, sent 3
        (policy(profile=S4, keys={"split": "plain70"}), 140, 2, 2),
        (policy(profile=S1), 70, 1, 1),
        (policy(profile=S0_POST), 135, 3, 3),
    ],
)
def test_billed_and_wire_segments(judged: Policy, characters: int, billed: int, wire: int) -> None:
    made = message("汉" * (characters - 6))
    assert screen(made, judged, NOON) == ("", ACCEPT)
    assert (made.billed, len(made.parts)) == (billed, wire)


def test_one_segment_contract_refuses_the_71st_character() -> None:
    assert refusal(message("汉" * 65), policy(profile=S1))[1].key is Key.LEN  # scenario 9


TEXTS = st.one_of(
    st.text(st.sampled_from("汉字ab€[]é😀【】示例商城1 "), max_size=180),
    st.tuples(st.sampled_from(["【示例商城】", "[ACME]", "【别家】", ""]), st.text("汉a", max_size=160)).map("".join),
    st.text("abc", max_size=180),
)


@given(
    text=TEXTS,
    client=st.sampled_from([Encoding.UCS2, Encoding.GSM7, Encoding.ASCII]),
    name=st.sampled_from(NAMES),
    signatures=st.sampled_from([("示例商城",), ("[ACME]", "示例商城"), ("示例商城", "[ACME]"), ()]),
    keys=st.sampled_from([{}, {"bracket_units": 4}, {"count_signature": False}, {"count_unit": "code_point"}]),
    latin_rule=st.sampled_from(["bytes140_134", "gsm7_160_153", "chars"]),
    mode=st.sampled_from(SignatureMode),
)
def test_the_short_cuts_decide_as_the_contract_does(
    text: str,
    client: Encoding,
    name: str,
    signatures: tuple[str, ...],
    keys: dict[str, Any],
    latin_rule: str,
    mode: SignatureMode,
) -> None:
    """The hot path skips reading where it can tell; contracts.billing and contracts.signature have the last word."""
    if client is not Encoding.UCS2:
        text = text.encode("ascii", "ignore").decode()
    judged = policy(
        profile=profile(name), keys=keys | {"latin_rule": latin_rule}, signatures=signatures, signature_mode=mode
    )
    made = message(text, client)
    inject = {SignatureMode.VERIFY: "client", SignatureMode.NONE: "none"}.get(mode)
    stage, verdict = screen(made, judged, NOON)
    signed = sign(made.body or "", judged.book, judged.profile, inject=inject)
    if isinstance(signed, Reject):
        assert stage in ("sign", "text")
        return
    billed = billed_segments(signed.text, judged.profile, signature=signed.signature)
    if isinstance(verdict, Reject):
        if not text:
            assert (stage, verdict.key) == ("text", Key.EMPTY)
            return
        assert verdict.key is Key.LEN
        assert billed == 0 or stage == "cut"
        return
    assert (made.text, made.signature, made.billed) == (signed.text, signed.signature, billed)


def test_binary_bills_its_wire_segments() -> None:
    made = message("", Encoding.BINARY, octets=bytes(300))
    screen(made, policy(price_hao=420), NOON)
    assert (made.text, len(made.parts), made.billed, made.amount_hao) == (None, 3, 3, 1260)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_contract_makes_a_policy(name: str) -> None:
    made = message()
    stage, verdict = screen(made, policy(profile=profile(name)), NOON)
    assert verdict is ACCEPT, (stage, verdict)
    assert made.profile.startswith(f"{name}@")


def test_a_code_begins_and_ends_at_midnight_in_china() -> None:
    codes = (ServiceCode("1069012", valid_from="2026-03-03", valid_to="2026-03-03"), ServiceCode("10690999"))
    judged = policy(service_codes=codes)
    start = MIDNIGHT + DAY_S
    for now, is_owned in ((start - 0.001, False), (start, True), (start + DAY_S - 0.001, True), (start + DAY_S, False)):
        _, verdict = screen(message(), judged, now)
        assert (verdict is ACCEPT) == is_owned, now
    assert judged.service_code_of("106909991", start) is codes[1]


def test_stages_have_names_of_their_own() -> None:
    names = [name for name, _ in STAGES]
    assert len(set(names)) == len(names)


def test_routes_follow_the_account() -> None:
    judged = policy(channel("a"), channel("b"), routes=("b",))
    made = message()
    screen(made, judged, NOON)
    assert made.channel == "b"
    judged = policy(channel("a", prefixes=("139",)))
    assert refusal(message(), judged)[1].key is Key.ROUTE


def test_suffix_is_added_counted_and_not_doubled() -> None:
    judged = policy(message_class=BATCH, keys={"unsubscribe_suffix": "拒收请回复R"})  # scenario 10
    made = message("促" * 60)
    screen(made, judged, NOON)
    assert (made.text, made.billed) == ("【示例商城】" + "促" * 60 + "拒收请回复R", 2)
    assert S0.unsubscribe_suffix == ""


def test_the_next_version_judges_from_its_first_instant_on() -> None:
    judged = policy()
    told: list[float] = []
    judged.next_version_at, judged.change_version = NOON, told.append
    assert admit(message(), judged, NOON - 0.001) is ACCEPT and told == []
    assert admit(message(), judged, NOON) is ACCEPT and told == [NOON]


def test_a_text_under_a_wrong_number_is_read_where_the_account_has_the_quirk_and_says_so() -> None:
    """UTF-8 of an odd length is no UCS-2."""
    octets = "您好1".encode()
    sent = message(octets=octets)
    assert read_text(sent, policy(quirks=frozenset({"mislabelled_text"})), NOON) is ACCEPT
    assert (sent.body, sent.text, sent.clauses) == ("您好1", "您好1", (MISLABELLED,))
    refused = read_text(message(octets=octets), policy(), NOON)
    assert isinstance(refused, Reject) and refused.key is Key.CODING
    whole = message()
    assert read_text(whole, policy(quirks=frozenset({"mislabelled_text"})), NOON) is ACCEPT
    assert (whole.body, whole.clauses) == ("您的验证码是123456", ())
