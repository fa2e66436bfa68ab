"""Lists while the gateway runs: an MO that unsubscribes or subscribes, and committed edits put into effect.

The recipient's word is a fact in the transaction of its MO, and holds once that is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.content.offers import offers_in
from gateway.content.replies import needs_offers, wish_of
from gateway.contracts.mo_words import MoWish, WordBook, over, word_book
from gateway.contracts.profile import Profile
from gateway.domain.list_entry import (
    BY_RECIPIENT,
    EVERYWHERE,
    Evidence,
    ListFact,
    ListKind,
    account_scope,
    code_scope,
)
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import NumberSet, key_of
from gateway.domain.outcome import Inbound
from gateway.domain.recent import SentText
from gateway.domain.store_interfaces import Journal
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.number_lists import Lists


class Listing:
    """Keeps the lists of the pipeline in step with what is committed."""

    def __init__(self, lists: Lists, journal: Journal, policies: Mapping[str, Policy]) -> None:
        self.lists = lists
        self._journal = journal
        self._policies = policies
        self._words = word_book()
        self._books: dict[tuple[tuple[str, ...], tuple[str, ...]], WordBook] = {}
        self._appended: dict[tuple[ListKind, str, int], ListFact] = {}  # recipients' words that are not committed yet
        self.wishes = dict.fromkeys(MoWish, 0)  # MO understood so far

    def load(self, words: WordBook, networks: Mapping[str, Iterable[str]]) -> None:
        """Take the node's words (a contract may have its own) and the prefixes of the networks."""
        self.lists.load_networks(networks)
        self._words = words
        self._books.clear()

    # --- the recipient's word ----------------------------------------------------------------------------------------

    def must_know_offers(self, inbound: Inbound) -> bool:
        """Tell whether an MO may mean what a message before it offered."""
        return bool(inbound.text) and needs_offers(inbound.text)

    def act_on(self, inbound: Inbound, texts: Sequence[SentText] = ()) -> None:
        """Take what an MO of an account asks for; MUST be called in the step of the loop in which the MO is journalled.

        `texts` are those to its sender that may have offered something, the newest first.
        """
        policy = self._policies[inbound.account]
        if not inbound.text:
            return
        offers = self._offers(inbound, policy, texts) if texts else {}
        wish = wish_of(inbound.text, offers, self._book(policy.profile))
        number = normalise(inbound.source) if wish is not None else None
        if wish is None or number is None:
            return
        self.wishes[wish] += 1
        facts = tuple(self._facts(wish, key_of(number), inbound, policy))
        for fact in facts:
            self._appended[fact.kind, fact.scope, fact.key] = fact
            self._journal.listed(fact)
        self._journal.then(self._committed, facts)

    def _book(self, profile: Profile) -> WordBook:
        own = (profile.unsubscribe_words, profile.subscribe_words)
        if own == ((), ()):
            return self._words
        book = self._books.get(own)
        if book is None:
            book = self._books[own] = over(word_book(*own), self._words)
        return book

    def _offers(self, inbound: Inbound, policy: Policy, texts: Iterable[SentText]) -> dict[str, MoWish | None]:
        """Return what the last text offered that came from the number the MO went to, else from another of its code."""
        code = _code_of(inbound, policy)
        found = [(sent.source, offers_in(sent.text)) for sent in texts if sent.source.startswith(code)]
        offering = [(source, offers) for source, offers in found if offers]
        same = [offers for source, offers in offering if source == inbound.destination]
        return same[0] if same else offering[0][1] if offering else {}

    def _facts(self, wish: MoWish, key: int, inbound: Inbound, policy: Policy) -> Iterable[ListFact]:
        code = _code_of(inbound, policy)
        scope = {
            "code": code_scope(code), "account": account_scope(inbound.account), "everywhere": EVERYWHERE,
        }[policy.profile.unsubscribe_scope]
        at = inbound.received_at
        said = Evidence(BY_RECIPIENT, at, f"MO {inbound.seq} over {inbound.channel}")
        if wish is MoWish.UNSUBSCRIBE:
            yield ListFact(ListKind.UNSUBSCRIBED, scope, key, True, at, said)
            if self._is_in(ListKind.WHITELIST, code_scope(code), key) or self.lists.subscribers(code) is not None:
                yield ListFact(ListKind.WHITELIST, code_scope(code), key, False, at, said)
        else:
            yield ListFact(ListKind.WHITELIST, code_scope(code), key, True, at, said)
            if self._is_in(ListKind.UNSUBSCRIBED, scope, key):
                yield ListFact(ListKind.UNSUBSCRIBED, scope, key, False, at, said)

    def _is_in(self, kind: ListKind, scope: str, key: int) -> bool:
        """Tell whether a number is in a list, what is being committed included."""
        appended = self._appended.get((kind, scope, key))
        if appended is not None:
            return appended.is_added
        live = self.lists.find(kind, scope)
        return live is not None and key in live

    def _committed(self, facts: Iterable[ListFact]) -> None:
        for fact in facts:
            if self._appended.get((fact.kind, fact.scope, fact.key)) is fact:
                del self._appended[fact.kind, fact.scope, fact.key]
            self.lists.apply(fact)
            if fact.kind is ListKind.WHITELIST:
                subscribers = self.lists.subscribers(fact.scope.partition(":")[2])
                if subscribers is not None:
                    subscribers.set(fact.key, fact.is_added)

    # --- orders of operators, behind their commit ---------------------------------------------------------------------

    def edited(self, kind: ListKind, changes: Iterable[tuple[str, int, bool]]) -> None:
        """Put single committed changes (scope, key, is_added) into effect."""
        for scope, key, is_added in changes:
            self.lists.open(kind, scope).set(key, is_added)

    def marked(self, names: Iterable[tuple[ListKind, str]]) -> None:
        """Note what changes in these lists while they are read again."""
        for kind, scope in names:
            self.lists.open(kind, scope).mark()

    def read_anew(self, sets: Mapping[tuple[ListKind, str], NumberSet]) -> None:
        """Swap in lists that were read after `marked`."""
        for (kind, scope), found in sets.items():
            self.lists.open(kind, scope).swap(found)


def _code_of(inbound: Inbound, policy: Policy) -> str:
    """Return the service code that an MO went to."""
    codes = [each.code for each in policy.account.service_codes if inbound.destination.startswith(each.code)]
    return max(codes, key=len, default=inbound.destination)
