"""Signatures: registration (scenario 36), own, foreign, missing, both ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.profile import Profile, revise
from gateway.contracts.signature import (
    Signed,
    find_signature,
    sign,
    signature_book,
    signature_fault,
    with_brackets,
    with_unsubscribe,
    without_brackets,
)
from gateway.domain.verdict import Key, Reject
from tests.gateway.contracts.shipped import S0, S4

BOOK = signature_book(["示例商城", "示例会员"])
SUFFIX = revise(S4, sig_pos="suffix")


@pytest.mark.parametrize(
    ("name", "is_ok"),
    [
        ("名" * 2, False), ("名" * 3, True), ("名" * 8, True), ("名" * 9, False), ("A" * 16, True), ("A" * 17, False),
        ("A", True), ("ACME Shop", True), (" ACME", False), ("示例ACME", False), ("示例12", False), ("", False),
        ("【示例商城】", False), ("𠀀𠀁𠀂", True), ("示例商城!", False), ("ДОМ", False),
    ],
)
def test_registration(name: str, is_ok: bool) -> None:
    assert (signature_fault(name, S4) is None) is is_ok


def test_mixed_names_by_key() -> None:
    mixed = revise(S4, sig_mixed="allow")
    assert signature_fault("示例ACME", mixed) is None
    assert signature_fault("示例ACME1234", mixed) is not None


def accepted(text: str, contract: Profile = S4, **kind: str) -> Signed:
    signed = sign(text, BOOK, contract, **kind)
    assert isinstance(signed, Signed)
    return signed


def refused(text: str, contract: Profile = S4, **kind: str) -> Reject:
    reject = sign(text, BOOK, contract, **kind)
    assert isinstance(reject, Reject)
    return reject


def test_missing_signature_is_added_in_front() -> None:
    assert accepted("您好") == Signed("【示例商城】您好", "【示例商城】", True)


@pytest.mark.parametrize("text", ["【示例商城】您好", "【示例会员】您好", " 【示例商城】您好", "您好【示例商城】"])
def test_own_signature_is_not_doubled(text: str) -> None:
    signed = accepted(text)
    assert (signed.text, signed.is_added) == (text, False)
    assert signed.signature in BOOK.own


@pytest.mark.parametrize("text", ["【别家银行】您好", "【】您好", "【示例】您好", "【别家银行】您好【示例商城】"])
def test_foreign_signature_is_refused_under_its_clause(text: str) -> None:
    reject = refused(text)
    assert (reject.key, reject.clause) == (Key.SIGN, "S4-3.9a")
    assert refused(text, S0).clause == "S0-7.3"


@pytest.mark.parametrize("text", ["请进入【设置】", "【未完", "a】b", "[1/3] 您好"])
def test_what_only_looks_like_a_signature_is_text(text: str) -> None:
    assert accepted(text).text == "【示例商城】" + text


def test_suffix_position() -> None:
    assert accepted("您好", SUFFIX).text == "您好【示例商城】"
    assert accepted("您好【示例会员】", SUFFIX).text == "您好【示例会员】"
    assert accepted("【提示】您好", SUFFIX).text == "【提示】您好【示例商城】"
    assert refused("您好【别家银行】", SUFFIX).key is Key.SIGN


def test_client_writes_it_itself() -> None:
    assert refused("您好", inject="client").key is Key.SIGN
    assert accepted("【示例商城】您好", inject="client").text == "【示例商城】您好"
    optional = revise(S4, sig_required=False)
    assert accepted("您好", optional, inject="client") == Signed("您好")


def test_unsigned_traffic_is_left_alone() -> None:
    assert accepted("【别家银行】您好", inject="none").text == "【别家银行】您好"
    assert accepted("您好", inject="none") == Signed("您好")


def test_account_without_signatures() -> None:
    assert isinstance(sign("您好", signature_book([]), S4), Reject)
    assert sign("您好", signature_book([]), revise(S4, sig_required=False)) == Signed("您好")


def test_square_brackets_are_for_those_who_registered_them() -> None:
    book = signature_book(["[ACME]"])
    assert sign("hello", book, S4) == Signed("[ACME]hello", "[ACME]", True)
    assert sign("hello [ACME]", book, S4) == Signed("hello [ACME]", "[ACME]")
    assert find_signature("[ACME] hello", S4) == ""
    assert with_brackets("ACME") == "【ACME】"
    assert [without_brackets(form) for form in ("[ACME]", "【ACME】", "ACME")] == ["ACME"] * 3


def test_refusal_tail_is_for_batch_and_not_doubled() -> None:
    contract = revise(S0, unsubscribe_suffix="拒收请回复R")
    once = with_unsubscribe("促销", contract, "batch")
    assert once == "促销拒收请回复R"
    assert with_unsubscribe(once, contract, "batch") == once
    assert with_unsubscribe("验证码", contract, "triggered") == "验证码"
    assert with_unsubscribe("促销", S0, "batch") == "促销"


@given(st.text(alphabet="【】[]示例商城ab ", max_size=12), st.sampled_from([S4, SUFFIX]))
def test_signing_twice_changes_nothing(text: str, contract: Profile) -> None:
    signed = sign(text, BOOK, contract)
    if isinstance(signed, Signed):
        again = sign(signed.text, BOOK, contract)
        assert isinstance(again, Signed)
        assert again.text == signed.text


def test_blanks_behind_a_signature_at_the_end_do_not_hide_it() -> None:
    assert find_signature("正文【示例】 \n", SUFFIX) == "【示例】"


def test_a_length_that_is_wrong_is_told_with_the_kind() -> None:
    assert str(signature_fault("名", S4)).endswith(f"a Han signature has {S4.sig_han_min} to {S4.sig_han_max}")
