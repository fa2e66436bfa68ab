"""Texts, signatures and segments through `hongyan quote`: scenarios 1 to 8, 10, 36 and what lies beside them."""

from __future__ import annotations

import pytest

from tests.scenarios.steps import NOON, document, quote, run

S0, S1, S4 = "prepaid-general", "credit-pack", "cloud-mas"
EMOJI = "\U0001f600"


def billed(contract: str, text: str, *options: str, **changes: str) -> int:
    return int(quote(contract, text, *options, **changes)["billed_segments"])


@pytest.mark.parametrize(("characters", "segments"), [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_chinese_segments(characters: int, segments: int) -> None:
    """Scenario 1: Chinese totals under S0."""
    found = quote(S0, "汉" * characters)
    assert (found["verdict"], found["billed_segments"], len(found["wire_segments"])) == ("accept", segments, segments)


def test_150_characters() -> None:
    """Scenario 2: 67+67+16 under S0, 70+70+10 under S4; in octets on the wire, headers included."""
    assert quote(S0, "汉" * 150)["wire_segments"] == [140, 140, 38]
    plain = quote(S4, "汉" * 150, split="plain70")
    assert (plain["billed_segments"], plain["wire_segments"]) == (3, [140, 140, 20])
    assert billed(S4, "汉" * 150) == 3


def test_the_longest_text() -> None:
    """Scenario 3: 500 characters are eight segments, 501 are refused and cost nothing."""
    assert billed(S0, "汉" * 500) == 8
    refused = quote(S0, "汉" * 501)
    wanted = {"verdict": "refuse", "key": "LEN", "clause": "S0-4.1a", "billed_segments": 0, "charge": "0"}
    assert {key: refused[key] for key in wanted} == wanted
    assert refused["wire_segments"] == []


def test_140_characters_and_the_margin() -> None:
    """Scenario 4: S0 three; S4 plain70 two billed and sent; S4 udh67 two billed, three sent, and it says so."""
    text = "汉" * 140
    assert billed(S0, text) == 3
    plain = quote(S4, text, split="plain70")
    assert (plain["billed_segments"], len(plain["wire_segments"])) == (2, 2)
    assert not any("margin" in note for note in plain["notes"])
    headed = quote(S4, text)
    assert (headed["billed_segments"], len(headed["wire_segments"])) == (2, 3)
    assert any("margin" in note for note in headed["notes"])


@pytest.mark.parametrize(
    ("body", "total", "segments", "brackets"),
    [(60, 70, 1, "2"), (61, 71, 2, "2"), (65, 75, 2, "2"), (130, 140, 2, "2"), (60, 70, 2, "4"), (130, 140, 3, "4")],
)
def test_s4_signature_counts(body: int, total: int, segments: int, brackets: str) -> None:
    """Scenario 5: a signature of eight Han and its brackets are part of the length."""
    found = quote(S4, "汉" * body, "--signature", "名" * 8, bracket_units=brackets)
    assert (found["characters"], found["billed_segments"]) == (total, segments)
    assert found["final_text"].startswith(f"【{'名' * 8}】汉")


@pytest.mark.parametrize(
    ("rule", "characters", "segments"),
    [
        *(("bytes140_134", *pair) for pair in ((140, 1), (141, 2), (268, 2), (269, 3))),
        *(("gsm7_160_153", *pair) for pair in ((140, 1), (141, 1), (160, 1), (161, 2), (306, 2), (307, 3))),
    ],
)
def test_latin_segments(rule: str, characters: int, segments: int) -> None:
    """Scenario 6: S0 counts octets, 140 and 134; the GSM7 rule septets, 160 and 153."""
    found = quote(S0, "a" * characters, latin_rule=rule)
    assert (found["billed_segments"], len(found["wire_segments"])) == (segments, segments)
    assert found["encoding"] == ("ascii" if rule == "bytes140_134" else "gsm7")


def test_a_latin_text_with_brackets() -> None:
    """Scenario 7: square brackets stay Latin, one 【 makes the text Chinese."""
    square, lens = quote(S0, "[ACME]" + "a" * 100), quote(S0, "【ACME】" + "a" * 100)
    assert (square["encoding"], square["octets"], square["billed_segments"]) == ("ascii", 106, 1)
    assert (lens["encoding"], lens["characters"], lens["billed_segments"]) == ("ucs2", 106, 2)


def test_an_emoji_takes_two() -> None:
    """Scenario 8: 69 Han and an emoji: two segments; by code points one is billed and two go out; the pair is whole."""
    text = "汉" * 69 + EMOJI
    found = quote(S0, text)
    assert (found["characters"], found["billed_segments"], found["wire_segments"]) == (71, 2, [140, 14])
    points = quote(S0, text, count_unit="code_point")
    assert (points["characters"], points["billed_segments"], len(points["wire_segments"])) == (70, 1, 2)
    parted = quote(S0, "汉" * 66 + EMOJI + "汉" * 5)
    assert parted["wire_segments"] == [6 + 66 * 2, 6 + 7 * 2]


def test_the_refusal_tail_counts() -> None:
    """Scenario 10: a batch text of 66 with its signature is one segment; with 拒收请回复R two."""
    body, signed = "促" * 60, ("--signature", "示例商城", "--class", "batch")
    assert (quote(S0, body, *signed)["characters"], billed(S0, body, *signed)) == (66, 1)
    tailed = quote(S0, body, *signed, unsubscribe_suffix="拒收请回复R")
    assert (tailed["characters"], tailed["billed_segments"]) == (72, 2)
    assert tailed["final_text"].endswith("拒收请回复R")
    assert quote(S0, body, "--signature", "示例商城", "--class", "triggered",
                 unsubscribe_suffix="拒收请回复R")["characters"] == 66


@pytest.mark.parametrize(
    ("signature", "verdict"),
    [("名" * 2, "refuse"), ("名" * 3, "accept"), ("名" * 8, "accept"), ("名" * 9, "refuse"),
     ("A" * 16, "accept"), ("A" * 17, "refuse"), ("名名名A", "refuse")],
)
def test_signature_lengths(signature: str, verdict: str) -> None:
    """Scenario 36: three to eight Han, at most sixteen Latin, not mixed."""
    found = quote(S4, "您好", "--signature", signature)
    assert found["verdict"] == verdict
    if verdict == "refuse":
        assert (found["key"], found["clause"], found["charge"]) == ("SIGN", "S4-3.9a", "0")


def test_a_text_that_is_signed_already() -> None:
    """Scenario 36: its own signature is not doubled, a foreign one is refused."""
    own = quote(S4, "【示例商城】您好", "--signature", "示例商城")
    assert (own["verdict"], own["final_text"]) == ("accept", "【示例商城】您好")
    foreign = quote(S4, "【别家银行】您好", "--signature", "示例商城")
    assert (foreign["verdict"], foreign["key"], foreign["clause"]) == ("refuse", "SIGN", "S4-3.9a")


# --- beside the scenarios ------------------------------------------------------------------------------------------


def test_the_document_of_a_held_text() -> None:
    found = quote(S0, "促" * 60, "--signature", "示例商城", "--at", "2026-03-02T21:00:00+08:00")
    wanted = {
        "verdict": "hold", "key": "TIME", "clause": "S0-5.5", "encoding": "ucs2", "characters": 66, "octets": 132,
        "billed_segments": 1, "wire_segments": [132], "unit_price": "0.045", "charge": "0.045",
        "release_at": "2026-03-03T07:00:00+08:00",
    }
    assert {key: found[key] for key in wanted} == wanted
    assert [step["stage"] for step in found["verdicts"] if step["verdict"] == "hold"] == ["window"]
    accepted = quote(S0, "您好")
    assert (accepted["key"], accepted["clause"], "release_at" in accepted) == (None, None, False)


@pytest.mark.parametrize(
    "contract",
    ["prepaid-general", "postpaid-general", "credit-pack", "ad-batch", "enterprise-annual", "dedicated-line", "quota",
     "cloud-mas"],
)
@pytest.mark.parametrize(
    "text",
    ["", " ", "汉", "汉" * 20_000, EMOJI * 36, "【", "【】", "】【名】", "[ACME]x", "a\nb\x00", "€~[]{}", "\ufeff"],
)
def test_any_text_under_any_contract(contract: str, text: str) -> None:
    found = quote(contract, text)
    assert found["verdict"] in ("accept", "refuse")
    assert (found["billed_segments"] > 0) is (len(found["wire_segments"]) > 0) is (found["verdict"] == "accept")
    assert (found["clause"] is None) is (found["verdict"] == "accept")


def test_pieces_of_latin_text_are_those_that_are_billed() -> None:
    """A contract that counts characters and cuts without headers sends as many pieces as it bills, Latin ones too."""
    found = quote(S4, "a" * 150, split="plain70")
    assert (found["billed_segments"], found["wire_segments"]) == (3, [70, 70, 10])


def test_an_account_quotes_by_its_own_price_and_signatures() -> None:
    found = document("quote", "--account", "smppdemo", "--text", "【示例商城】您好", "--at", NOON)
    assert (found["contract"], found["verdict"]) == ("prepaid-general@1", "accept")
    run("quote", "--account", "nobody", "--text", "x", code=2)
    run("quote", "--text", "x", code=2)


def test_keys_on_the_command_line_are_checked_like_a_file() -> None:
    at = ("quote", "--contract", S0, "--text", "x", "--set")
    assert "no such key" in run(*at, "bill_sngle=70", code=2)
    assert "--set bracket_units" in run(*at, "bracket_units=3", code=2)
    assert "key=value" in run(*at, "split", code=2)
    run(*at, "complaints.week_limit=12")
    run(*at, "window=[08:00,20:00)")
    run(*at, "price.x=1", code=2)


def test_a_channel_cuts_by_what_it_carries() -> None:
    """A channel of septets takes 160 Latin characters whole; the contract bills two all the same."""
    found = quote(S0, "a" * 160, "--channel", "sim-smpp")
    assert (found["encoding"], found["billed_segments"], found["wire_segments"]) == ("gsm7", 2, [160])
    run("quote", "--contract", S0, "--text", "x", "--channel", "nothing", code=2)


@pytest.mark.parametrize(("octets", "verdict"), [(1, "accept"), (1_900_000, "accept"), (1_900_001, "refuse")])
def test_rich_media(octets: int, verdict: str) -> None:
    """Scenario 51: 1.9 million octets are taken, one more is refused as MEDIA and costs nothing."""
    found = document("quote", "--contract", S0, "--media", str(octets), "--at", NOON)
    assert (found["verdict"], found["octets"], found["charge"]) == (verdict, octets, "0")
    assert (found["key"], found["clause"]) == ((None, None) if verdict == "accept" else ("MEDIA", "S0-4.1e"))
    smaller = ("--set", "media_max_bytes=100")
    assert document("quote", "--contract", S0, "--media", "101", *smaller)["key"] == "MEDIA"
    assert document("quote", "--contract", S0, "--media", "0")["key"] == "EMPTY"  # nothing is no message
