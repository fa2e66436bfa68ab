"""Sends through one channel: its links, queues and rate. It claims and hands over; it decides no outcome.

    claim_now      at accept, before the commit: claim a link that has room and rate to spare
    hand_over      after the commit: to the link that was claimed; into a queue where none was
    claim_waiting  whenever room appears: claim for those that wait, commit the claims, then hand over

All parts of one message leave over one link. Triggered messages go before batch ones; messages whose window is closed
are held until it opens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from math import inf
from typing import Final

from gateway.domain.account import MessageClass
from gateway.domain.channel import Channel
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import Answer
from gateway.domain.store_interfaces import CLAIM, READY, URGENT
from gateway.flows.interfaces import FlowContext, Link, Timer
from gateway.flows.messages.backlog import Backlog
from gateway.flows.messages.queues import Queues
from gateway.flows.rates.channel_pace import ChannelPace, Throttle
from gateway.flows.rates.open_hours import OpenHours

RETRY_S: Final = 1.0
_WAITING: Final = int(SegmentState.WAITING)
_CLAIMED: Final = int(SegmentState.CLAIMED)

StopsWaiting = Callable[[Message], bool]
"""Ends a message whose content was stopped, or whose number was listed, while it waited; tells whether it did."""


class LinkRotation:
    """The links of a channel, one after another until it is full. `links` by name; `pick` finds one with room."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self._order: deque[Link] = deque()

    def add(self, link: Link) -> None:
        self.links[link.name] = link
        self._order.append(link)

    def remove(self, link: Link) -> None:
        if self.links.pop(link.name, None) is not None:
            self._order.remove(link)

    def pick(self, message: Message, *, is_even: bool = False) -> Link | None:
        """Return a link with room; the one that has other parts of this message, while it is bound.

        `is_even`: each message takes the next link, for a carrier may limit each of them.
        """
        own = self.links.get(message.link)
        if own is not None and own.is_bound:
            return own if own.room > 0 else None
        links = self._order
        for _ in range(len(links)):
            link = links[0]
            if link.room > 0:
                if is_even:
                    links.rotate(-1)
                return link
            links.rotate(-1)
        return None


