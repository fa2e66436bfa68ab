"""Service types, classes and the channels that take them; flash and large content; the contract in force."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.account import MessageClass
from gateway.domain.message import Message
from gateway.domain.verdict import Reject
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.stage_order import reroute, screen
from protocols.text.codings import Encoding
from tests.gateway.contracts.shipped import S0, S1, S4, profile
from tests.gateway.pipeline.builders import NOON, channel, message, policy

TRIGGERED, BATCH = MessageClass.TRIGGERED, MessageClass.BATCH
DAY_S = 86_400.0


def judged(judge: Policy, at: float = NOON, **changes: Any) -> tuple[str, str]:
    """Return key and clause of the refusal, or two empty words."""
    _, verdict = screen(message(**changes), judge, at)
    return (verdict.key.name, verdict.clause) if isinstance(verdict, Reject) else ("", "")


@pytest.mark.parametrize(
    ("types", "ordered", "service_id", "class_", "key"),
    [
        ({"otp": "blacklist"}, (), "", TRIGGERED, ""),
        ({"otp": "blacklist"}, (), "", BATCH, "SVC"),
        ({"otp": "blacklist"}, (), "OTP", BATCH, ""),
        ({"otp": "blacklist", "ordinary": "whitelist"}, (), "", BATCH, ""),
        ({"otp": "blacklist", "ordinary": "whitelist"}, ("otp",), "", BATCH, "SVC"),
        ({"otp": "blacklist", "ordinary": "whitelist"}, ("otp",), "ordinary", TRIGGERED, "SVC"),
        ({"otp": "blacklist", "mms": "whitelist"}, (), "MMS", TRIGGERED, ""),
    ],
)
def test_a_service_type_that_is_not_contracted(
    types: dict[str, str], ordered: tuple[str, ...], service_id: str, class_: MessageClass, key: str
) -> None:
    judge = policy(profile=S4, keys={"service_types": types}, service_types=frozenset(ordered))
    assert judged(judge, service_id=service_id, message_class=class_) == ((key, "S4-3.1") if key else ("", ""))


@pytest.mark.parametrize(
    ("source", "account_class", "service_id", "class_"),
    [
        ("account", TRIGGERED, "", TRIGGERED),
        ("account", BATCH, "OTP", TRIGGERED),
        ("account", BATCH, "", BATCH),
        ("service_id", TRIGGERED, "OTP", TRIGGERED),
        ("service_id", TRIGGERED, "NEWS", BATCH),
        ("template", TRIGGERED, "OTP", BATCH),
    ],
)
def test_who_declares_the_class(
    source: str, account_class: MessageClass, service_id: str, class_: MessageClass
) -> None:
    """S0-1.2: what nobody declared is batch."""
    judge = policy(
        keys={"class_source": source}, message_class=account_class, triggered_service_ids=frozenset({"OTP"})
    )
    one = message(service_id=service_id)
    screen(one, judge, NOON)
    assert one.message_class is class_


def test_batch_never_leaves_by_the_channel_of_triggered_messages() -> None:
    """S0-2.2, also when every other one is down or failed."""
    channels = (channel("fast", classes=frozenset({TRIGGERED}), weight=9), channel("slow"))
    judge = policy(*channels)
    seen = set()
    for _ in range(20):
        one = message(message_class=BATCH)
        screen(one, judge, NOON)
        seen.add(one.channel)
    assert seen == {"slow"}
    judge.routes.views["slow"].is_up = False
    one = message(message_class=BATCH)
    assert screen(one, judge, NOON)[0] == "" and one.channel == "slow"
    one.tried_channels = ("slow",)
    _, verdict = reroute(one, judge, NOON)
    assert isinstance(verdict, Reject) and verdict.key.name == "ROUTE"
    only = policy(channel("fast", classes=frozenset({TRIGGERED})))
    assert judged(only, message_class=BATCH) == ("ROUTE", "S0-2.2")
    assert judged(only, message_class=TRIGGERED) == ("", "")


def test_flash_by_the_channels_that_take_it() -> None:
    assert judged(policy(channel(flash=False)), flash=True) == ("MEDIA", "S0-4.1d")
    long = policy(channel(flash_max=20))
    assert judged(long, flash=True, text="闪" * 14) == ("", "")
    assert judged(long, flash=True, text="闪" * 15) == ("MEDIA", "S0-4.1d")
    assert judged(long, text="闪" * 15) == ("", "")


def test_content_larger_than_rich_media_may_be() -> None:
    judge = policy(keys={"media_max_bytes": 100})

    def octets(n: int) -> tuple[str, str]:
        one: Message = message("x" * n, Encoding.BINARY)
        _, verdict = screen(one, judge, NOON)
        return (verdict.key.name, verdict.clause) if isinstance(verdict, Reject) else ("", "")

    assert (octets(100), octets(101)) == (("", ""), ("MEDIA", "S0-4.1e"))


def test_one_segment_of_70_where_the_contract_cuts_nothing() -> None:
    """S1-1b, the signature included."""
    judge = policy(profile=S1)
    assert judged(judge, text="字" * 64) == ("", "")
    assert judged(judge, text="字" * 65) == ("LEN", "S1-1b")


@pytest.mark.parametrize(
    ("name", "term", "refused_from"),
    [
        ("cloud-mas", {"term_start": "2025-03-03"}, 0.5 * DAY_S),  # ends on 2026-03-02 at 24:00
        ("prepaid-general", {"term_start": "2025-03-03"}, None),  # goes on without a word
        ("prepaid-general", {"term_start": "2025-03-03", "nonrenewal_notice": "2026-01-31"}, 0.5 * DAY_S),
        ("prepaid-general", {"term_start": "2025-03-03", "nonrenewal_notice": "2026-02-01"}, 365.5 * DAY_S),
        ("dedicated-line", {"term_start": "2024-03-03"}, 0.5 * DAY_S),  # once more, and no further
        ("cloud-mas", {"term_start": "2026-01-01", "term_end": "2026-03-02"}, 0.5 * DAY_S),
    ],
)
def test_the_contract_ends_at_that_very_instant(name: str, term: dict[str, str], refused_from: float | None) -> None:
    judge = policy(profile=profile(name), keys={"window_classes": []}, **term)
    assert judged(judge)[0] == ""
    if refused_from is None:
        assert judged(judge, NOON + 4000 * DAY_S)[0] == ""
    else:
        assert judged(judge, NOON + refused_from - 0.001)[0] == ""
        assert judged(judge, NOON + refused_from)[0] == "EXPIRED"


def test_the_contract_has_not_begun() -> None:
    judge = policy(profile=S0, term_start="2026-03-03")
    assert judged(judge)[0] == "EXPIRED"
    assert judged(judge, NOON + DAY_S / 2)[0] == ""
