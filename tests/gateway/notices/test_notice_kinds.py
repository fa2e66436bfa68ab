"""Who is told by which means, and what counts as a notice: by contract, kind and contact."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.contracts.clauses import clause_of
from gateway.documents.notice import Effect, Means
from gateway.domain.company import Contact, ContactRole
from gateway.notices.notice_kinds import KINDS, ways_to_tell
from tests.gateway.contracts.shipped import profile

BOTH = Contact(ContactRole.FINANCE, "Lin", mobile="13800138000", email="lin@example.com")
PHONE = Contact(ContactRole.FINANCE, "Lin", mobile="13800138000")
NOTICE, COURTESY, INFORMATION = Effect.NOTICE, Effect.COURTESY, Effect.INFORMATION
MAIL, MESSAGE, HAND = Means.EMAIL, Means.MESSAGE, Means.BY_HAND
# contract | kind | contact | (means, effect) of each sending
ROWS = [
    # S0-4.2, S0-4.4, S0-13.2: mail counts.
    ("postpaid-general", "statement", BOTH, [(MAIL, NOTICE)]),
    ("prepaid-general", "price", BOTH, [(MAIL, NOTICE)]),
    # S4-5.6 takes mail for the statement; S4-10.3 for nothing else: the mail is a courtesy, the letter is owed.
    ("cloud-mas", "statement", BOTH, [(MAIL, NOTICE)]),
    ("cloud-mas", "price", BOTH, [(MAIL, COURTESY), (HAND, NOTICE)]),
    ("cloud-mas", "cap", BOTH, [(MAIL, COURTESY), (HAND, NOTICE)]),
    ("cloud-mas", "cap", None, [(HAND, NOTICE)]),
    # S2b-3b: by mail, message or phone.
    ("enterprise-annual", "renewal", BOTH, [(MAIL, NOTICE)]),
    ("enterprise-annual", "renewal", PHONE, [(MESSAGE, NOTICE)]),
    ("enterprise-annual", "renewal", None, [(HAND, NOTICE)]),
    ("cloud-mas", "renewal", PHONE, [(MESSAGE, COURTESY), (HAND, NOTICE)]),
    # What no contract asks a notice for informs, and is nobody's duty.
    ("prepaid-general", "low_balance", BOTH, [(MAIL, INFORMATION)]),
    ("prepaid-general", "low_balance", PHONE, [(MESSAGE, INFORMATION)]),
    ("prepaid-general", "low_balance", None, []),
    ("prepaid-general", "payment", PHONE, []),  # not urgent enough for a message
    ("prepaid-general", "statement", PHONE, [(HAND, NOTICE)]),
]


@pytest.mark.parametrize(("contract", "kind", "contact", "ways"), ROWS)
def test_ways_to_tell(
    contract: str, kind: str, contact: Contact | None, ways: list[tuple[Means, Effect]]
) -> None:
    found = ways_to_tell(KINDS[kind], profile(contract), contact, can_mail=True, can_message=True)
    assert list(found) == ways


def test_without_relay_or_account_only_what_must_be_given_is_left() -> None:
    for kind, ways in (("statement", [(HAND, NOTICE)]), ("low_balance", [])):
        found = ways_to_tell(KINDS[kind], profile("prepaid-general"), BOTH, can_mail=False, can_message=False)
        assert list(found) == ways
    found = ways_to_tell(KINDS["low_balance"], profile("prepaid-general"), BOTH, can_mail=False, can_message=True)
    assert list(found) == [(MESSAGE, INFORMATION)]


def test_each_kind_has_the_clause_of_the_contract() -> None:
    assert KINDS["cap"].clause(profile("cloud-mas")) == "S4-11.1"
    assert KINDS["statement"].clause(profile("cloud-mas")) == clause_of(profile("cloud-mas"), "statement_rule")
    assert KINDS["incident"].clause(profile("dedicated-line")) == "S2c-2"
    assert KINDS["incident"].clause(profile("quota")) == "S0-6.4[D]"


def test_the_page_names_each_kind() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "operations" / "notices.md").read_text("utf-8")
    table = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", "".join(table)) == list(KINDS)
