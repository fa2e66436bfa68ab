"""The policy of one account: everything the stages judge by, compiled once at (re)load so that a message only looks up.

Refusals are made here, one for each key, with the clause of the account's contract: a stage returns them as they are,
or with a detail of its own through `refuse`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.content.rules import ContentFacts, ContentRules, compile_rules
from gateway.contracts import terms
from gateway.contracts.billing import BYTES_SINGLE
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import SignatureBook, signature_book
from gateway.domain.account import (
    BARE_IS_DOMESTIC,
    EMPTY_SP_ID,
    INTERNATIONAL,
    MISLABELLED_TEXT,
    Account,
    MessageClass,
    ServiceCode,
    SignatureMode,
)
from gateway.domain.china_time import DAY_S
from gateway.domain.verdict import Key, Reject
from gateway.ledger.charging import ChargeOn, ChargingTerms, PartialFail, Tariff, tariff_for
from gateway.pipeline.policy.channels import Routes, RouteTable
from gateway.pipeline.policy.codes import Codes
from gateway.pipeline.policy.contracted_services import Services, services_of
from gateway.pipeline.policy.home_networks import HomeNetworks
from gateway.pipeline.policy.number_lists import ListRules, Lists
from gateway.pipeline.policy.tallies import Limits, Tallies, limits_of
from protocols.text.codings import Encoding

_ANY: Final = 255  # more characters than a segment holds
NO_FACTS: Final = ContentFacts()
_INJECT: Final = {SignatureMode.INJECT: None, SignatureMode.VERIFY: "client", SignatureMode.NONE: "none"}


FIELDS: Final = (
    "account", "bare_signature", "billed_once_octets", "book", "codes", "default_class", "doubts_bare", "empty_sp_id",
    "ends_at", "inject", "international", "login", "max_chars", "moves_low_delivery", "no_service_ids",
    "plain_split", "profile", "profile_tag", "protocols", "reads_mislabelled", "rejects", "rejects_by_receipt",
    "routes", "service_ids", "signed_clauses", "single_only", "span", "starts_at", "stopped", "suffix", "tariff",
    "triggered_service_ids",
    "window_classes", "window_clause", "window_rejects",
    "suspended_codes", "list_rules", "_stops", "flash_clause", "limits", "media_max_bytes", "routes_by_class",
    "services", "carriers", "narrow_multi", "narrow_whole",
    "content", "is_test", "tail_clauses", "unfiled",
    "content_lists", "facts", "tariffs", "change_version", "next_version_at",  # gateway.pipeline.policy.version_change
)


class Policy:
    """One account under one contract over one route table.

    `stopped` is the refusal of everything while it is set; the flows set it with `suspend` and clear it with `resume`,
    each for a cause of its own: what an operator stopped does not go on because a balance was topped up.
    `ends_at` is the end of the contract, exclusive, in unix seconds.
    """

    __slots__ = FIELDS

    def __init__(
        self,
        account: Account,
        profile: Profile,
        table: RouteTable,
        *,
        now: float,
        tariff: Tariff | None = None,
        ends_at: float | None = None,
        lists: Lists | None = None,
        content: ContentLists = NO_LISTS,
        facts: ContentFacts = NO_FACTS,
        tallies: Tallies | None = None,
    ) -> None:
        self.account = account
        self.profile = profile
        self.profile_tag = profile.tag
        self.tariff = tariff or tariff_for(profile.pay_mode, terms_of(account, profile))
        self.routes: Routes = table.routes(account.routes)
        self.routes_by_class = {each: table.routes(account.routes, each) for each in MessageClass}
        self.moves_low_delivery = account.reroute_on_low_delivery
        self.rejects = {key: Reject(key, _clause(profile, key.name)) for key in Key}
        self.rejects_by_receipt = (account.reject_mode or profile.reject_mode) == "receipt"
        self._compile_sender(account, profile, now)
        self._compile_content(account, profile)
        codes = [code.code for code in account.service_codes]
        self.list_rules = ListRules(lists, account.name, codes, profile) if lists is not None else None
        self.carriers = frozenset(profile.carriers)  # S2a-1
        self.limits: Limits | None = limits_of(account, profile, tallies) if tallies is not None else None
        self.starts_at = terms.starts_at(profile, account)
        self.ends_at = ends_at if ends_at is not None else terms.ends_at(profile, account)
        is_on_trial = bool(profile.test_days) and now < self.starts_at + profile.test_days * DAY_S  # S4-5.2
        self.is_test = is_on_trial or (self.limits is not None and self.limits.is_test_at(now))
        self.equip(content, facts)
        self.next_version_at = inf
        self.change_version: Callable[[float], None] | None = None
        self.tariffs: dict[str, Tariff] = {}  # of other versions, by tag
        self.stopped: Reject | None = None
        self._stops: dict[str, Reject] = {}
        self.suspended_codes: dict[str, Reject] = {}  # service codes that the complaint regime suspended
        if account.suspended:
            self.suspend("the account is suspended by its configuration", cause="configuration")

    def _compile_sender(self, account: Account, profile: Profile, now: float) -> None:
        self.protocols = account.protocols
        self.login = account.login
        self.codes = Codes(account.service_codes, now)
        self.service_ids = account.service_ids
        self.no_service_ids = not account.service_ids
        self.empty_sp_id = EMPTY_SP_ID in account.quirks
        self.international = INTERNATIONAL in account.quirks
        self.reads_mislabelled = MISLABELLED_TEXT in account.quirks
        self.doubts_bare = self.international and BARE_IS_DOMESTIC not in account.quirks
        # S0-1.2: what nobody declared is the profile's default (batch); a template's word comes with its stage
        is_by_account, is_by_template = profile.class_source == "account", profile.class_source == "template"
        self.default_class = account.message_class if is_by_account else MessageClass(profile.default_class)
        self.triggered_service_ids = frozenset[str]() if is_by_template else account.triggered_service_ids
        self.services: Services | None = services_of(account, profile)

    def _compile_content(self, account: Account, profile: Profile) -> None:
        self.max_chars = profile.max_chars
        self.media_max_bytes = profile.media_max_bytes
        self.flash_clause = _clause(profile, "FLASH")
        self.billed_once_octets = billed_once_octets(profile)
        self.plain_split = profile.split == "plain70"
        self.single_only = profile.split == "none"
        self.narrow_whole, self.narrow_multi = narrow_units(profile)
        self.book: SignatureBook = signature_book(account.signatures)
        self.inject = _INJECT[account.signature_mode]
        self.bare_signature = _bare_signature(self.book, self.inject or profile.sig_inject, profile)
        self.signed_clauses = (f"sign {_clause(profile, 'sig_inject')}",)
        self.suffix = profile.unsubscribe_suffix
        self.tail_clauses = (f"tail {_clause(profile, 'unsubscribe_suffix')}",)
        self.span = profile.window
        self.window_classes = frozenset(MessageClass(name) for name in profile.window_classes)
        self.window_clause = _clause(profile, "window")
        self.window_rejects = profile.window_mode == "reject"

    def equip(self, content: ContentLists, facts: ContentFacts) -> None:
        """Compile the rules of content again: the files were read again, or an operator decided something."""
        self.content_lists, self.facts = content, facts
        self.unfiled = facts.unfiled
        if facts.signatures is not None:
            self.book = signature_book(facts.signatures)
            self.bare_signature = _bare_signature(self.book, self.inject or self.profile.sig_inject, self.profile)
        self.content: ContentRules | None = compile_rules(
            self.account, self.profile, content, facts, self.book, is_test=self.is_test
        )

    def networks(self) -> HomeNetworks | None:
        """Return whose network a number is in, where that matters: numbers moved, or the contract asks."""
        networks = self.list_rules.lists.networks if self.list_rules is not None else None
        return networks if networks is not None and (networks.ported or self.carriers) else None

    def refuse(self, key: Key, detail: str) -> Reject:
        """Return the refusal of this contract for a key, with the words of this case."""
        return Reject(key, self.rejects[key].clause, detail)

    def suspend(self, detail: str, clause: str = "", *, cause: str = "operator") -> None:
        """Refuse everything from now on (arrears, an operator, the complaint regime of the account)."""
        self._stops[cause] = Reject(Key.SUSPENDED, clause or self.rejects[Key.SUSPENDED].clause, detail)
        self.stopped = next(iter(self._stops.values()))

    def stop(self, cause: str, reject: Reject) -> None:
        """Refuse everything from now on with this refusal (an account that was closed)."""
        self._stops[cause] = reject
        self.stopped = next(iter(self._stops.values()))

    def is_stopped_by(self, cause: str) -> bool:
        return cause in self._stops

    def resume(self, cause: str = "operator") -> None:
        """Take messages again, unless there is another cause that stands against it."""
        self._stops.pop(cause, None)
        self.stopped = next(iter(self._stops.values()), None)

    def tariff_of(self, profile_tag: str) -> Tariff:
        """Return the tariff of the version that judged a message."""
        return self.tariffs.get(profile_tag, self.tariff) if self.tariffs else self.tariff

    def service_code_of(self, source: str, now: float) -> ServiceCode | None:
        """Return the code in force that a source belongs to: its rate is the flows' business."""
        return self.codes.find(source, now)


