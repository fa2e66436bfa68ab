"""Accounts are found by the login of their protocol and by the longest of their service codes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.account import Account, ServiceCode
from gateway.domain.account_directory import AccountDirectory

BOTH = frozenset({"smpp", "cmpp"})


def account(name: str, login: str = "", *codes: str, protocols: frozenset[str] = BOTH) -> Account:
    return Account(name, login or name, "secret", protocols=protocols, service_codes=tuple(map(ServiceCode, codes)))


def test_one_login_may_be_of_an_smpp_account_and_of_another_over_cmpp() -> None:
    smpp = account("east", "100200", protocols=frozenset({"smpp"}))
    cmpp = account("west", "100200", protocols=frozenset({"cmpp"}))
    for order in ((smpp, cmpp), (cmpp, smpp)):
        found = AccountDirectory(order)
        assert found.binding("100200", "smpp") is smpp
        assert found.binding("100200", "cmpp") is cmpp
        assert found.with_login("100200") == order


def test_a_login_over_a_protocol_that_its_account_does_not_speak_still_names_the_account() -> None:
    smpp = account("east", "100200", protocols=frozenset({"smpp"}))
    assert AccountDirectory([smpp]).binding("100200", "cmpp") is smpp
    assert AccountDirectory([smpp]).binding("10020", "smpp") is None
    assert AccountDirectory([smpp]).with_login("") == ()


codes = st.lists(st.text("01", min_size=1, max_size=5), min_size=1, max_size=8, unique=True)


@given(codes, st.text("01", max_size=8))
def test_a_number_belongs_to_the_longest_code_that_it_begins_with(codes: list[str], number: str) -> None:
    found = AccountDirectory(account(f"of {code}", "", code) for code in codes).owner_of(number)
    fitting = [code for code in codes if number.startswith(code)]
    assert (found.name if found else None) == (f"of {max(fitting, key=len)}" if fitting else None)
