"""Every number list in memory, and what one account's numbers are looked up in.

    Lists      sets of numbers by kind and scope; edits and new bases come from flows.listing after their commit
    ListRules   the sets and refusals of one account (or carrier port), compiled again only when a list appears
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.protection import Protection
from gateway.contracts.service_type import service_type
from gateway.domain.account import MessageClass
from gateway.domain.channel import Channel
from gateway.domain.list_entry import EVERYWHERE, ListFact, ListKind, account_scope, code_scope
from gateway.domain.message import Message
from gateway.domain.numbers import LiveNumbers, key_of
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.policy.home_networks import HomeNetworks

Bars = tuple[tuple[LiveNumbers, Reject], ...]


class Lists:
    """The lists. `version` goes up when a list appears or a code comes under MO opt-in, not when a list's content
    changes: a compiled ListRules holds the living sets.
    """

    __slots__ = ("_groups", "_sets", "_subscribed", "networks", "optin_since", "protection", "version")

    def __init__(self) -> None:
        self._sets: dict[tuple[ListKind, str], LiveNumbers] = {}
        self._subscribed: dict[str, LiveNumbers] = {}  # by code: who subscribed by MO since the switch
        self.optin_since: dict[str, float] = {}  # S4-A3-3(3): code -> the switch
        self.protection = Protection()  # S0-5.6
        self._groups: Mapping[str, Iterable[str]] = {}
        self.networks = HomeNetworks()
        self.version = 1

    def find(self, kind: ListKind, scope: str) -> LiveNumbers | None:
        """Return a list, or None where it was never opened."""
        return self._sets.get((kind, scope))

    def open(self, kind: ListKind, scope: str) -> LiveNumbers:
        """Return a list; an empty new one where there was none."""
        live = self._sets.get((kind, scope))
        if live is None:
            live = self._sets[(kind, scope)] = LiveNumbers()
            self.version += 1
            if kind is ListKind.PORTED:
                self.load_networks(self._groups)
        return live

    def items(self) -> Iterable[tuple[tuple[ListKind, str], LiveNumbers]]:
        """Give every list with its kind and scope."""
        return tuple(self._sets.items())

    def apply(self, fact: ListFact) -> None:
        """Put a committed fact into effect."""
        self.open(fact.kind, fact.scope).set(fact.key, fact.is_added)

    def holds(self, kind: ListKind, key: int, account: str, code: str) -> bool:
        """Tell whether a number is on a list that holds everywhere, for the account, or for the code."""
        for scope in (EVERYWHERE, account_scope(account), code_scope(code)):
            live = self._sets.get((kind, scope))
            if live is not None and key in live:
                return True
        return False

    def load_networks(self, groups: Mapping[str, Iterable[str]]) -> None:
        """Take the prefixes of the networks; what numbers moved between them is a list like others."""
        self._groups = groups
        self.networks = HomeNetworks(groups, tuple(
            (scope.partition(":")[2], live) for (kind, scope), live in self._sets.items() if kind is ListKind.PORTED
        ))

    def has_code(self, code: str) -> bool:
        """Tell whether any list goes by a code."""
        return code in self._subscribed or any(scope == code_scope(code) for _, scope in self._sets)

    # --- MO opt-in ---------------------------------------------------------------------------------------------------

    def require_mo_optin(self, code: str, since: float, subscribers: LiveNumbers) -> None:
        """From `since` only numbers that subscribed by MO may be sent to under a code (S4-A3-3(3))."""
        self.optin_since[code] = since
        self._subscribed[code] = subscribers
        self.version += 1

    def end_mo_optin(self, code: str) -> None:
        """The whitelist of the client holds again."""
        self.optin_since.pop(code, None)
        self._subscribed.pop(code, None)
        self.version += 1

    def subscribers(self, code: str) -> LiveNumbers | None:
        """Return who subscribed since the switch; None where the code is not under MO opt-in."""
        return self._subscribed.get(code)


@dataclass(frozen=True, slots=True)
class _View:
    """What the numbers of one class under one code are looked up in."""

    bars: Bars
    whites: tuple[LiveNumbers, ...]
    subscribers: LiveNumbers | None  # under MO opt-in: the only numbers


class ListRules:
    """The lists before the numbers of one account, or of a carrier port (`account` empty, one code, its own contract).

    A number on a blacklist is refused in every regime (S4-2.3); one that is on both lists is refused.
    """

    __slots__ = (
        "_account", "_by_code", "_codes", "_general", "_is_by_type", "_is_open", "_profile", "_rejects",
        "_types", "_usual", "_version", "lists",
    )

    def __init__(self, lists: Lists, account: str, codes: Iterable[str], profile: Profile) -> None:
        self.lists = lists
        self._account = account
        self._codes = tuple(sorted(codes, key=len, reverse=True))
        self._profile = profile
        self._is_by_type = profile.regime == "by_type"
        self._types = {name.lower(): regime for name, regime in profile.service_types.items()}
        # a type that is not contracted is refused elsewhere (SVC)
        self._usual = {
            name: profile.service_types.get(service_type(profile, "", name), "blacklist") for name in MessageClass
        }
        self._rejects = _rejects(profile)
        self._version = 0

    def refuse(self, message: Message) -> Reject | None:
        """Return the refusal that the lists hold against a message, or None."""
        if self._version != self.lists.version:
            self._compile()
        if self._is_open:
            return None
        submission, class_ = message.submission, message.message_class
        view = self._general[class_]
        if self._by_code:
            view = self._by_code.get((class_, self._code_of(submission.source)), view)
        key = key_of(submission.destination)
        for live, reject in view.bars:
            if key in live:
                return reject
        if view.subscribers is not None:
            return None if key in view.subscribers else self._rejects["optin"]
        if self._is_by_type:
            regime = self._types.get(submission.service_id.lower()) or self._usual[class_]
        else:
            regime = self._profile.regime_list
        if regime == "blacklist":
            return None
        for live in view.whites:
            if key in live:
                return None
        return self._rejects["white"]

    def refuse_tester(self, message: Message) -> Reject | None:
        """Refuse a number that no list of test recipients holds, where there is one (S4-A1-12)."""
        find, submission = self.lists.find, message.submission
        scopes = (EVERYWHERE, account_scope(self._account), code_scope(self._code_of(submission.source)))
        testers = [live for scope in scopes if (live := find(ListKind.TEST, scope)) is not None and len(live)]
        if not testers:
            return None
        key = key_of(submission.destination)
        return None if any(key in live for live in testers) else self._rejects["test"]

    def refuse_part(self, message: Message) -> Reject | None:
        """Return the refusal of one part of a long message: only what holds whatever the whole turns out to be."""
        part, found = message.twin(), []
        for part_class in MessageClass:
            part.message_class = part_class
            found.append(self.refuse(part))
        return found[0] if all(each is not None and each.key is not Key.WHITE for each in found) else None

    def _code_of(self, source: str) -> str:
        if not self._account:
            return self._codes[0]
        return next((code for code in self._codes if source.startswith(code)), "")

    def _compile(self) -> None:
        self._version = self.lists.version
        general = (EVERYWHERE, account_scope(self._account)) if self._account else (EVERYWHERE,)
        self._general = {class_: self._view(class_, general, "") for class_ in MessageClass}
        codes = [code for code in self._codes if self.lists.has_code(code)]
        self._by_code = {
            (class_, code): self._view(class_, (*general, code_scope(code)), code)
            for code in codes
            for class_ in MessageClass
        }
        regimes = self._types.values() if self._is_by_type else (self._profile.regime_list,)
        has_bars = any(view.bars for view in self._general.values())
        self._is_open = "whitelist" not in regimes and not has_bars and not self._by_code

    def _view(self, class_: MessageClass, scopes: Iterable[str], code: str) -> _View:
        find, profile = self.lists.find, self._profile
        bars = [(ListKind.BLACKLIST, "black")]
        if class_ in profile.unsubscribed_classes:
            bars.append((ListKind.UNSUBSCRIBED, "unsub"))
        return _View(
            tuple((live, self._rejects[word]) for kind, word in bars for scope in scopes if (live := find(kind, scope))
                  is not None),
            tuple(live for scope in scopes if (live := find(ListKind.WHITELIST, scope)) is not None),
            self.lists.subscribers(code),
        )


def carrier_list_rules(lists: Lists, channel: Channel, profile: Profile | None) -> ListRules | None:
    """Return the lists of a carrier's contract, for one that goes by service type (S4-3.1); else None."""
    if profile is None or profile.regime != "by_type":
        return None
    return ListRules(lists, "", (channel.service_code,), profile)


def _rejects(profile: Profile) -> dict[str, Reject]:
    return {
        "black": Reject(Key.BLACK, clause_of(profile, "BLACK"), "the number is on a blacklist"),
        "unsub": Reject(Key.UNSUB, clause_of(profile, "UNSUB"), "the recipient has unsubscribed"),
        "white": Reject(Key.WHITE, clause_of(profile, "WHITE"), "the number is on no whitelist of this service"),
        "optin": Reject(
            Key.WHITE, clause_of(profile, "mo_optin_after_relapses"),
            "only numbers that subscribed by MO may be written to under this code",
        ),
        "test": Reject(
            Key.WHITE, clause_of(profile, "test_quota"), "in the test period only listed test recipients are written to"
        ),
    }
