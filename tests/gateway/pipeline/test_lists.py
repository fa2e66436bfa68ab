"""Who may be written to: the lists of every scope under every regime, against a model of plain sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import MessageClass, ServiceCode
from gateway.domain.list_entry import EVERYWHERE, ListFact, ListKind, account_scope, code_scope
from gateway.domain.numbers import LiveNumbers, NumberSet, key_of
from gateway.domain.verdict import ACCEPT, Key, Reject
from gateway.pipeline.policy.number_lists import ListRules, Lists
from gateway.pipeline.stages.stage_order import screen, screen_part
from tests.gateway.contracts.shipped import S4, profile
from tests.gateway.pipeline.builders import NOON, channel, message, policy, submission, table

B, W, U = ListKind.BLACKLIST, ListKind.WHITELIST, ListKind.UNSUBSCRIBED
CODES = ("10690123", "106901234")
SCOPES = (EVERYWHERE, account_scope("acme"), account_scope("other"), *map(code_scope, CODES))
NUMBERS = ("13800138000", "13800138001", "0014155550100")
FACTS = st.lists(st.builds(
    ListFact, st.sampled_from((B, W, U)), st.sampled_from(SCOPES), st.sampled_from(NUMBERS).map(key_of), st.booleans(),
    st.just(NOON),
), max_size=25)


def fact(kind: ListKind, scope: str, number: str = NUMBERS[0], is_added: bool = True) -> ListFact:
    return ListFact(kind, scope, key_of(number), is_added, NOON)


def verdict(lists: Lists, *, class_: MessageClass = MessageClass.BATCH, service_id: str = "", number: str = NUMBERS[0],
            source: str = CODES[0], **changes: Any) -> tuple[str, str]:
    """Return (key, clause) of the refusal of an account's message, or two empty texts."""
    judged = policy(
        lists=lists, message_class=class_, service_codes=tuple(map(ServiceCode, CODES)),
        quirks=frozenset({"international"}), **({"profile": S4} | changes),
    )
    _, found = screen(message(destination=number, source=source, service_id=service_id), judged, NOON)
    return (found.key.name, found.clause) if isinstance(found, Reject) else ("", "")


@given(FACTS, st.sampled_from(NUMBERS), st.sampled_from(("", *CODES)), st.sampled_from(MessageClass))
def test_every_regime_against_sets(facts: list[ListFact], number: str, code: str, class_: MessageClass) -> None:
    lists, model = Lists(), {(kind, scope): set[int]() for kind in (B, W, U) for scope in SCOPES}
    gates = {name: ListRules(lists, "acme", CODES, profile(name)) for name in ("cloud-mas", "prepaid-general")}
    asked = message(destination=number, source=f"{code}9" if code else "106988", service_id="")
    asked.message_class = class_
    for one in facts:
        lists.apply(one)
        into = model[(one.kind, one.scope)]
        (into.add if one.is_added else into.discard)(one.key)
        mine = (EVERYWHERE, account_scope("acme"), *([code_scope(code)] if code else []))
        on = {kind: any(key_of(number) in model[(kind, scope)] for scope in mine) for kind in (B, W, U)}
        for name, gate in gates.items():
            is_white = name == "cloud-mas" and class_ is MessageClass.BATCH
            expected = Key.BLACK if on[B] else Key.UNSUB if on[U] else Key.WHITE if is_white and not on[W] else None
            found = gate.refuse(asked)
            assert (found.key if found else None) is expected


def test_an_otp_goes_by_the_blacklist_and_an_ordinary_message_by_the_whitelist() -> None:
    lists = Lists()
    assert verdict(lists) == ("WHITE", "S4-2.4")
    assert verdict(lists, class_=MessageClass.TRIGGERED) == ("", "")
    assert verdict(lists, service_id="OTP") == ("", "")
    assert verdict(lists, class_=MessageClass.TRIGGERED, service_id="ordinary") == ("WHITE", "S4-2.4")
    lists.apply(fact(W, account_scope("acme")))
    assert verdict(lists) == ("", "")
    lists.apply(fact(B, EVERYWHERE))
    assert verdict(lists) == verdict(lists, service_id="otp") == ("BLACK", "S4-2.3")


def test_a_consent_contract_may_be_told_to_go_by_the_whitelist() -> None:
    lists = Lists()
    s3 = profile("quota")
    assert verdict(lists, profile=s3) == ("", "")
    assert verdict(lists, profile=s3, keys={"regime_list": "whitelist"}) == ("WHITE", "S3-2.2")
    assert verdict(lists, profile=profile("prepaid-general"), keys={"regime_list": "whitelist"})[1] == "S0-7.1"


def test_an_unsubscription_may_be_kept_from_triggered_messages() -> None:
    lists = Lists()
    lists.apply(fact(U, code_scope(CODES[0])))
    otp: dict[str, Any] = {"class_": MessageClass.TRIGGERED, "service_id": "otp"}
    assert verdict(lists, **otp) == ("UNSUB", "S4-3.10")
    assert verdict(lists, keys={"unsubscribed_classes": ["batch"]}, **otp) == ("", "")
    assert verdict(lists, keys={"unsubscribed_classes": ["batch"]})[0] == "UNSUB"
    assert verdict(lists, source=f"{CODES[1]}5", **otp) == ("", "")  # another code, though it begins with the first


