"""A carrier's receipt finds its segment, ends it, and is acknowledged to the carrier once all that is committed.

    matched      by (channel, canonical id) in memory, else in the store
    in doubt     by all it says, where a segment to its number has an unknown outcome: `gateway.flows.receipts.doubt`
    unmatched    kept in a table and parked in memory: an answer that comes later takes it from there
    duplicate    acknowledged again, changes nothing
    unreadable   kept as it came, acknowledged, changes nothing
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from gateway.domain.channel import Channel
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import TOLD_BY_ONE_OF_SEVERAL, TOLD_BY_RECEIPT, Answer, Receipt, State, Unreadable
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowContext, Token
from gateway.flows.receipts.doubt import Candidate, Decision, Doubt
from gateway.flows.receipts.parked import Parked
from gateway.flows.receipts.settlement import Settlement

Acknowledge = Callable[[Token], None]
Arrival = tuple[Receipt, Acknowledge, Token]
InFlight = Callable[[str, str], list[tuple[Message, int]]]
RETRY_S: Final = 0.5
FORGOTTEN_AT_ONCE, SOON_S = 250, 0.005
_DONE: Final = int(SegmentState.DONE)


class Receipts:
    """Takes receipts. `sent` and `in_doubt` are told by the dispatch, `arrived` by the links.

    `in_flight(channel, destination)` returns the segments to a number that are written and not answered yet.
    """

    def __init__(self, context: FlowContext, settlement: Settlement, in_flight: InFlight) -> None:
        self._journal, self._reader, self._loop = context.journal, context.reader, context.loop
        self._clock, self._spawn = context.clock, context.spawn
        self._meters = context.meters
        self._limits = limits = context.limits
        self._settlement = settlement
        self._in_flight = in_flight
        # (channel, canonical id) -> (message, wire segment); oldest first, bounded: the store knows the rest
        self._awaiting: OrderedDict[tuple[str, str], tuple[Message, int]] = OrderedDict()
        self._others: set[tuple[str, str]] = set()  # keys of `_awaiting` that no receipt will name
        self._ended_otherwise = False  # something in `_awaiting` ended, and not by a receipt for its key
        self._parked = Parked(limits.parked_max)
        self._one_receipt_channels: frozenset[str] = frozenset()  # quirk last_part_receipt_only
        self._doubt = Doubt(limits.unknowns_max)
        self._lookups: deque[Arrival] = deque()
        self._is_searching = False
        self._long = _LongMessages(limits.awaiting_max)

    def load(self, channels: Iterable[Channel]) -> None:
        """Take the channels of a configuration."""
        self._one_receipt_channels = frozenset(
            channel.name for channel in channels if channel.quirks.last_part_receipt_only
        )

    # --- what is waited for ---------------------------------------------------------------------------------------

    def sent(self, message: Message, index: int, carrier_id: str, now: float) -> None:
        """The carrier took a segment and called it `carrier_id` (canonical; empty when it gave none)."""
        message.sent_at = now
        if not carrier_id:
            message.doubted_at = now
            self.in_doubt(message, index)
            return
        if self._doubt:
            self._named(message, index, carrier_id, now)
        key = (message.channel, carrier_id)
        if self._parked and (early := self._parked.find(key)) is not None:
            self._apply_parked(message, index, early, now)
            return
        if len(message.parts) > 1:
            if message.channel in self._one_receipt_channels and message.states[-1] == _DONE:
                self.ended(message, index, message.results[-1], message.errors[-1], now)  # its one receipt was here
                return
            self._long.keep(message)
        self._awaiting[key] = (message, index)
        if len(self._awaiting) > self._limits.awaiting_max:
            self._awaiting.popitem(last=False)

    def _named(self, message: Message, index: int, carrier_id: str, now: float) -> None:
        """An answer came late: the receipt under its id is its own, and others at this place mean others."""
        place = message.channel, message.destination
        self._doubt.named(message, index)
        receipt = self._doubt.find(place, carrier_id)
        if receipt is not None:
            self._apply_parked(message, index, receipt, now)
        self._journal.then(self._decide_place, place)

    def in_doubt(self, message: Message, index: int) -> None:
        """No id is known for this segment: a receipt that matches nothing else may mean it, or has come already."""
        self.know(message)
        key = message.channel, message.destination
        self._doubt.add(self._candidate(message, index), self._parked.final_at(key))
        self._journal.then(self._decide_place, key)  # others that were lost with it are in doubt by then

    def spent(self, message: Message, index: int) -> None:
        """A segment of unknown outcome is given up or sent again: a receipt may mean that try, and then no other."""
        candidate = self._candidate(message, index)
        candidate.is_spent = True
        self._doubt.add(candidate, ())

    def _candidate(self, message: Message, index: int) -> Candidate:
        received_at = message.submission.received_at
        since = received_at if index in message.resent else message.claimed_at or received_at
        return Candidate(message, index, since, message.doubted_at or self._clock())

    def _decide_place(self, key: tuple[str, str]) -> None:
        self._decide(key)

    def _decide(self, key: tuple[str, str]) -> list[Decision]:
        """Do what follows at a place, and return it."""
        if not self._doubt.has(key):
            return []
        now = self._clock()
        under_way = [Candidate(message, index, message.claimed_at, now) for message, index in self._in_flight(*key)]
        decisions = self._doubt.decide(key, under_way, key[0] in self._one_receipt_channels)
        for decision in decisions:
            if not decision.candidate.is_spent:
                self._settle_doubt(decision, now)
            elif decision.receipt.id_candidates:  # it means a try that is over: never another, after a restart too
                self._journal.matched(decision.receipt.channel, decision.receipt.id_candidates[0])
        return decisions

    def _settle_doubt(self, decision: Decision, now: float) -> None:
        """A receipt means a segment whose answer never came: it tells the carrier's id too, and that it was taken.

        The id is noted as an answer, so that the receipt changes nothing when it is told again, after a restart too.
        """
        receipt, message, index = decision.receipt, decision.candidate.message, decision.candidate.index
        ids = receipt.id_candidates
        if ids:
            self._parked.drop(receipt)
            self._journal.matched(receipt.channel, ids[0])
            status = TOLD_BY_RECEIPT if decision.is_exact else TOLD_BY_ONE_OF_SEVERAL
            self._journal.answered(message, index, Answer.ACCEPTED, ids[0], status, now)
            for carrier_id in ids:
                self._awaiting[receipt.channel, carrier_id] = message, index
        if message.states[index] != _DONE:
            message.states[index] = SegmentState.SENT
        self._keep_others(message, index)
        self._apply(message, index, receipt, now)

    def know(self, message: Message) -> None:
        """Remember the one object of a long message until it is final."""
        self._long.keep(message)

    def park(self, receipt: Receipt, at: float) -> None:
        """As Parked.put."""
        self._parked.put(receipt, at)

    def _apply_parked(self, message: Message, index: int, receipt: Receipt, now: float) -> None:
        """The segment of a parked receipt is known now."""
        self._parked.drop(receipt)
        self._doubt.withdraw(receipt)
        self._meters.channel(receipt.channel).early_receipts += 1
        self._journal.matched(receipt.channel, receipt.id_candidates[0])
        self._apply(message, index, receipt, now)

    async def replay(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """Try receipts of the table of unmatched ones against the answers that came since; return those left over."""
        left: list[Receipt] = []
        page_max = self._limits.lookup_page
        for page in (receipts[at : at + page_max] for at in range(0, len(receipts), page_max)):
            found = await self._find(page)
            for receipt in page:
                known, ids = found[receipt.channel], receipt.id_candidates
                place = next((it for id in ids if (it := self._brought(receipt, id, known)) is not None), None)
                if place is None:
                    left.append(receipt)
                else:
                    self._apply_parked(*place, receipt, self._clock())
        return left

    # --- what arrives --------------------------------------------------------------------------------------------

    def arrived(self, receipt: Receipt, acknowledge: Acknowledge, token: Token) -> None:
        """Take one receipt; `acknowledge(token)` is called after the commit of what it meant."""
        meters = self._meters.channel(receipt.channel)
        meters.receipts[receipt.state] += 1
        if receipt.is_contradicted:
            meters.contradicted_receipts += 1
        for candidate in receipt.id_candidates:
            key = (receipt.channel, candidate)
            if (found := self._awaiting.get(key)) is not None:
                message, index = found
                now = self._clock()
                meters.receipt.observe(now - message.sent_at)
                if receipt.submitted_until and len(message.parts) == 1:
                    self._doubt.clock(receipt.channel).observe(receipt, message.sent_at)
                if not receipt.state.is_final or message.states[index] != _DONE:
                    self._apply(message, index, receipt, now, is_awaited=True)
                self._journal.then(self._committed, key, acknowledge, token)  # a duplicate waits for its first copy
                return
        self._lookups.append((receipt, acknowledge, token))
        self._start_search()

    def unreadable(self, found: Unreadable, acknowledge: Acknowledge, token: Token) -> None:
        """Keep a receipt that says no state; acknowledged, for the carrier would say nothing else the next time."""
        self._meters.channel(found.channel).unreadable_receipts += 1
        self._journal.unreadable(found, self._clock())
        self._journal.then(acknowledge, token)

    def _committed(self, key: tuple[str, str], acknowledge: Acknowledge, token: Token) -> None:
        """From here on the store knows what the receipt said: memory can go to the next message while it is warm."""
        if self._is_ended(key):
            self._awaiting.pop(key, None)
        acknowledge(token)

    async def _search_store(self) -> None:
        """Work off the receipts that memory does not know, a page at a time; links bound how many there are."""
        try:
            while self._lookups:
                page = [self._lookups.popleft() for _ in range(min(len(self._lookups), self._limits.lookup_page))]
                try:
                    found = await self._find([arrival[0] for arrival in page])
                except StoreAway:
                    self._lookups.extendleft(reversed(page))
                    self._loop.call_later(RETRY_S, self._start_search)
                    return
                for arrival in page:
                    self._resolve(arrival, found[arrival[0].channel])
        finally:
            self._is_searching = False

    async def _find(self, receipts: Sequence[Receipt]) -> dict[str, Mapping[str, tuple[Message, int]]]:
        by_channel: dict[str, list[str]] = {}
        for receipt in receipts:
            by_channel.setdefault(receipt.channel, []).extend(receipt.id_candidates)
        return {channel: await self._reader.find_answered(channel, ids) for channel, ids in by_channel.items()}

    def _start_search(self) -> None:
        if not self._is_searching:
            self._is_searching = True
            self._spawn(self._search_store())

    def _resolve(self, arrival: Arrival, found: Mapping[str, tuple[Message, int]]) -> None:
        receipt, acknowledge, token = arrival
        now = self._clock()
        for candidate in receipt.id_candidates:
            # Memory first: the answer may have come while the store was asked.
            place = self._awaiting.get((receipt.channel, candidate)) or self._brought(receipt, candidate, found)
            if place is not None:
                self._apply(*place, receipt, now)
                self._journal.then(acknowledge, token)
                return
        self._match_or_park(receipt, now)
        self._journal.then(acknowledge, token)

    def _match_or_park(self, receipt: Receipt, now: float) -> None:
        """No id is known: the receipt means a segment in doubt, or waits in the table for its answer or its like."""
        receipt.came_at = now
        key = receipt.channel, receipt.destination
        fitting = self._doubt.fits(receipt) if self._doubt else []
        is_ambiguous = False
        meant: list[Candidate] = []
        if fitting and receipt.state.is_final:
            if not self._doubt.add_receipt(receipt):
                return  # told again
            meant = [decision.candidate for decision in self._decide(key) if decision.receipt is receipt]
            if meant and not meant[0].is_spent:
                return
            is_ambiguous = not meant
        elif len(fitting) == 1 and not fitting[0].is_spent and not self._in_flight(*key):
            self._settle_doubt(Decision(fitting[0], receipt, True), now)
            self._doubt.named(fitting[0].message, fitting[0].index)
            self._decide(key)
            return
        meters = self._meters.channel(receipt.channel)
        if is_ambiguous:
            meters.ambiguous_receipts += 1
        else:
            meters.unmatched_receipts += 1
        self.park(receipt, now)
        self._journal.unmatched(receipt, now, is_ambiguous)

    def reconsider(self, receipt: Receipt) -> None:
        """Take up a receipt of the table after a restart: its answer may come yet, or others of its like."""
        self.park(receipt, receipt.came_at)
        if receipt.state.is_final and self._doubt.fits(receipt) and self._doubt.add_receipt(receipt):
            self._decide((receipt.channel, receipt.destination))

    def _brought(
        self, receipt: Receipt, candidate: str, found: Mapping[str, tuple[Message, int]]
    ) -> tuple[Message, int] | None:
        """Return what the store found; of a long message the one object.

        It is remembered: the store may not yet have the outcome when the carrier tells the same again.
        """
        place = found.get(candidate)
        if place is not None:
            place = self._long.known_object(place[0]), place[1]
            self._awaiting[(receipt.channel, candidate)] = place
        return place

    def _keep_others(self, message: Message, index: int) -> None:
        """Keep the one object of a long message for its other parts: the store does not know of this one yet."""
        for other, state in enumerate(bytes(message.states)):
            if other != index and state != _DONE:
                key = (message.channel, f"part of {message.id}")
                self._awaiting[key] = message, other
                self._others.add(key)
                return

    def _apply(self, message: Message, index: int, receipt: Receipt, now: float, is_awaited: bool = False) -> None:
        """Do what a receipt says; where it was awaited under its key, `_committed` drops it."""
        if message.states[index] == _DONE:
            return
        self._journal.received(message, index, receipt, now)
        if receipt.state.is_final:
            if not is_awaited:
                self._ended_otherwise = True
            if 0 < index == len(message.parts) - 1 and receipt.channel in self._one_receipt_channels:
                self._end_earlier(message, index, receipt, now)
            self._settlement.segment_ended(message, index, receipt.state, receipt.error, receipt.done_at, now)
            if len(message.parts) > 1 and message.is_final:
                self._journal.then(self._long.forget, message.id)  # until then the store would call it open

    def _end_earlier(self, message: Message, last: int, receipt: Receipt, now: float) -> None:
        """This carrier reports on the last part only: what it says holds for the parts it took before."""
        for index in range(last):
            if message.states[index] == SegmentState.SENT:
                self._apply(message, index, receipt, now)

    def ended(self, message: Message, index: int, state: State, error: str, now: float) -> None:
        """The gateway itself ends a segment: a refusal, a policy, a deadline. Kept as a receipt of its own."""
        receipt = Receipt(message.channel, (), state, error, now, message.destination)
        self._apply(message, index, receipt, now)

    def expire(self, message: Message, now: float) -> None:
        """End a waiting message whose validity is over."""
        for index in range(len(message.parts)):
            self.ended(message, index, State.EXPIRED, "GW:0061", now)

    def forget_parked(self) -> None:
        """Drop early receipts whose answer did not come in time; the table keeps them for `replay`."""
        self._parked.drop_before(self._clock() - self._limits.parked_s)

    def close(self, message: Message, now: float) -> None:
        """End a message all of whose parts ended while none was seen to be the last (they were told apart)."""
        if message.is_final and not message.is_stopped:
            self._settlement.close(message, now)
            self._journal.then(self._long.forget, message.id)  # what is kept may have seen some of its parts only

    def forget_ended(self) -> None:
        """Drop what ended otherwise, once that is committed: until then the store would call these segments open."""
        ended = [key for key in self._others if self._is_ended(key)]
        self._others.difference_update(ended)
        if self._ended_otherwise:
            self._ended_otherwise = False
            self._doubt.prune(self._clock() - self._limits.receipt_wait_s)
            ended = [key for key, (message, index) in self._awaiting.items() if message.states[index] == _DONE]
        if ended:
            self._journal.then(self._forget, ended)

    def _is_ended(self, key: tuple[str, str]) -> bool:
        """Tell whether nothing is awaited there (any more: a carrier may give an id twice)."""
        place = self._awaiting.get(key)
        return place is None or place[0].states[place[1]] == _DONE

    def _forget(self, ended: list[tuple[str, str]]) -> None:
        """Drop a few, the others soon: letting go of all that an outage ended would stop the loop for 0.1 s."""
        for key in ended[-FORGOTTEN_AT_ONCE:]:
            if self._is_ended(key):
                self._awaiting.pop(key, None)
        del ended[-FORGOTTEN_AT_ONCE:]
        if ended:
            self._loop.call_later(SOON_S, self._forget, ended)

    def living(self) -> dict[int, Message]:
        """Return the messages that wait in memory for a receipt, by id."""
        found = {message.id: message for message, _ in self._awaiting.values()}
        found.update((message.id, message) for message in self._doubt.messages())
        return found

    @property
    def awaiting(self) -> int:
        return len(self._awaiting)


class _LongMessages:
    """One object a long message from its first segment's way out to its end: its last receipt must see all the others.

    At most `kept_max`, the oldest leave; of a short message nothing is kept."""

    def __init__(self, kept_max: int) -> None:
        self._kept_max = kept_max
        self._kept: OrderedDict[int, Message] = OrderedDict()

    def keep(self, message: Message) -> None:
        if len(message.parts) > 1:
            self._kept[message.id] = message
            if len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)

    def known_object(self, message: Message) -> Message:
        """Return the object that is kept for this message; from here on it is this one where none was."""
        if len(message.parts) == 1:
            return message
        kept = self._kept.get(message.id)
        if kept is None:
            self.keep(message)
            return message
        return kept

    def forget(self, message_id: int) -> None:
        self._kept.pop(message_id, None)
