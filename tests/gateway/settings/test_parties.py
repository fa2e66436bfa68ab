"""Companies, contacts, mail and notices in the configuration: what arrives, and what each mistake is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.company import Company, Contact, ContactRole
from gateway.domain.mail_address import address_fault, masked_address
from tests.gateway.settings.setup import FILES, faults, read

H, A = "hongyan.toml", "accounts/a.toml"
MAIL = "[mail]\nhost = 'relay.example.com'\nfrom = 'notices@example.com'\n"
CODE = "[[accounts.shop.service_codes]]"
PARTY = """[accounts.shop.company]
address = "示例路1号"
bank_account = "6222 0000 0000"
[accounts.shop.company.contacts.technical]
email = "ops@example.com"
language = "en"
[accounts.shop.company.contacts.finance]
name = "财务部"
mobile = "+86 13800138000"
"""


def with_node(lines: str) -> dict[str, str]:
    return {H: FILES[H] + lines}


def with_party(lines: str) -> dict[str, str]:
    return {A: FILES[A].replace(CODE, lines + CODE)}


def test_a_client_is_a_company_with_contacts(tmp_path: Path) -> None:
    changes = with_party(PARTY.replace("+86 ", "+86"))
    changes[A] = changes[A].replace('login = "shop"', 'login = "shop"\ncustomer = "示例商城"\ncredit_code = "91A"')
    company = read(tmp_path, changes).accounts["shop"].company
    assert (company.name, company.credit_code, company.address) == ("示例商城", "91A", "示例路1号")
    assert company.contacts == (
        Contact(ContactRole.FINANCE, "财务部", mobile="13800138000"),
        Contact(ContactRole.TECHNICAL, email="ops@example.com", language="en"),
    )
    assert company.contact(ContactRole.TECHNICAL) is company.contacts[1]
    assert company.contact(ContactRole.COMPLAINTS) is company.contacts[0]
    assert (company.payer_number, company.payer_name) == ("91A", "示例商城")
    assert Company().contact(ContactRole.FINANCE) is None


def test_we_are_a_company_too(tmp_path: Path) -> None:
    settings = read(tmp_path, with_node("[company]\nname = '示例通信'\ntax_number = '92B'\ninvoice_title = '示例'\n"))
    assert (settings.company.name, settings.company.payer_number, settings.company.payer_name) == (
        "示例通信", "92B", "示例",
    )


@pytest.mark.parametrize(("tls", "tcp_port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_the_port_of_the_relay_follows_from_its_encryption(tmp_path: Path, tls: str, tcp_port: int) -> None:
    mail = read(tmp_path, with_node(f"{MAIL}tls = '{tls}'\n")).mail
    assert (mail.tcp_port, mail.from_address) == (tcp_port, "notices@example.com")
    assert read(tmp_path, with_node(f"{MAIL}tls = '{tls}'\nport = 2525\n")).mail.tcp_port == 2525


def test_the_password_at_the_relay_comes_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {**with_node(f"{MAIL}user = 'us'\npassword_file = 'word'\n"), "word": "sesame\n"}
    mail = read(tmp_path, changes).mail
    assert mail.password == "sesame"
    assert "sesame" not in repr(mail)


# what stands in hongyan.toml | key | words of the sentence
NODE = [
    ("[company]\nnmae = 'x'\n", "company.nmae", "mean name?"),
    ("[company]\nname = \"a\\nb\"\n", "company.name", "one line"),
    ("[company]\nname = ' a'\n", "company.name", "space"),
    ("[company]\nemail = 'a@b@c'\n", "company.email", "before the @"),
    ("[company]\nphone = 'call us'\n", "company.phone", "form"),
    ("[company]\nbank_account = 'x1'\n", "company.bank_account", "form"),
    ("[company.contacts.sales]\nname = 'x'\n", "company.contacts.sales", "no such key"),
    ("[company.contacts.finance]\nlanguage = 'fr'\n", "company.contacts.finance.language", "'zh' or 'en'"),
    ("[mail]\nhost = 'relay'\n", "mail.from", "missing"),
    (f"{MAIL}tls = 'maybe'\n", "mail.tls", "'starttls', 'implicit' or 'none'"),
    (f"{MAIL}user = 'us'\n", "mail.password_file", "goes with a password"),
    (f"{MAIL}password_file = 'hongyan.toml'\n", "mail.user", "goes with a password"),
    (f"{MAIL}tls = 'none'\nuser = 'us'\npassword_file = 'accounts/b.toml'\n", "mail.tls", "could be read"),
    (f"{MAIL}retry_min_s = 90\nretry_max_s = 60\n", "mail.retry_max_s", "shorter"),
    (f"{MAIL}staff = ['ops@example.com', 'nobody']\n", "mail.staff[1]", "no @"),
    (f"{MAIL}console_url = 'http://console.example.com'\n", "mail.console_url", "https"),
    (f"{MAIL}console_url = 'console.example.com'\n", "mail.console_url", "https://console.example.com"),
    (f"{MAIL}console_url = 'https://console.example.com/?a=1'\n", "mail.console_url", "path only"),
    (f"{MAIL}console_url = 'https://[::1'\n", "mail.console_url", "no address of a page"),
    ("[notices]\naccount = 'shpo'\n", "notices.account", "did you mean 'shop'?"),
    ("[notices]\nservice_code = '1069'\n", "notices.service_code", "which account"),
    ("[notices]\naccount = 'shop'\nservice_code = '1069'\n", "notices.service_code", "no code of account shop"),
]


@pytest.mark.parametrize(("lines", "key", "words"), NODE, ids=[key for _, key, _ in NODE])
def test_a_fault_of_hongyan_toml_stands_at_its_key(tmp_path: Path, lines: str, key: str, words: str) -> None:
    found = faults(tmp_path, with_node(lines))
    assert [(fault.file, fault.key) for fault in found] == [(H, key)]
    assert words in found[0].problem
    assert found[0].line > FILES[H].count("\n")


# a contact's line | the key | words of the sentence
CONTACT = [
    ("mobile = '12345'", "mobile", "no number"),
    ("email = 'ops@example.com\\r\\nBcc: x@example.com'", "email", "before the @"),
    ("email = '林@example.com'", "email", "ASCII"),
    ("name = 1", "name", "string"),
]


@pytest.mark.parametrize(("line", "key", "words"), CONTACT, ids=[key for _, key, _ in CONTACT])
def test_a_fault_of_a_contact_stands_at_its_key(tmp_path: Path, line: str, key: str, words: str) -> None:
    header = "[accounts.shop.company.contacts.finance]\n"
    found = faults(tmp_path, with_party(f"{header}{line.replace(chr(39), chr(34))}\n"))
    assert [(fault.file, fault.line, fault.key) for fault in found] == [
        (A, FILES[A].count("\n", 0, FILES[A].index(CODE)) + 2, f"accounts.shop.company.contacts.finance.{key}")
    ]
    assert words in found[0].problem


@pytest.mark.parametrize("address", ["a@example.com", "first.last+tag@mail.example.com", "o'neill@xn--fiqs8s"])
def test_an_address_is_taken(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize("address", [
    "", "@", "a@", "@example.com", "a b@example.com", '"a b"@example.com', "a@[127.0.0.1]", "a@example.com\n",
    "a\n@b.c", ".a@example.com", "a..b@example.com", "a@-b.com", "a@b..c", "a,b@example.com", "<a@example.com>",
    f"{'a' * 65}@b.c", f"a@{'b.' * 130}c", "a@例子.中国",
])
def test_what_is_no_address_is_told(address: str) -> None:
    assert address_fault(address)


def test_an_address_is_masked() -> None:
    assert masked_address("finance@example.com") == "f***@example.com"
