"""Lists while the gateway runs: an MO that unsubscribes or subscribes, and committed edits put into effect.

The recipient's word is a fact in the transaction of its MO, and holds once that is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.contracts.mo_words import Wish, WordBook, word_book
from gateway.contracts.profile import Profile
from gateway.domain.listing import (
    BY_RECIPIENT,
    EVERYWHERE,
    Evidence,
    ListFact,
    ListKind,
    account_scope,
    code_scope,
)
from gateway.domain.numbers import NumberSet, key_of
from gateway.domain.outcome import Inbound
from gateway.domain.ports import Journal
from gateway.pipeline.destination import normalise
from gateway.pipeline.lists import Lists
from gateway.pipeline.policy import Policy


class Listing:
    """Keeps the lists of the pipeline in step with what is committed."""

    def __init__(self, lists: Lists, journal: Journal, policies: Mapping[str, Policy]) -> None:
        self.lists = lists
        self._journal = journal
        self._policies = policies
        self._words = word_book()
        self._books: dict[tuple[tuple[str, ...], tuple[str, ...]], WordBook] = {}
        self.wishes = dict.fromkeys(Wish, 0)  # MO understood so far

    def load(self, words: WordBook, networks: Mapping[str, Iterable[str]]) -> None:
        """Take the node's words (a contract may have its own) and the prefixes of the networks."""
        self.lists.load_networks(networks)
        self._words = words
        self._books.clear()

    # --- the recipient's word ----------------------------------------------------------------------------------------

    def heard(self, inbound: Inbound) -> None:
        """Take what an MO of an account asks for; MUST be called in the turn in which the MO is journalled."""
        policy = self._policies[inbound.account]
        wish = self._book(policy.profile).wish(inbound.text)
        number = normalise(inbound.source) if wish is not None else None
        if wish is None or number is None:
            return
        self.wishes[wish] += 1
        facts = tuple(self._facts(wish, key_of(number), inbound, policy))
        for fact in facts:
            self._journal.listed(fact)
        self._journal.then(self._committed, facts)

    def _book(self, profile: Profile) -> WordBook:
        own = (profile.unsubscribe_words, profile.subscribe_words)
        if own == ((), ()):
            return self._words
        book = self._books.get(own)
        if book is None:
            named = word_book(*own)
            book = self._books[own] = WordBook(
                named.unsubscribe or self._words.unsubscribe, named.subscribe or self._words.subscribe
            )
        return book

    def _facts(self, wish: Wish, key: int, inbound: Inbound, policy: Policy) -> Iterable[ListFact]:
        codes = [each.code for each in policy.account.service_codes if inbound.destination.startswith(each.code)]
        code = max(codes, key=len, default=inbound.destination)
        scope = {
            "code": code_scope(code), "account": account_scope(inbound.account), "everywhere": EVERYWHERE,
        }[policy.profile.unsubscribe_scope]  # fmt: skip
        at = inbound.received_at
        said = Evidence(BY_RECIPIENT, at, f"MO {inbound.seq} over {inbound.channel}")
        if wish is Wish.UNSUBSCRIBE:
            yield ListFact(ListKind.UNSUBSCRIBED, scope, key, True, at, said)
            if self._is_in(ListKind.WHITELIST, code_scope(code), key) or self.lists.subscribers(code) is not None:
                yield ListFact(ListKind.WHITELIST, code_scope(code), key, False, at, said)
        else:
            yield ListFact(ListKind.WHITELIST, code_scope(code), key, True, at, said)
            if self._is_in(ListKind.UNSUBSCRIBED, scope, key):
                yield ListFact(ListKind.UNSUBSCRIBED, scope, key, False, at, said)

    def _is_in(self, kind: ListKind, scope: str, key: int) -> bool:
        live = self.lists.find(kind, scope)
        return live is not None and key in live

    def _committed(self, facts: Iterable[ListFact]) -> None:
        for fact in facts:
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
        """Note what changes in these lists while they are read anew."""
        for kind, scope in names:
            self.lists.open(kind, scope).mark()

    def read_anew(self, sets: Mapping[tuple[ListKind, str], NumberSet]) -> None:
        """Swap in lists that were read after `marked`."""
        for (kind, scope), found in sets.items():
            self.lists.open(kind, scope).swap(found)