def test_under_mo_opt_in_only_subscribers_count() -> None:
    lists = Lists()
    lists.apply(fact(W, account_scope("acme")))
    lists.apply(fact(W, code_scope(CODES[0])))
    assert verdict(lists) == ("", "")
    subscribers = LiveNumbers()
    lists.require_mo_optin(CODES[0], NOON, subscribers)
    assert verdict(lists) == ("WHITE", "S4-A3-3(3)")
    assert verdict(lists, source=CODES[1]) == ("", "")
    subscribers.set(key_of(NUMBERS[0]), True)
    assert verdict(lists) == ("", "")
    lists.end_mo_optin(CODES[0])
    subscribers.set(key_of(NUMBERS[0]), False)
    assert verdict(lists) == ("", "")


def test_the_parts_of_a_long_message_are_refused_as_they_come() -> None:
    lists = Lists()
    judged = policy(lists=lists)
    assert screen_part(submission(), judged, NOON) == ("", ACCEPT)
    lists.apply(fact(B, account_scope("acme")))
    stage, found = screen_part(submission(), judged, NOON)
    assert (stage, isinstance(found, Reject) and found.key) == ("lists", Key.BLACK)


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_carriers_contract_has_lists_of_its_own(is_listed: bool) -> None:
    lists = Lists()
    way = channel(contract="cloud-mas", service_code="10690", wire=SMPP34)
    found = table(way)
    found.views["a"].list_rules = ListRules(lists, "", ("10690",), S4)
    judged = policy(message_class=MessageClass.BATCH)
    judged.routes = found.routes()
    if is_listed:
        lists.apply(fact(W, code_scope("10690")))
    stage, answer = screen(message(), judged, NOON)
    assert (stage, answer is ACCEPT) == (("", True) if is_listed else ("channel_lists", False))
    if isinstance(answer, Reject):
        assert (answer.key, answer.clause) == (Key.WHITE, "S4-2.4")


def test_lists_answer_others() -> None:
    lists = Lists()
    lists.apply(ListFact(ListKind.TEST, account_scope("acme"), key_of(NUMBERS[0]), True, NOON))
    assert lists.holds(ListKind.TEST, key_of(NUMBERS[0]), "acme", CODES[0])
    assert not lists.holds(ListKind.TEST, key_of(NUMBERS[1]), "acme", CODES[0])
    lists.apply(ListFact(ListKind.PORTED, "carrier:telecom", key_of(NUMBERS[0]), True, NOON))
    lists.load_networks({"mobile": ["138"], "telecom": ["133", "1349"]})
    assert [lists.networks.network_of(each) for each in NUMBERS] == ["telecom", "mobile", ""]
    assert [lists.networks.routed(each) for each in NUMBERS[:2]] == ["13300138000", NUMBERS[1]]
    live = lists.open(B, EVERYWHERE)
    live.mark()
    live.swap(NumberSet([key_of(NUMBERS[2])]))
    assert verdict(lists, number=NUMBERS[2])[0] == "BLACK"


def test_a_ported_number_goes_the_way_of_its_new_network() -> None:
    lists = Lists()
    lists.load_networks({"mobile": ["138"], "telecom": ["133"]})
    ways = (channel("mobile", prefixes=("138",)), channel("telecom", prefixes=("133",)))
    judged = policy(*ways, lists=lists)

    def way(number: str) -> str:
        one = message(destination=number)
        assert screen(one, judged, NOON) == ("", ACCEPT)
        return one.channel

    assert [way(number) for number in ("13800138000", "13300138000")] == ["mobile", "telecom"]
    lists.apply(ListFact(ListKind.PORTED, "carrier:telecom", key_of("13800138000"), True, NOON))
    assert [way(number) for number in ("13800138000", "13800138001")] == ["telecom", "mobile"]
    lists.apply(ListFact(ListKind.PORTED, "carrier:telecom", key_of("13800138000"), False, NOON))
    assert way("13800138000") == "mobile"


def test_a_contract_for_one_network_follows_ported_numbers() -> None:
    """S2a-1: Mobile numbers only."""
    lists = Lists()
    lists.load_networks({"mobile": ["138"], "telecom": ["133"]})
    only: dict[str, Any] = {"profile": profile("ad-batch"), "class_": MessageClass.TRIGGERED}
    assert verdict(lists, number="13800138000", **only) == ("", "")
    assert verdict(lists, number="13300138000", **only) == ("ROUTE", "S2a-1")
    lists.apply(ListFact(ListKind.PORTED, "carrier:telecom", key_of("13800138000"), True, NOON))
    lists.apply(ListFact(ListKind.PORTED, "carrier:mobile", key_of("13300138000"), True, NOON))
    assert verdict(lists, number="13800138000", **only) == ("ROUTE", "S2a-1")
    assert verdict(lists, number="13300138000", **only) == ("", "")
