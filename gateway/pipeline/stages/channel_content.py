"""What the carrier's contract of a channel says to a text: advertising, words, templates, links, a signature.

It stands behind the choice of the channel. A text that this carrier does not take goes to another channel of the
account that takes it; only where there is none is it refused, with the clause of the first carrier's contract. A word
of the carrier's contract is no violation of the client's: nothing is charged or barred for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.content.lexicon import Action, Lexicon
from gateway.content.lists import ContentLists
from gateway.content.rules import ContentFacts, ContentRules, compile_rules
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import SignatureBook
from gateway.domain.channel import Channel
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.number_lists import check_channel_lists
from gateway.pipeline.stages.route import choose_channel

NOTE: Final = "channel_content"  # the stage; in `clauses` with the clause that led to another channel
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

    def refuse(self, message: Message, policy: Policy) -> Reject | None:
        """Return what the carrier's contract holds against a text, or None; octets have no words."""
        if message.text is None:
            return None
        if self._unsigned is not None and not message.signature:
            return self._unsigned
        rules = self._rules_for(policy)
        if rules is None:
            return None
        judged = message.twin()  # class, template and doubts of the message are for the client's contract to tell
        judged.body = message.text if message.body is None else message.body
        verdict = rules.judge(judged)
        if not isinstance(verdict, Reject):
            return None
        return Reject(verdict.key, verdict.clause, f"channel {self._name}: {verdict.detail}")

    def _rules_for(self, policy: Policy) -> ContentRules | None:
        account, book = policy.account, policy.book
        known = self._by_account.get(account.name)
        if known is None or known[0] is not book:
            bare = replace(account, keywords=(), exempt_categories=frozenset())
            known = book, compile_rules(bare, self._profile, self._lists, _NO_FACTS, book)
            self._by_account[account.name] = known
        return known[1]


def channel_content(channel: Channel, profile: Profile | None, lists: ContentLists) -> ChannelContent | None:
    """Return the rules of a channel's carrier; None where no contract is attached to it."""
    return None if profile is None else ChannelContent(channel, profile, lists)


def _advertising(profile: Profile, lists: ContentLists) -> Lexicon | None:
    """Return the words of advertising, where the carrier takes none; forbidden ones are the client's contract's."""
    if profile.allow_marketing or lists.lexicon is None:
        return None
    categories = [each for each in lists.lexicon.categories.values() if each.action is Action.MARKETING]
    return Lexicon(categories) if categories else None


def check_channel_content(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a text by the carrier's contract of the chosen channel, or choose another channel that takes it."""
    rules = policy.routes.views[message.channel].content_gate
    if rules is None:
        return ACCEPT
    refusal = rules.refuse(message, policy)
    return ACCEPT if refusal is None else _elsewhere(message, policy, now, refusal)


def _elsewhere(message: Message, policy: Policy, now: float, refusal: Reject) -> Verdict:
    """Set another channel whose carrier takes number and text; else return the first carrier's refusal."""
    first, tried = message.channel, message.tried_channels
    verdict: Verdict = refusal
    while verdict is not ACCEPT:
        message.tried_channels += (message.channel,)
        if choose_channel(message, policy, now) is not ACCEPT:
            message.channel, message.tried_channels = first, tried
            return refusal
        verdict = check_channel_lists(message, policy, now)
        other = policy.routes.views[message.channel].content_gate
        if verdict is ACCEPT and other is not None:
            verdict = other.refuse(message, policy) or ACCEPT
    message.tried_channels = tried
    message.clauses += (f"{NOTE} {refusal.clause}",)
    return ACCEPT
