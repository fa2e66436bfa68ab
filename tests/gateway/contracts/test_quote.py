"""Quotes and the documents of the command line: scenarios 2, 4, 5, 7, 9, 10, 36 on the wire and in JSON."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.profile import Profile, revise
from gateway.contracts.quote import Quote, quote
from gateway.contracts.reports import EventsError, dates_report, parse_events, quote_report, replay_report
from gateway.contracts.wire import cut, has_header
from gateway.domain.money import parse_yuan
from gateway.domain.verdict import Key
from protocols.text.codings import Encoding, decode_text
from tests.gateway.contracts.shipped import S0, S0_POST, S1, S4

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
    parts = cut(text, Encoding.UCS2, S0)
    assert "".join(decode_text(part, Encoding.UCS2) for part in parts) == text
    assert len(parts[0]) == 66 * 2
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
def test_what_is_accepted_arrives_whole_and_fits(text: str, contract: Profile) -> None:
    answer = ask(contract, text)
    if answer.verdict == "accept":
        parts = cut(answer.final_text, answer.encoding, contract)
        assert decode_text(b"".join(parts), answer.encoding).lstrip("\ufeff") == answer.final_text.lstrip("\ufeff")
        limit = 160 if answer.encoding is Encoding.GSM7 else 140
        assert all(octets <= limit for octets in answer.wire_octets)
        assert has_header(len(parts), contract) is (len(parts) > 1 and contract.split == "udh67")


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_quote_document() -> None:
    night = dt.datetime.fromisoformat("2026-03-02T21:00:00+08:00").timestamp()
    document = json.loads(json.dumps(quote_report(S0, "促" * 60, signature="示例商城", at=night)))
    wanted = {
        "verdict": "hold", "key": "TIME", "clause": "S0-5.5", "encoding": "ucs2", "characters": 66, "octets": 132,
        "billed_segments": 1, "wire_segments": [132], "unit_price": "0.045", "charge": "0.045",
        "release_at": "2026-03-03T07:00:00+08:00",
    }  # fmt: skip
    assert {key: document[key] for key in wanted} == wanted
    accepted = quote_report(S0, "您好", at=NOON)
    assert (accepted["key"], accepted["clause"], "release_at" in accepted) == (None, None, False)


def test_dates_document() -> None:
    document = dates_report(
        S0_POST, "2026-02", invoice_received=dt.date(2026, 2, 12), paid=dt.date(2026, 2, 20), amount_hao=1
    )
    wanted = {
        "statement": "2026-02-04", "confirm_by": "2026-02-11", "auto_confirmed_on": "2026-02-11", "due": "2026-02-20",
        "late_days": 0, "late_fee": "0",
    }  # fmt: skip
    assert {key: document[key] for key in wanted} == wanted
    late = dates_report(S0_POST, "2026-03", paid=dt.date(2026, 3, 30), amount_hao=parse_yuan("12345.67"))
    assert (late["late_days"], late["late_fee"]) == (11, "407.41")
    silent = dates_report(S4, "2026-10")
    assert (silent["auto_confirmed_on"], silent["due"], silent["late_days"], silent["late_fee"]) == (None,) * 4
    with pytest.raises(ValueError, match="2026-13"):
        dates_report(S0, "2026-13")


def test_replay_document() -> None:
    events = parse_events("date,count\n2026-03-02,2\n\n2026-03-05 , 2\n")
    timeline = replay_report("blacklist", 6, events, dt.date(2026, 5, 31))["timeline"]
    assert timeline[0] == {"date": "2026-03-03", "state": "REDUCED", "rate": 1.5, "mo_opt_in": False, "rule": "T2"}
    assert [(entry["date"], entry["rate"]) for entry in timeline[1:]] == [
        ("2026-03-06", 1.5), ("2026-04-20", 1.5), ("2026-05-11", 6),
    ]  # fmt: skip


def test_events_file_faults_come_at_once() -> None:
    with pytest.raises(EventsError) as error:
        parse_events("date,count\n2026-03-32,1\n2026-03-02,x\n2026-03-02\n2026-03-02,-1\n")
    assert [fault.split(":")[0] for fault in error.value.faults] == ["line 2", "line 3", "line 4", "line 5"]
    with pytest.raises(EventsError, match="columns"):
        parse_events("day,number\n")
