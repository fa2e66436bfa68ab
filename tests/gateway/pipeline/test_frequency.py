"""How often a number may be written to, and the quota of a test period, as the stages and a restart see them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contracts.profile import revise
from gateway.domain.account import MessageClass, SignatureMode
from gateway.domain.message import Message
from gateway.domain.verdict import Reject
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.frequency import Stamps
from gateway.pipeline.policy.tallies import Tallies
from gateway.pipeline.stages.stage_order import screen
from tests.gateway.contracts.shipped import S0, S4
from tests.gateway.pipeline.builders import account, message, table

# 2026-03-02 14:03:00 in China
AT_1403 = 1_772_424_000.0 + 2 * 3600 + 180


def policy(keys: dict[str, Any] | None = None, tallies: Tallies | None = None, **changes: Any) -> Policy:
    profile = revise(S0, **(keys or {}))
    return Policy(account(**changes), profile, table(), now=AT_1403, tallies=tallies or Tallies())


def send(judged: Policy, at: float, **changes: Any) -> str:
    """Return the key of the refusal, or "" once the message was taken."""
    one: Message = message(**changes)
    _, verdict = screen(one, judged, at)
    if isinstance(verdict, Reject):
        return verdict.key.name
    if judged.limits is not None:
        judged.limits.count(one, at)
    return ""


def test_the_minute_is_a_natural_one() -> None:
    judged = policy()
    assert [send(judged, AT_1403 + s) for s in (10, 50, 59.999, 60)] == ["", "FREQ", "FREQ", ""]


def test_the_hour_is_a_natural_one() -> None:
    judged = policy({"otp_per_hour": 2})
    assert [send(judged, AT_1403 + 60 * m) for m in (0, 1, 2, 56, 57)] == ["", "", "FREQ", "FREQ", ""]


def test_the_day_rolls() -> None:
    judged = policy({"otp_per_hour": 0})
    sent = [send(judged, AT_1403 + 1800 * i) for i in range(11)]
    assert sent == [""] * 10 + ["FREQ"]
    assert send(judged, AT_1403 + 86_400 - 0.001) == "FREQ"
    assert send(judged, AT_1403 + 86_400) == ""
    assert send(judged, AT_1403 + 86_400 + 60) == "FREQ"


def test_what_ties_messages_together() -> None:
    """Another number, another signature, another class, no signature, an exempt number: each is its own."""
    judged = policy(signatures=("示例商城", "示例银行"), frequency_exempt=("13900000000",))
    assert send(judged, AT_1403) == ""
    assert send(judged, AT_1403, text="【示例银行】验证码1") == ""
    assert send(judged, AT_1403, destination="13800138001") == ""
    assert send(judged, AT_1403, message_class=MessageClass.BATCH) == ""
    assert [send(judged, AT_1403, destination="13900000000") for _ in range(3)] == [""] * 3
    assert send(judged, AT_1403, destination="+8613800138000") == "FREQ"
    unsigned = policy(signature_mode=SignatureMode.NONE, signatures=())
    assert [send(unsigned, AT_1403) for _ in range(3)] == [""] * 3


def test_a_number_over_all_signatures() -> None:
    names = tuple(f"示例商城{letter}" for letter in "甲乙丙丁")
    judged = policy({"otp_all_per_day": 3}, signatures=names)
    assert [send(judged, AT_1403, text=f"【{name}】验证码1") for name in names] == ["", "", "", "FREQ"]


def test_a_contract_without_limits_counts_nothing() -> None:
    keys = {"otp_per_minute": 0, "otp_per_hour": 0, "otp_per_day": 0, "otp_all_per_day": 0, "batch_per_day": 0}
    assert policy(keys).limits is None


def test_a_batch_template_to_one_number() -> None:
    judged = policy({"batch_per_day": 2})
    assert judged.limits is not None and judged.limits.frequency is not None
    rule = judged.limits.frequency
    answers = []
    for template in ("t1", "t1", "t1", "t2", ""):
        one = message(message_class=MessageClass.BATCH)
        screen(one, judged, AT_1403)
        one.template = template
        refusal = rule.refuse(one, AT_1403)
        answers.append(refusal.key.name if refusal else "")
        if refusal is None:
            rule.count(one, AT_1403)
    assert answers == ["", "", "FREQ", "", ""]


def test_counts_outlive_a_reload_and_what_was_taken_back_does_not_count() -> None:
    tallies = Tallies()
    judged = policy(tallies=tallies)
    one = message()
    screen(one, judged, AT_1403)
    assert judged.limits is not None
    judged.limits.count(one, AT_1403)
    assert send(policy(tallies=tallies), AT_1403 + 1) == "FREQ"
    judged.limits.uncount(one)
    assert send(policy(tallies=tallies), AT_1403 + 1) == ""


def test_memory_forgets_the_oldest_when_it_is_full_and_says_so() -> None:
    stamps = Stamps(numbers_max=10)
    for key in range(25):
        stamps.add(key, 1000.0 + key)
    assert len(stamps) <= 20 and stamps.forgotten == 10
    assert list(stamps.find(24)) == [1024.0] and list(stamps.find(0)) == []
    stamps.add(24, 1000.0 + 86_500)
    assert list(stamps.find(24)) == [1024.0 + 86_476]
    assert list(stamps.find(23)) == [1023.0]


@pytest.mark.parametrize(("days", "to", "inside"), [(0, "2026-03-02", True), (10, "", True), (2, "", False)])
def test_a_test_account_ends_at_its_quota(days: int, to: str, inside: bool) -> None:
    keys = {"test_quota": 3, "test_days": days, "regime": "consent", "service_types": {}}
    judged = Policy(
        account(contract=S4.name, test_from="2026-03-01" if inside else "2026-02-01", test_to=to),
        revise(S4, **keys), table(), now=AT_1403, tallies=Tallies(),
    )
    refusals = [send(judged, AT_1403, destination=f"1380013800{i}") for i in range(4)]
    assert refusals == (["", "", "", "QUOTA"] if inside else [""] * 4)
    if inside:
        _, verdict = screen(message(), judged, AT_1403)
        assert isinstance(verdict, Reject) and verdict.clause == "S4-A1-12"


def test_a_refusal_says_that_other_accounts_under_the_signature_count() -> None:
    """Practice 2.6: limits are for signature and number, whoever sends; who is refused for another's is told."""
    tallies = Tallies()
    first, second = policy(tallies=tallies, name="first"), policy(tallies=tallies, name="second")
    assert send(first, AT_1403) == ""
    stage, verdict = screen(message(), second, AT_1403 + 1)
    assert isinstance(verdict, Reject)
    assert (stage, verdict.key.name) == ("frequency", "FREQ")
    assert "under 【示例商城】, counted over all accounts that sign so" in verdict.detail
    assert "同一签名【示例商城】下各账户的短信合并计数" in verdict.detail


