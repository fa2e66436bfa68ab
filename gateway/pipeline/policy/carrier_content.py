"""What the carrier's contract of a channel asks of a text: advertising, words, templates, links, a signature.

A word of the carrier's contract is no violation of the client's: nothing is charged or barred for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.content.lexicon import Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.rules import ContentFacts, ContentRules, compile_rules
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import SignatureBook
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.message import Message
from gateway.domain.verdict import Key, Reject

_NO_FACTS: Final = ContentFacts()


class ChannelContent:
    """The rules of one channel's carrier; what concerns an account's templates and links is compiled on first use."""

    __slots__ = ("_by_account", "_lists", "_name", "_profile", "_unsigned")

    def __init__(self, channel: Channel, profile: Profile, lists: ContentLists) -> None:
        self._name = channel.name
        self._profile = profile
        self._lists = replace(lists, lexicon=_advertising(profile, lists))
        self._by_account: dict[str, tuple[SignatureBook, ContentRules | None]] = {}
        self._unsigned: Reject | None = None
        # a carrier that adds the signature itself takes room for it in front of each text (S4-3.9a)
        is_added_there = profile.sig_inject == "auto" and channel.quirks.prefix_length > 0
        if profile.sig_required and not is_added_there:
            detail = f"channel {channel.name} takes signed texts only"
            self._unsigned = Reject(Key.SIGN, clause_of(profile, "sig_required"), detail)

    def refuse(self, message: Message, account: Account, book: SignatureBook) -> Reject | None:
        """Return what the carrier's contract holds against a text, or None; octets have no words."""
        if message.text is None:
            return None
        if self._unsigned is not None and not message.signature:
            return self._unsigned
        rules = self._rules_for(account, book)
        if rules is None:
            return None
        judged = message.twin()  # class, template and doubts of the message are for the client's contract to tell
        judged.body = message.text if message.body is None else message.body
        verdict = rules.judge(judged)
        if not isinstance(verdict, Reject):
            return None
        return Reject(verdict.key, verdict.clause, f"channel {self._name}: {verdict.detail}")

    def _rules_for(self, account: Account, book: SignatureBook) -> ContentRules | None:
        known = self._by_account.get(account.name)
        if known is None or known[0] is not book:
            bare = replace(account, keywords=(), exempt_categories=frozenset())
            known = book, compile_rules(bare, self._profile, self._lists, _NO_FACTS, book)
            self._by_account[account.name] = known
        return known[1]


def channel_content_of(channel: Channel, profile: Profile | None, lists: ContentLists) -> ChannelContent | None:
    """Return the rules of a channel's carrier; None where no contract is attached to it."""
    return None if profile is None else ChannelContent(channel, profile, lists)


def _advertising(profile: Profile, lists: ContentLists) -> Lexicon | None:
    """Return the words of advertising, where the carrier takes none; forbidden ones are the client's contract's."""
    if profile.allow_marketing or lists.lexicon is None:
        return None
    categories = [each for each in lists.lexicon.categories.values() if each.action is WordAction.MARKETING]
    return Lexicon(categories) if categories else None
