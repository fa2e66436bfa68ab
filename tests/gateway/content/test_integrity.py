"""Content in is content out, but for what the rules declare (S2b-5)."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.content.integrity import compare, rejoined
from gateway.content.links import find_links
from gateway.domain.account import MessageClass
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT
from gateway.pipeline.stages.stage_order import screen
from tests.gateway.pipeline.builders import NOON, message, policy

SIGNATURE, SUFFIX = "【示例商城】", "拒收请回复R"
TEXTS = st.text("您好，验证码 123abc🎲。！", min_size=1, max_size=300)


def bodies(made: Message) -> list[bytes]:
    """The user data of each wire segment behind its header."""
    return [part[part[0] + 1 :] if made.has_udh else part for part in made.parts]


@given(TEXTS, st.sampled_from(["prefix", "suffix"]), st.booleans(), st.booleans())
def test_nothing_but_declared_additions(body: str, place: str, has_tail: bool, is_signed: bool) -> None:
    assume(not find_links(body))  # "1。cc" is one, and not filed
    keys: dict[str, Any] = {"sig_pos": place, "unsubscribe_suffix": SUFFIX if has_tail else ""}
    written = (SIGNATURE + body if place == "prefix" else body + SIGNATURE) if is_signed else body
    made = message(written)
    assert screen(made, policy(keys=keys, message_class=MessageClass.BATCH), NOON) == ("", ACCEPT)
    assert made.text is not None
    found = compare(written, made.text, signature=SIGNATURE, suffix=SUFFIX if has_tail else "")
    assert found.is_intact, (written, made.text)
    assert (SIGNATURE in found.additions) is not is_signed
    assert rejoined(bodies(made), made.encoding) == made.text


def test_a_changed_character_is_seen() -> None:
    assert not compare("付款100元", "【示例商城】付款900元", signature=SIGNATURE).is_intact
    assert not compare("付款", "【示例商城】付款！", signature=SIGNATURE).is_intact
    same = compare("付款", "付款", signature=SIGNATURE, suffix=SUFFIX)
    assert same.is_intact and same.hash_in == same.hash_out and not same.additions
