"""Tables of accounts/*.toml, and the domain Account each becomes."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from gateway.contracts.keys import Money
from gateway.dialects.protocol_table import CLIENT_PROTOCOLS, HTTP
from gateway.domain.account import Account, BindMode, MessageClass, Paper, ServiceCode, SignatureMode, UnknownPolicy
from gateway.domain.reject_keys import OTHERS, Key
from gateway.settings.party_keys import PartyKeys, company_of
from gateway.settings.value_kinds import (
    IsoDate,
    Name,
    Networks,
    Table,
    WithPassword,
    Words,
    WordSet,
    as_set,
    as_tuple,
    key,
    named_in,
    table,
)
from protocols.smpp.constants import Status
from protocols.text.codings import Encoding

CMPP_VERSIONS: Final = {"": 0, "2.0": 0x20, "3.0": 0x30}
LONG_PASSWORD: Final = "long_password"
Code = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Signature = Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[^【】\s]+$")]
Number = Annotated[str, Field(pattern=r"^(1[3-9][0-9]{9}|00[1-9][0-9]{6,14})$")]
Quirk = Literal[
    "long_password", "rich_refusals", "rich_receipts", "empty_sp_id", "international", "bare_is_domestic",
    "ascii_is_gsm7", "mislabelled_text",
]
ProtocolName = Annotated[
    str, named_in(CLIENT_PROTOCOLS, (HTTP,)), Field(json_schema_extra={"enum": [*CLIENT_PROTOCOLS, HTTP]})
]
# Of 3.4 (5.1.3), of 5.0, and the vendor's range.
_STATUSES: Final = frozenset(Status) - {0} | frozenset(range(0x100, 0x113)) | frozenset(range(0x400, 0x500))
RESULT_MAX: Final = 199  # 100 to 199 are the vendor's; 2.0 has one octet


def _as_quirks(value: object) -> object:
    if isinstance(value, list) and "plain_refusals" in value:
        raise ValueError(
            "plain_refusals is what every account has now: take it out (the quirk rich_refusals brings the words back)"
        )
    return as_set(value)


def _refusals(chosen: dict[str, int]) -> dict[str, int]:
    for name in chosen:
        if name != OTHERS and name not in Key.__members__:
            raise ValueError(f"there is no reject key {name!r}: {', '.join(Key.__members__)}, or {OTHERS}")
    return chosen


def _smpp_refusals(chosen: dict[str, int]) -> dict[str, int]:
    for name, status in _refusals(chosen).items():
        if status not in _STATUSES:
            problem = "is no command_status of SMPP that refuses, nor one of the vendor's, 0x400 to 0x4FF"
            raise ValueError(f"{name} = 0x{status:X} {problem}")
    return chosen


def _cmpp_refusals(chosen: dict[str, int]) -> dict[str, int]:
    for name, result in _refusals(chosen).items():
        if not 0 < result <= RESULT_MAX:
            raise ValueError(f"{name} = {result} is no Result of CMPP that refuses: 1 to {RESULT_MAX}")
    return chosen


class ServiceCodeKeys(Table):
    """A service code (接入码) the account owns."""

    code: Code = key(..., "the digits; the client may append an extension")
    rate_per_s: float = key(0.0, "segments a second over all sessions; 0: no limit of its own", ge=0)
    valid_from: IsoDate = key("", "first day, China time; empty: open")
    valid_to: IsoDate = key("", "last day; empty: open")
    digits_max: int = key(20, "longest code with extension", ge=1, le=20)
    regime: Literal["", "whitelist", "blacklist"] = key("", "lists it is under (S4 annex 3); empty: by the contract")


class PaperKeys(Table):
    """A licence or certificate of the client (S0-5.1, S2bA-2)."""

    kind: str = key(..., "what it is, such as business licence", min_length=1, max_length=60)
    number: str = key("", "its number", max_length=60)
    valid_to: IsoDate = key("", "last day; empty: no end")


class AccountKeys(WithPassword):
    """A paying customer: how its systems log in, and what it may put on a message."""

    login: str = key(
        ..., "SMPP system_id, or the six characters of a CMPP SP_Id", min_length=1, max_length=15,
        pattern=r"^[\x21-\x7e]+$",
    )
    contract: str = key("prepaid-general", "a profile: the name of a file in contracts/")
    protocols: Annotated[frozenset[ProtocolName], BeforeValidator(as_set)] = key(
        ..., "which it may log in with", min_length=1
    )
    networks: Networks = key((), "addresses it may come from (192.0.2.0/24); empty: any")
    bind_modes: Annotated[frozenset[Annotated[BindMode, Strict(False)]], BeforeValidator(as_set)] = key(
        frozenset(BindMode), "SMPP binds it may open", min_length=1
    )
    sessions_max: int = key(4, "sessions at a time, over all protocols", ge=1, le=1000)
    window_max: int | None = key(
        None, "submits of a session under way at a time; default: limits.session_window_max", ge=1, le=65_535
    )
    rate_per_s: float = key(0.0, "segments a second over all sessions; 0: no limit", ge=0)
    service_codes: Annotated[tuple[ServiceCodeKeys, ...], BeforeValidator(as_tuple)] = key((), "its service codes")
    service_ids: WordSet = key(frozenset(), "CMPP Service_Id or SMPP service_type it may use; empty: any")
    signatures: Annotated[tuple[Signature, ...], BeforeValidator(as_tuple)] = key(
        (), "without 【】; the first is written where the client wrote none, any of them is accepted"
    )
    signature_mode: SignatureMode = key(
        SignatureMode.INJECT, "inject: we write it where it is missing; verify: the client must; none", strict=False
    )
    message_class: MessageClass = key(
        MessageClass.BATCH, "class of what neither template nor service id tells (S0-1.2)", strict=False
    )
    triggered_service_ids: WordSet = key(frozenset(), "service ids whose messages are triggered by the user's own act")
    reject_mode: Literal["", "sync", "receipt"] = key(
        "", "a refusal answers the submit, or is a success and then a receipt REJECTD; empty: as the contract says"
    )
    price_yuan: Money = key(0, "a billed segment; 0: the contract's price", ge=0)
    province: str = key("", "where the customer is registered: 广东 (S0-5.6)", max_length=20)
    customer: str = key("", "the customer's name (S0-5.6)", max_length=100)
    credit_code: str = key("", "its unified social credit code (S0-5.6)", pattern=r"^[0-9A-Z]{0,18}$")
    company: PartyKeys = table(PartyKeys, "the customer's addresses, bank data and contacts")
    opening_balance_yuan: Money = key(0, "credited once, when the account is first seen", ge=0)
    credit_limit_yuan: Money = key(0, "postpaid: how far the balance may go below zero; package, 0: its cap", ge=0)
    billing_from: IsoDate = key("", "first day of the contract and its fees; empty: `term_start`, else when first seen")
    unknown_policy: UnknownPolicy = key(
        UnknownPolicy.AWAIT_RECEIPT, "a segment whose answer never came: wait, send once more, or fail", strict=False
    )
    routes: Words = key((), "channels it may use; empty: any")
    reroute_on_low_delivery: bool = key(
        False, "while a channel delivers less than usual for it or its signature, messages take another of its channels"
    )
    default_alphabet: Encoding = key(Encoding.GSM7, "what data_coding 0 means from this client", strict=False)
    cmpp_version: Literal["", "2.0", "3.0"] = key("", "forced whatever CONNECT says; empty: the client's own")
    keywords: Words = key((), "words forbidden to this account besides those of data/keywords.toml")
    allow_words: Words = key((), "a forbidden word inside one of these does not count")
    exempt_categories: WordSet = key(frozenset(), "categories of data/keywords.toml that it is licensed for")
    links: Words = key((), "links filed for it: host, or host and path (S0-7.4)")
    phones: Words = key((), "telephone numbers in texts that are filed for it")
    marketing_service_ids: WordSet = key(frozenset(), "service ids whose messages are advertisements")
    suspended: bool = key(False, "binds, but every submit is refused")
    service_types: WordSet = key(frozenset(), "of the contract's service types those ordered; empty: all (S4-3.1)")
    frequency_exempt: Annotated[tuple[Number, ...], BeforeValidator(as_tuple)] = key(
        (), "numbers that frequency limits do not hold for", max_length=300
    )
    test_from: IsoDate = key("", "first day of the test period; empty: none (S4-5.2, S4-A1-12)")
    test_to: IsoDate = key("", "its last day; empty: by the contract's test_days")
    term_end: IsoDate = key("", "last day of the first term; empty: by the contract's term_months")
    nonrenewal_notice: IsoDate = key("", "day on which a notice of non-renewal was delivered; empty: none (S0-3.2)")
    term_start: IsoDate = key("", "first day of the contract's first term; empty: no term is watched (S0-3.2)")
    papers: Annotated[tuple[PaperKeys, ...], BeforeValidator(as_tuple)] = key((), "its licences and certificates")
    refusal_statuses: Annotated[dict[str, int], AfterValidator(_smpp_refusals)] = key(
        {}, "SMPP statuses by reject key that replace ours: {CONTENT = 0x45, OTHERS = 0x45}; OTHERS: all beyond 3.4"
    )
    refusal_results: Annotated[dict[str, int], AfterValidator(_cmpp_refusals)] = key(
        {}, "CMPP Results by reject key that replace ours: {CONTENT = 9, OTHERS = 9}; OTHERS: all above 13"
    )
    quirks: Annotated[frozenset[Quirk], BeforeValidator(_as_quirks)] = key(
        frozenset(), "named leniencies, such as international or rich_refusals (docs/quirks.md has all)"
    )


class AccountFile(Table):
    """accounts/*.toml"""

    accounts: dict[Name, AccountKeys] = key({}, "accounts by name")


def account_of(name: str, keys: AccountKeys, *, window_max: int) -> Account:
    """Build the domain value of checked keys. `window_max` stands in where the account says nothing."""
    plain = {
        field: getattr(keys, field)
        for field in (
            "login", "contract", "protocols", "networks", "bind_modes", "sessions_max", "rate_per_s", "service_ids",
            "signatures", "signature_mode", "message_class", "triggered_service_ids", "reject_mode", "unknown_policy",
            "routes", "reroute_on_low_delivery", "default_alphabet", "suspended", "term_start", "quirks", "keywords",
            "allow_words", "exempt_categories", "links", "phones", "marketing_service_ids",
            "service_types", "frequency_exempt", "test_from", "test_to", "term_end", "nonrenewal_notice",
            "province", "customer", "credit_code", "refusal_statuses", "refusal_results",
        )
    }
    return Account(
        name=name,
        password=keys.secrets[0],
        window_max=keys.window_max or window_max,
        service_codes=tuple(ServiceCode(**code.model_dump()) for code in keys.service_codes),
        papers=tuple(Paper(**paper.model_dump()) for paper in keys.papers),
        price_hao=keys.price_yuan,
        opening_balance_hao=keys.opening_balance_yuan,
        credit_limit_hao=keys.credit_limit_yuan,
        billing_from=keys.billing_from,
        company=company_of(keys.company, name=keys.customer, credit_code=keys.credit_code),
        cmpp_version=CMPP_VERSIONS[keys.cmpp_version],
        **plain,
    )
