"""A text on trial: what the stages make of it, by contract; nothing is lost where a text is cut."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.profile import Profile, revise
from gateway.domain.money import parse_yuan
from gateway.domain.verdict import Key
from gateway.pipeline.trial import Quote, quote
from protocols.text.codings import Encoding
from tests.gateway.contracts.shipped import S0, S1, S4

NOON = dt.datetime.fromisoformat("2026-03-02T12:00:00+08:00").timestamp()
PLAIN = revise(S4, split="plain70")


def ask(contract: Profile, text: str, **options: object) -> Quote:
    return quote(contract, text, at=NOON, **options)


@pytest.mark.parametrize(
    ("contract", "characters", "billed", "octets"),
    [
        (S0, 70, 1, [140]),
        (S0, 71, 2, [140, 14]),
        (S0, 140, 3, [140, 140, 18]),
        (S0, 150, 3, [140, 140, 38]),
        (PLAIN, 140, 2, [140, 140]),
        (PLAIN, 150, 3, [140, 140, 20]),
        (S4, 140, 2, [140, 140, 18]),
        (S4, 70, 1, [140]),
        (S1, 70, 1, [140]),
    ],
)
def test_wire_of_chinese(contract: Profile, characters: int, billed: int, octets: list[int]) -> None:
    answer = ask(contract, "汉" * characters)
    assert (answer.verdict, answer.billed, list(answer.wire_octets)) == ("accept", billed, octets)
    assert any("margin" in note for note in answer.notes) is (len(octets) > billed)


@pytest.mark.parametrize(
    ("rule", "characters", "encoding", "octets"),
    [
        ("bytes140_134", 140, "ascii", [140]),
        ("bytes140_134", 141, "ascii", [140, 13]),
        ("gsm7_160_153", 160, "gsm7", [160]),
        ("gsm7_160_153", 161, "gsm7", [159, 14]),
        ("chars", 70, "ascii", [70]),
    ],
)
def test_wire_of_latin(rule: str, characters: int, encoding: str, octets: list[int]) -> None:
    answer = ask(revise(S0, latin_rule=rule), "a" * characters)
    assert (answer.encoding.value, list(answer.wire_octets)) == (encoding, octets)


def test_emoji_is_never_parted() -> None:
    text = "汉" * 66 + "\U0001f600" + "汉" * 5
    assert ask(S0, text).wire_octets == (6 + 66 * 2, 6 + 7 * 2)
    code_point = ask(revise(S0, count_unit="code_point"), "汉" * 69 + "\U0001f600")
    assert (code_point.billed, len(code_point.wire_octets)) == (1, 2)


@pytest.mark.parametrize(("body", "characters", "billed"), [(60, 70, 1), (61, 71, 2), (65, 75, 2), (130, 140, 2)])
def test_signature_is_added_and_counted(body: int, characters: int, billed: int) -> None:
    answer = ask(PLAIN, "汉" * body, signature="名" * 8)
    assert (answer.characters, answer.billed, len(answer.wire_octets)) == (characters, billed, billed)
    assert answer.final_text == f"【{'名' * 8}】" + "汉" * body


@pytest.mark.parametrize(
    ("text", "signature", "clause"),
    [("您好", "名" * 2, "S4-3.9a"), ("您好", "A" * 17, "S4-3.9a"), ("【别家银行】您好", "示例商城", "S4-3.9a")],
)
def test_signature_is_refused(text: str, signature: str, clause: str) -> None:
    answer = ask(S4, text, signature=signature)
    assert (answer.verdict, answer.key, answer.clause) == ("refuse", Key.SIGN, clause)
    assert (answer.billed, answer.wire_octets, answer.charge_hao) == (0, (), 0)


def test_length_is_refused_under_the_contracts_clause() -> None:
    s0, s1 = ask(S0, "汉" * 501), ask(S1, "汉" * 71)
    assert (s0.verdict, s0.key, s0.clause, s0.charge_hao) == ("refuse", Key.LEN, "S0-4.1a", 0)
    assert (s1.verdict, s1.key, s1.clause) == ("refuse", Key.LEN, "S1-1b")


def test_hours() -> None:
    night = dt.datetime.fromisoformat("2026-03-02T06:59:59+08:00").timestamp()
    held = quote(S0, "您好", at=night)
    assert (held.verdict, held.key, held.clause, held.release_at) == ("hold", Key.TIME, "S0-5.5", night + 1)
    assert held.billed == 1
    assert quote(S0, "您好", at=night, message_class="triggered").verdict == "accept"
    strict = quote(revise(S0, window_mode="reject"), "您好", at=night)
    assert (strict.verdict, strict.charge_hao) == ("refuse", 0)


def test_price_and_count() -> None:
    answer = ask(revise(S0, price="0.042"), "汉" * 150, count=10_000)
    assert answer.charge_hao == parse_yuan("1260")
    assert ask(S0, "汉" * 150, price_hao=500).charge_hao == 1_500


def test_half_a_pair_is_no_text() -> None:
    with pytest.raises(ValueError, match=r"U\+D83D"):
        ask(S0, "\ud83d")


CONTRACTS = st.sampled_from([S0, PLAIN, S4, revise(S0, latin_rule="gsm7_160_153")])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), CONTRACTS)
def test_what_is_accepted_fits(text: str, contract: Profile) -> None:
    answer = ask(contract, text)
    if answer.verdict != "accept":
        return
    limit = 160 if answer.encoding is Encoding.GSM7 else 140
    assert all(octets <= limit for octets in answer.wire_octets)
    headers = 6 * len(answer.wire_octets) if len(answer.wire_octets) > 1 and contract.split == "udh67" else 0
    assert sum(answer.wire_octets) == answer.octets + headers
