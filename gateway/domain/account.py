"""An account: a paying customer, how its systems log in, and what it may put on a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from gateway.domain.company import Company
from protocols.text.codings import Encoding

# Named leniencies of an account (docs/quirks.md).
EMPTY_SP_ID: Final = "empty_sp_id"  # CMPP submits whose Msg_src is empty are taken as the login's
INTERNATIONAL: Final = "international"  # numbers abroad may be written to
MISLABELLED_TEXT: Final = "mislabelled_text"  # octets that are not what they say are read as what they prove to be
BARE_IS_DOMESTIC: Final = "bare_is_domestic"  # digits without a prefix are a number in China, whatever their type says


class SignatureMode(StrEnum):
    """Who writes the 【signature】."""

    INJECT = "inject"  # we add the account's signature where the client wrote none
    VERIFY = "verify"  # the client writes it; a missing or foreign one is refused
    NONE = "none"  # unsigned traffic (abroad)


class MessageClass(StrEnum):
    """S0-1.2..1.4: triggered by the user's own act (OTP, order), or batch (notices, campaigns)."""

    TRIGGERED = "triggered"
    BATCH = "batch"


class BindMode(StrEnum):
    TX = "tx"
    RX = "rx"
    TRX = "trx"


class UnknownPolicy(StrEnum):
    """What to do with a segment whose outcome is unknown: link lost or answer late while it was in flight."""

    AWAIT_RECEIPT = "await_receipt"
    RESEND_ONCE = "resend_once"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A service code (接入码) the account owns; the client may append an extension up to `digits_max` in all."""

    code: str
    rate_per_s: float = 0.0  # segments a second over all sessions; 0: no limit of its own
    valid_from: str = ""  # ISO dates in China time; empty: open
    valid_to: str = ""
    digits_max: int = 20
    regime: str = ""  # whitelist or blacklist: its lists under the complaint regime; empty: by the contract's types


@dataclass(frozen=True, slots=True)
class Paper:
    """A licence or certificate of the client; `valid_to` is its last day, ISO, China time; empty: no end."""

    kind: str
    number: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Everything configured about one account. `name` is the key in store, metrics and ledger.

    `login` is the SMPP system_id or the six-character CMPP SP_Id; `password` its shared secret.
    """

    name: str
    login: str
    password: str = field(repr=False)
    contract: str = "prepaid-general"
    protocols: frozenset[str] = frozenset({"smpp", "cmpp"})
    networks: tuple[IPv4Network | IPv6Network, ...] = ()  # allowed peers; empty: any
    bind_modes: frozenset[BindMode] = frozenset(BindMode)
    sessions_max: int = 4
    window_max: int = 100
    rate_per_s: float = 0.0  # segments a second over all sessions; 0: no limit
    service_codes: tuple[ServiceCode, ...] = ()
    service_ids: frozenset[str] = frozenset()  # CMPP Service_Id / SMPP service_type allowed; empty: any
    signatures: tuple[str, ...] = ()  # the first is injected; any of them is accepted
    signature_mode: SignatureMode = SignatureMode.INJECT
    message_class: MessageClass = MessageClass.BATCH  # where neither template nor service_id tells
    triggered_service_ids: frozenset[str] = frozenset()
    reject_mode: str = ""  # sync, or receipt: accept, then a REJECTD receipt; empty: as the contract says
    price_hao: int = 0  # a billed segment; 0: the profile's price
    province: str = ""  # where the customer is registered; protection lists go by it (S0-5.6)
    customer: str = ""  # its name
    credit_code: str = ""  # 统一社会信用代码
    company: Company = field(default_factory=Company)  # addresses, bank data, contacts; with name and code
    opening_balance_hao: int = 0  # credited once, when the account is first seen
    credit_limit_hao: int = 0  # postpaid: how far the balance may go below zero
    billing_from: str = ""  # ISO date in China time from which monthly fees are due; empty: when it is first seen
    unknown_policy: UnknownPolicy = UnknownPolicy.AWAIT_RECEIPT
    routes: tuple[str, ...] = ()  # channels it may use; empty: any
    reroute_on_low_delivery: bool = False  # another of them is taken while one delivers less than usual
    default_alphabet: Encoding = Encoding.GSM7  # what data_coding 0 means from this client
    cmpp_version: int = 0  # 0x20 or 0x30 forced whatever CONNECT says; 0: the client's own
    keywords: tuple[str, ...] = ()  # forbidden to this account besides those of all
    allow_words: tuple[str, ...] = ()  # a forbidden word inside one of these does not count
    exempt_categories: frozenset[str] = frozenset()  # categories it is licensed for
    links: tuple[str, ...] = ()  # filed: host, or host and path
    phones: tuple[str, ...] = ()  # filed
    marketing_service_ids: frozenset[str] = frozenset()  # service ids whose messages are advertisements
    suspended: bool = False
    service_types: frozenset[str] = frozenset()  # of the contract's types those ordered; empty: all
    frequency_exempt: tuple[str, ...] = ()  # numbers that frequency limits do not hold for
    test_from: str = ""  # first day of the test period, ISO, China time; empty: none
    test_to: str = ""  # its last day; empty: by the contract's test_days
    term_end: str = ""  # last day of the first term; empty: by the contract's term_months
    nonrenewal_notice: str = ""  # day on which a notice of non-renewal was delivered
    term_start: str = ""  # first day of the contract's first term, ISO, China time; empty: no term is watched
    papers: tuple[Paper, ...] = ()
    refusal_statuses: Mapping[str, int] = field(default_factory=dict)  # SMPP statuses by reject key that replace ours
    refusal_results: Mapping[str, int] = field(default_factory=dict)  # CMPP Results, likewise
    quirks: frozenset[str] = frozenset()