def terms_of(account: Account, profile: Profile) -> ChargingTerms:
    """Return what charging must know: the account's own price and credit limit go before the profile's."""
    price_hao = account.price_hao or profile.price
    origin = "account" if account.price_hao else profile.tag
    return ChargingTerms(
        price_hao=price_hao,
        price_version=f"{origin}:{price_hao}",
        credit_limit_hao=account.credit_limit_hao,
        charge_on=ChargeOn(profile.charge_on),
        unknown_charge=profile.unknown_charge,
        partial_fail=PartialFail(profile.partial_fail),
        allows_last=profile.overdraft == "allow_last",
    )


def billed_once_octets(profile: Profile) -> dict[Encoding, int]:
    """Return by encoding how many octets of one wire segment are one billed segment whatever the text.

    A short cut for the hot path that never decides otherwise than contracts.billing: 0 where it cannot tell.
    """
    if not profile.count_signature or profile.bracket_units != 2 or profile.count_unit != "utf16":
        return dict.fromkeys(Encoding, 0)
    single = min(profile.bill_single, profile.max_chars, 140)
    octets = dict.fromkeys(Encoding, single)
    octets[Encoding.UCS2] = single * 2
    octets[Encoding.GBK] = 0
    if profile.latin_rule == "bytes140_134":
        octets[Encoding.ASCII] = min(BYTES_SINGLE, profile.max_chars)
    return octets


def narrow_units(profile: Profile) -> tuple[int, int]:
    """Return the characters of a Latin text that one wire segment, and each of several, may hold under the contract.

    A contract that counts characters and cuts without headers sends the pieces that it bills (S4-A2-6). Elsewhere the
    channel alone decides: what is billed and what is sent are two counts.
    """
    if profile.latin_rule != "chars" or profile.split != "plain70":
        return _ANY, _ANY
    return min(70, profile.bill_single), min(70, profile.bill_multi or profile.bill_single)


def _bare_signature(book: SignatureBook, mode: str, profile: Profile) -> str | None:
    """Return what goes in front of any text without brackets, perhaps nothing; None where each text must be read.

    A short cut for the hot path that never decides otherwise than contracts.signature.
    """
    if any(form.startswith("[") for form in book.own):
        return None
    if mode == "none":
        return ""
    return book.first if mode == "auto" and book.first and profile.sig_pos == "prefix" else None


def _clause(profile: Profile, subject: str) -> str:
    try:
        return clause_of(profile, subject)
    except KeyError:
        return "D"  # a refusal of the protocol, on which no contract has a word