class ChannelSender:
    """What waits for one channel leaves over its links, at its rate."""

    def __init__(
        self, context: FlowContext, channel: Channel, hours: OpenHours, stops: StopsWaiting,
        end_waiting: Callable[[Message], None], fail: Callable[[Message, int, Exception], None],
    ) -> None:
        self.channel = channel
        self._journal, self._clock, self._spawn = context.journal, context.clock, context.spawn
        self._loop = loop = context.loop
        self._limits, self._emit = context.limits, context.emit
        self._meters = context.meters.channel(channel.name)
        self._hours, self._stops, self._end_waiting, self._fail = hours, stops, end_waiting, fail
        self._rotation = LinkRotation()
        self.links = self._rotation.links
        self._pace = ChannelPace(channel.rate_per_s, loop.time())
        self.learnt = self._pace.learnt  # the rate that the carrier takes; links tell it what was taken
        self.throttle = Throttle(channel.name, self._pace, context.emit, self._arm)
        self.queues = queues = Queues(context, channel.name, hours.departure_paces)
        self.urgent, self.ready = queues.urgent, queues.ready
        self.deferred, self.rate_queues = queues.deferred, queues.rate_queues
        self.find, self.oldest_age_s, self._put_in_front = queues.find, queues.oldest_age_s, queues.put_in_front
        self._committing: set[int] = set()  # claimed while they waited, the claim not committed yet
        self._timer: Timer | None = None
        self._timer_at = 0.0
        self.is_paused = self.is_stopped = False  # by the drain of the node; by the carrier's contract
        self.queued = 0  # messages that wait, in the store too; below 0 while those from before a restart leave
        self.entering = 0  # accepted without a link: their commit queues them
        self._is_full = False  # no link had room when last asked; a link that has some again asks for claims

    def add_link(self, link: Link) -> None:
        self._rotation.add(link)

    def remove_link(self, link: Link) -> None:
        self._rotation.remove(link)

    # --- accept ------------------------------------------------------------------------------------------------

    def claim_now(self, message: Message, now: float) -> None:
        """Claim a link for a message that is about to be committed, if it may leave at once."""
        message.channel = self.channel.name
        if not (self._may_leave(message, now) and self._claim(message, now)):
            self.entering += 1

    def _may_leave(self, message: Message, now: float) -> bool:
        if message.not_before > now or self.urgent or self.ready or self.is_paused or self.is_stopped:
            return False
        if self._is_deferred(message, now) or not self._may_pass(message):
            return False
        return not self._pace.is_on or self._pace.ready_at(len(message.parts), self._loop.time()) <= self._loop.time()

    def _is_deferred(self, message: Message, now: float) -> bool:
        return not self._hours.is_open(now) and self._hours.defers(message, now)

    def _may_pass(self, message: Message) -> bool:
        return not self._hours.departure_paces or self.rate_queues.may_pass(message, self._loop.time())

    def undo_claim(self, message: Message) -> None:
        """Undo `claim_now`: the message will not be committed."""
        link = self.links.get(message.link)
        if link is not None:
            link.unclaim(len(message.parts))
        self._pace.drop(len(message.parts))
        message.link = ""

    def hand_over(self, message: Message) -> None:
        """Hand a committed message to its link, or queue it."""
        if not message.link:
            self.entering -= 1
            self.enqueue(message)
            return
        self._committing.discard(message.id)
        link = self.links.get(message.link)
        states = message.states
        try:
            is_held = message.is_stopped or self._is_deferred(message, self._clock())
        except Exception as fault:
            self._strand(message, fault)
            return
        if link is None or not link.is_bound or is_held:
            self._give_claim_back(message, link)
            self._return_claimed(message)
            return
        if self._pace.is_on:
            self._pace.depart(states.count(_CLAIMED), self._loop.time())
        for index in range(len(states)):
            if states[index] == _CLAIMED:
                link.submit(message, index)

    def _give_claim_back(self, message: Message, link: Link | None) -> None:
        claimed = message.states.count(_CLAIMED)
        self._pace.drop(claimed)
        if link is not None:
            link.unclaim(claimed)

    def _strand(self, message: Message, fault: Exception) -> None:
        """A fault of ours on the way of a message, none of whose parts is under way: it ends, and is told."""
        states = message.states
        self._give_claim_back(message, self.links.get(message.link))
        for index in range(len(states)):
            if states[index] == _WAITING:
                states[index] = _CLAIMED
        for index in range(len(states)):
            if states[index] == _CLAIMED:
                self._fail(message, index, fault)

    def _not_claimed(self, is_later: bool, message: Message) -> None:
        """The store will not take the claim, so nothing may be written: the message ends, for all to see."""
        self._committing.discard(message.id)
        self._strand(message, ValueError("the database does not take its claim"))

    def watch_claims(self) -> None:
        """Look, behind what commits now, whether a claim was neither written nor returned: a fault of ours."""
        self._journal.then(self._find_lost, [(link, link.claims) for link in self.links.values()])

    def _find_lost(self, claims: list[tuple[Link, int]]) -> None:
        for link, count in claims:
            lost = link.take_lost(count)
            if lost:
                self._meters.claims_lost += lost
                self._emit("claims_lost", channel=self.channel.name, link=link.name, segments=lost)

    def _return_claimed(self, message: Message) -> None:
        """The claim came to nothing and nothing was written: a row says so, and the message waits again."""
        states, is_stopped, now = message.states, message.is_stopped, self._clock()
        for index in range(len(states)):
            if states[index] == _CLAIMED:
                states[index] = _WAITING
                if not is_stopped:
                    self._journal.answered(message, index, Answer.THROTTLED, "", 0, now)
        if not is_stopped:
            self.requeue(message)

    def enqueue(self, message: Message) -> None:
        """Queue a committed message."""
        self.queued += 1
        now = self._clock()
        if message.not_before > now:
            self.deferred.put(message)
            self._arm_deferred(now)
        else:
            urgent = message.message_class is MessageClass.TRIGGERED
            (self.urgent if urgent else self.ready).put(message)
            if not self._is_full:
                self.claim_waiting()

    def requeue(self, message: Message) -> None:
        """Queue a message in front: it was the next to leave and could not."""
        self.queued += not message.is_queued
        self._put_in_front(message)
        self._arm(self._loop.time())

    # --- claims ------------------------------------------------------------------------------------------------

    def _claim(self, message: Message, now: float) -> bool:
        link = self._rotation.pick(message, is_even=self.learnt.per_s > 0.0)
        if link is None:
            return False
        states = message.states
        claimed = 0
        for index in range(len(states)):
            if states[index] == _WAITING:
                states[index] = _CLAIMED
                claimed += 1
        message.link = link.name
        message.attempts += 1
        link.claim(claimed)
        if self._pace.is_on:
            self._pace.claim(claimed)
        if self._hours.departure_paces or self.rate_queues.out:
            self.rate_queues.book(message, claimed, self._loop.time())
        message.claimed_at = now
        return True

    def claim_waiting(self) -> None:
        """Claim links for what waits and may leave now; each message is handed over once its claim is committed."""
        now, tick = self._clock(), self._loop.time()
        self._is_full = False
        if len(self.deferred):
            self._release_deferred(now)
        if self.rate_queues:
            self.rate_queues.release(tick, self._put_in_front)
        while not (self.is_paused or self.is_stopped):
            queue = self.urgent if len(self.urgent) else self.ready
            message = queue.pop()
            if message is None:
                if self.queued and not self.queues:
                    self.queued = 0  # some ended in the store, or waited there from before a restart
                break
            try:
                goes_on = self._claim_first(queue, message, now, tick)
            except Exception as fault:  # of this message: those behind it leave all the same
                self.queued -= 1
                self._strand(message, fault)
                continue
            if not goes_on:
                break
        if self.rate_queues and tick < (next_at := self.rate_queues.next_at(tick)) < inf:
            self._arm(next_at)
        for queue, name in ((self.urgent, URGENT), (self.ready, READY)):
            if queue.wants_refill:
                queue.is_refilling = True
                self._spawn(self._refill(queue, name))

    def _claim_first(self, queue: Backlog, message: Message, now: float, tick: float) -> bool:
        """Claim the first of a queue, or say where it goes instead; False: nothing behind it may leave now."""
        if message.is_stopped or (0 < message.expires_at <= now) or self._stops(message):
            self.queued -= 1
            self._release_next(message, tick)
            if not message.is_stopped:
                self._end_waiting(message)
            return True
        if self._is_deferred(message, now):
            self._release_next(message, tick)
            if not self.deferred.set_aside(message):  # full: what is behind it waits as well, until there is room
                queue.give_back(message)
                return False
            self._arm_deferred(now)
            return True
        if not self._may_pass(message):
            self.rate_queues.keep(message)
            return True
        if self._pace.is_on:
            ready_at = self._pace.ready_at(len(message.parts), tick)
            if ready_at > tick:
                queue.give_back(message)
                self._arm(ready_at)
                return False
        if not self._claim(message, now):
            queue.give_back(message)
            self._is_full = True
            return False
        self.queued -= 1
        self._journal.claimed(message)
        self._committing.add(message.id)
        self._journal.upon(CLAIM, message.id, self.hand_over, self._not_claimed, message)
        if self.rate_queues:
            self.rate_queues.release(tick, self._put_in_front)
        return True

    def _release_next(self, message: Message, tick: float) -> None:
        if self._hours.departure_paces or self.rate_queues.out:
            self.rate_queues.drop(message)
            self.rate_queues.release(tick, self._put_in_front)

    # --- deferred until their window opens --------------------------------------------------------------------------

    def _release_deferred(self, now: float) -> None:
        """Put what is due before all else: it was accepted long ago. A page at most; the next call goes on."""
        while self.queues.in_front < self._limits.active_max + self._limits.refill_page:
            message = self.deferred.take_due(now)
            if message is None:
                return
            self._put_in_front(message)

    def _arm_deferred(self, now: float) -> None:
        due = self.deferred.next_due()
        if due is not None:
            # Due and not released: there is no room in front; the timer asks again.
            self._arm(self._loop.time() + max(RETRY_S if due <= now else 0.0, due - now))

    async def _walk_deferred(self) -> None:
        await self.queues.walk_deferred(self._release_deferred)
        self._arm(self._loop.time() + RETRY_S)

    # --- refill, timer, restart ---------------------------------------------------------------------------------

    async def _refill(self, queue: Backlog, name: str) -> None:
        if await self.queues.refill(queue, name):
            self.claim_waiting()
        else:
            self._arm(self._loop.time() + RETRY_S)

    def _arm(self, at: float) -> None:
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_later(max(0.0, at - self._loop.time()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now = self._clock()
        if self.deferred.wants_walk(now):
            self._spawn(self._walk_deferred())
        self.claim_waiting()
        self._arm_deferred(now)
        self.throttle.follow_learnt(self._loop.time())

    def change(self, channel: Channel) -> None:
        """Take over a changed configuration; queues stay."""
        self._pace.change(channel.rate_per_s, self._loop.time())
        self.channel = channel
        self._arm(self._loop.time())

    @property
    def limit_per_s(self) -> float | None:
        """The limit above the channel's rate: 0 stops it; None: there is none."""
        return 0.0 if self.is_stopped else self._pace.limit_per_s or None

    def limit(self, per_s: float | None) -> None:
        """Put a limit above the channel's rate: 0 stops it, None takes it off."""
        self.is_stopped = per_s == 0.0
        self._pace.limit(per_s or 0.0, self._loop.time())
        self.schedule_claims()

    def schedule_claims(self) -> None:
        """Claim soon what may leave now: a rate changed."""
        self._arm(self._loop.time())

    def begin_after(self, floor_id: int) -> None:
        """After a restart everything that waits is in the store: read it from `floor_id` on."""
        self.queues.begin_after(floor_id)
        self._arm(self._loop.time())

    def is_leaving(self, message_id: int) -> bool:
        """Tell whether a message was claimed and its claim is being committed: the store says still that it waits."""
        return message_id in self._committing

    def oldest_waiting(self) -> int | None:
        """Return an id below which nothing of this channel waits, or None."""
        return min((mark for mark in (self.queues.oldest_id(), *self._committing) if mark is not None), default=None)


def in_flight(senders: Mapping[str, ChannelSender], channel: str, destination: str) -> list[tuple[Message, int]]:
    """Return the segments to a number that are written to a channel and not answered yet."""
    sender = senders.get(channel)
    links = () if sender is None else sender.links.values()
    return [
        (message, index) for link in links for message, index in link.outstanding()
        if message.destination == destination
    ]