def test_a_refusal_over_all_signatures_says_that_too() -> None:
    judged = policy({"otp_all_per_day": 1}, signatures=("示例商城", "示例会员"))
    assert send(judged, AT_1403, text="【示例商城】验证码1") == ""
    _, verdict = screen(message("【示例会员】验证码1"), judged, AT_1403)
    assert isinstance(verdict, Reject) and "over all signatures and accounts" in verdict.detail


def test_an_exempt_number_of_one_account_still_counts_for_the_other() -> None:
    """`frequency_exempt` frees the account that names the number, and hides nothing from others."""
    tallies = Tallies()
    tester = policy(tallies=tallies, name="tester", frequency_exempt=("13800138000",))
    other = policy(tallies=tallies, name="other")
    assert [send(tester, AT_1403 + s) for s in range(3)] == ["", "", ""]
    assert [send(other, AT_1403 + s) for s in (5, 6)] == ["", "FREQ"]


def test_templates_of_two_accounts_are_two_though_they_have_one_name() -> None:
    tallies = Tallies()
    changes: dict[str, Any] = {"message_class": MessageClass.BATCH, "tallies": tallies}
    first = policy({"batch_per_day": 1}, name="first", **changes)
    second = policy({"batch_per_day": 1}, name="second", **changes)

    def asks(judged: Policy, name: str) -> bool:
        one = message(account=account(name=name))
        one.message_class, one.template = MessageClass.BATCH, "news"
        assert judged.limits is not None and judged.limits.frequency is not None
        is_refused = judged.limits.frequency.refuse(one, AT_1403) is not None
        judged.limits.count(one, AT_1403)
        return is_refused

    assert [asks(first, "first"), asks(first, "first"), asks(second, "second")] == [False, True, False]
