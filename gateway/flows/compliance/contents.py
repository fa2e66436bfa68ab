"""What operators decided about contents, in force: stopped contents, barred accounts, filed signatures.

A decision is stored first; `put_in_force` then compiles the accounts that it is about again. What waits with a content
that was stopped ends as it is taken from its queue (`stops`), or at once when the queues are swept (`sweep`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.content.kills import Kill
from gateway.content.lists import NO_LISTS, ContentLists
from gateway.content.rules import ContentFacts, ContentRules
from gateway.contracts.filing import Filing, accepted_names
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import State
from gateway.domain.store_interfaces import HELD, READY, URGENT
from gateway.domain.verdict import Key
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.backlog import Backlog
from gateway.flows.messages.channel_sender import ChannelSender
from gateway.flows.messages.deferred_queue import DeferredQueue
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.account_policy import Policy

PAGE: Final = 200  # messages looked at in one step of the loop
_WAITING: Final = SegmentState.WAITING


@dataclass(frozen=True, slots=True)
class Bar:
    """An account that may not send because of a violation, until an operator lifts it."""

    account: str
    at: float
    clause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Advice:
    """An account whose signatures are to be advised on (S4-3.9c): refusals of its day; repeated: of a second level."""

    account: str
    at: float
    count: int
    is_repeated: bool = False


@dataclass(slots=True)
class Decisions:
    """Everything decided, as the store has it."""

    kills: dict[int, Kill] = field(default_factory=dict)
    bars: dict[str, Bar] = field(default_factory=dict)
    filings: dict[tuple[str, str], Filing] = field(default_factory=dict)  # by account and signature


class ContentStore(Protocol):
    """Where decisions are kept. Each call MUST have committed when it returns, and MAY raise StoreAway."""

    async def decisions(self) -> Decisions: ...
    async def add_kill(self, kill: Kill, tasks_of: Profile | None) -> Kill: ...
    async def add_bar(self, bar: Bar, tasks_of: Profile | None) -> None: ...
    async def advise(self, advice: Advice, profile: Profile) -> None: ...
    async def wrong_signatures(self, since: float) -> dict[str, int]: ...


@dataclass(slots=True)
class Swept:
    """What a sweep ended: messages, their segments, the holds that it released."""

    messages: int = 0
    segments: int = 0
    released_hao: int = 0


class Contents:
    """Decisions in force over the policies of a node."""

    def __init__(
        self, context: FlowContext, policies: Mapping[str, Policy], dispatch: Dispatch, receipts: Receipts,
        store: ContentStore,
    ) -> None:
        self.store = store
        self._policies = policies
        self._dispatch = dispatch
        self._receipts = receipts
        self._journal, self._reader, self._clock = context.journal, context.reader, context.clock
        self._lists: ContentLists = NO_LISTS
        self.decided = Decisions()

    def load(self, lists: ContentLists) -> None:
        """Take the lists of a configuration; accounts are compiled with them by whoever loads it."""
        self._lists = lists

    # --- what is in force --------------------------------------------------------------------------------------------

    def facts_of(self, account: Account, profile: Profile) -> ContentFacts:
        """Return what is decided about an account."""
        name, decided = account.name, self.decided
        kills = tuple(kill for kill in decided.kills.values() if kill.account in ("", name))
        filings = [filing for (owner, _), filing in decided.filings.items() if owner == name]
        bar = decided.bars.get(name)
        if not filings and not profile.sig_filing:
            return ContentFacts(kills, bar.reason if bar else "")
        accepted, refused = accepted_names(account.signatures, filings, is_required=profile.sig_filing)
        return ContentFacts(kills, bar.reason if bar else "", accepted, refused)

    async def restore(self) -> None:
        """Put in force what is stored; may raise StoreAway."""
        self.put_in_force(await self.store.decisions())

    def put_in_force(self, decided: Decisions) -> None:
        """Put decisions in force for every account."""
        self.decided = decided
        self.equip(self._policies)

    def equip(self, accounts: Iterable[str]) -> None:
        """Compile what is decided about some accounts."""
        for name in accounts:
            policy = self._policies[name]
            policy.equip(self._lists, self.facts_of(policy.account, policy.profile))

    # --- what waits ------------------------------------------------------------------------------------------------

    def stops(self, message: Message) -> bool:
        """End a message whose content was stopped while it waited; False for another."""
        rules = self._policies[message.account.name].content if self.decided.kills else None
        kill = rules.stopped(message) if rules is not None else None
        if kill is None or not may_stop(message):
            return False
        self._end(message, kill)
        return True

    def _end(self, message: Message, kill: Kill) -> None:
        now = self._clock()
        message.is_stopped = True
        self._journal.amended(message, f"stopped {kill.id}", now)
        for index in range(len(message.parts)):
            self._receipts.ended(message, index, State.REJECTED, Key.CONTENT.stat, now)

    async def sweep(self, is_meant: Callable[[Message], bool]) -> Swept:
        """End what waits with a stopped content, in memory and in the store; a page in a step of the loop.

        May raise StoreAway: what was not reached ends as it is taken from its queue.
        """
        ending = _Ending(self.stops, is_meant)
        for sender in tuple(self._dispatch.senders.values()):
            await self._walk(sender, ending.look)
            sender.schedule_claims()
        return ending.swept

    async def preview(self, kill: Kill) -> Swept:
        """Count what a sweep would end if a content were stopped now; nothing is changed. May raise StoreAway."""
        counting = _Ending(_WouldStop(self._rules_with(kill)).stops, lambda message: True)
        for sender in tuple(self._dispatch.senders.values()):
            await self._walk(sender, counting.look)
        return counting.swept

    def _rules_with(self, kill: Kill) -> dict[str, ContentRules]:
        """Return the rules of each account that a kill is about as they would be with it alone."""
        return {
            name: ContentRules(
                policy.account, policy.profile, self._lists, ContentFacts((kill,)), policy.book, is_test=policy.is_test
            )
            for name, policy in self._policies.items() if kill.account in ("", name)
        }

    async def _walk(self, sender: ChannelSender, look: Callable[[Message], None]) -> None:
        """Show each message that waits for a channel, in memory and in the store."""
        for queue, name in ((sender.urgent, URGENT), (sender.ready, READY), (sender.deferred, HELD)):
            for page in _pages(queue.messages()):
                for message in page:
                    look(message)
                await asyncio.sleep(0)
            await self._walk_store(sender.channel.name, queue, name, look)
        for page in _pages(sender.rate_queues.messages()):
            for message in page:
                look(message)
            await asyncio.sleep(0)

    async def _walk_store(
        self, channel: str, queue: Backlog | DeferredQueue, name: str, look: Callable[[Message], None]
    ) -> None:
        """Show what a queue holds in the store only.

        What entered memory while a page was read ends as it is taken from its queue: there are two copies of it now.
        """
        after_id = queue.spilled_after
        while after_id is not None:
            found = await self._reader.waiting(channel, after_id, PAGE, name)
            for message in found:
                if queue.is_spilled(message.id):
                    look(message)
            after_id = found[-1].id if len(found) == PAGE else None

    def under_way(self, kill: Kill) -> int:
        """Return how many messages with a content are with carriers, as far as memory knows: they cannot be stopped."""
        count = 0
        for message in self._receipts.living().values():
            rules = self._policies[message.account.name].content
            found = rules.stopped(message) if rules is not None else None
            count += found is not None and found.id == kill.id
        return count


class _Ending:
    """Adds up what is stopped of the messages that it is shown."""

    def __init__(self, stops: Callable[[Message], bool], is_meant: Callable[[Message], bool]) -> None:
        self.swept = Swept()
        self._stops, self._is_meant = stops, is_meant

    def look(self, message: Message) -> None:
        if self._is_meant(message) and self._stops(message):
            self.swept.messages += 1
            self.swept.segments += len(message.parts)
            self.swept.released_hao += message.amount_hao


class _WouldStop:
    """Tells which messages a content that is not stopped yet would stop."""

    def __init__(self, rules: Mapping[str, ContentRules]) -> None:
        self._rules = rules

    def stops(self, message: Message) -> bool:
        rules = self._rules.get(message.account.name)
        return rules is not None and may_stop(message) and rules.stopped(message) is not None


def may_stop(message: Message) -> bool:
    """Tell whether nothing of a message was claimed or has ended."""
    return not message.is_stopped and message.states.count(_WAITING) == len(message.states)


def _pages(messages: list[Message]) -> Iterator[list[Message]]:
    for start in range(0, len(messages), PAGE):
        yield messages[start : start + PAGE]
