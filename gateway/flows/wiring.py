"""All flows of one node, wired over a journal and a reader: the gateway without sockets, files or a database.

The daemon puts PostgreSQL under it and connections beside it; the simulation an in-memory store and pipes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.profile import Profile
from gateway.contracts.terms import ends_at, notice_of
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.entry import Entry
from gateway.domain.ids import IdSource
from gateway.domain.message import Message
from gateway.domain.meters import Meters
from gateway.domain.outcome import State
from gateway.domain.store_interfaces import Journal, Reader
from gateway.domain.verdict import Key, Reject
from gateway.domain.wire import Next
from gateway.flows.compliance.closing import Closing
from gateway.flows.compliance.contents import Contents, ContentStore
from gateway.flows.compliance.listing import Listing
from gateway.flows.compliance.recheck import Recheck
from gateway.flows.compliance.reviews import Reviews
from gateway.flows.compliance.violations import Violations
from gateway.flows.interfaces import Clock, Emit, FlowLimits, Loop
from gateway.flows.messages.amend import Amend
from gateway.flows.messages.dispatch import Dispatch, Hooks
from gateway.flows.messages.recount import Recount
from gateway.flows.messages.recovery import Recovery
from gateway.flows.messages.road import ChannelRoad
from gateway.flows.messages.several import IntakeOfSeveral
from gateway.flows.money.treasury import Treasury
from gateway.flows.outbox.inbound import InboundRoad
from gateway.flows.outbox.outbox import Outbox
from gateway.flows.rates.gate import Gate
from gateway.flows.rates.live_rates import Limit, Rates
from gateway.flows.rates.pace import Pace
from gateway.flows.receipts.receipts import Receipts
from gateway.flows.receipts.settlement import Settlement
from gateway.ledger.book import Book
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.carrier_content import channel_content_of
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.failover import classify
from gateway.pipeline.policy.number_lists import Lists, carrier_list_rules
from gateway.pipeline.policy.tallies import Tallies
from gateway.pipeline.policy.version_change import follow_versions
from gateway.pipeline.stages.stage_order import reroute

Spawn = Callable[[Coroutine[Any, Any, None]], None]


def bare_account(name: str) -> Account:
    """Return an account of which nothing is known but its name; nobody can log in to it."""
    return Account(name=name, login="", password="", suspended=True)


class Policies(dict[str, Policy]):
    """Policies by account. An account that only history knows is judged by the profile given last as `bare`.

    Its messages may still be on the road after it left the configuration: they must end and be settled like others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bare: Callable[[str], Policy] | None = None

    def __missing__(self, name: str) -> Policy:
        if self.bare is None:
            raise KeyError(name)
        policy = self[name] = self.bare(name)
        return policy


class Flows:
    """Every flow, once. `load` gives it a configuration, at start and at each reload."""

    def __init__(
        self, journal: Journal, reader: Reader, loop: Loop, clock: Clock, spawn: Spawn, limits: FlowLimits,
        meters: Meters, emit: Emit, *, content_store: ContentStore, node: int, after_id: int = 0, after_seq: int = 0,
    ) -> None:
        self._journal, self._reader, self._loop, self._clock = journal, reader, loop, clock
        self._spawn, self._limits, self._meters, self._emit = spawn, limits, meters, emit
        self.ids = IdSource(node, after_id=after_id)
        self.seqs = IdSource(node, after_id=after_seq)
        self.book = Book()
        self.policies = Policies()
        self.gate = Gate(self.policies)
        self.notices: dict[str, tuple[dt.date, ...]] = {}  # of non-renewal: days on which they counted as delivered
        self.paces: dict[str, Pace] = {}
        self.table = RouteTable(())
        self.lists = Lists()
        self.tallies = Tallies(limits.frequency_numbers_max)
        self.outbox = Outbox(journal, reader, loop, spawn, limits, meters, emit)
        self.settlement = Settlement(journal, self.book, self.outbox, self.policies, self.seqs, meters)
        self.receipts = Receipts(journal, reader, self.settlement, loop, clock, spawn, limits, meters)
        told = self.receipts
        hooks = Hooks(told.sent, told.ended, told.in_doubt, told.spent, self._reroute)
        self.dispatch = Dispatch(journal, clock, limits, hooks, meters, emit)
        self.receipts.in_flight = self.dispatch.in_flight
        self.rates = Rates(self.paces, self.policies, self.dispatch.roads, self.gate, loop.time)
        self.intake = IntakeOfSeveral(
            journal, self.book, self.dispatch, self.settlement, self.policies, self.paces, self.ids, loop, clock,
            limits, meters,
        )
        self.treasury = Treasury(journal, self.book, self.policies, self.ids, clock, emit)
        self.closing = Closing(self.policies, clock, emit)
        self.intake.on_protected = self.closing.refused
        self.listing = Listing(self.lists, journal, self.policies)
        self.inbound = InboundRoad(
            journal, reader, self.outbox, self.seqs, loop, clock, spawn, meters, self.listing, emit
        )
        self._wire_contents(content_store, emit)
        self.amend = Amend(journal, reader, self.dispatch, self.receipts, clock, self.intake, self.ids, spawn)
        self.recovery = Recovery(
            reader, self.dispatch, self.receipts, self.intake, clock, self._wait_s, self._move_on, limits, emit
        )

        self.recount = Recount(reader, self.policies, self.tallies)
        journal.withdrawn = self._withdrawn

    def _withdrawn(self, table: str, record: Mapping[str, Any], entry: Entry | None) -> None:
        """The store does not have a row: what it stands for is not in memory either."""
        if entry is not None:
            self.book.withdraw(entry)
        self.treasury.withdrawn(table, record)

    def _wire_contents(self, store: ContentStore, emit: Emit) -> None:
        """Let decisions about contents reach what comes and what waits."""
        flows = self.policies, self.dispatch, self.receipts, self._journal, self._reader, self._clock
        self.contents, self.reviews = Contents(*flows, store), Reviews(*flows)
        self.gate.stops = Recheck(self.policies, self.contents, self.receipts, self._journal, self._clock).stops
        self.violations = Violations(
            self.contents, self.book, self._journal, self.policies, self._spawn, emit, self._meters
        )
        self.intake.watch = self.violations.refused

    def load(
        self, accounts: Mapping[str, Account], channels: Mapping[str, Channel], profiles: Mapping[str, Profile],
        content: ContentLists = NO_LISTS, *, versions: Mapping[str, Sequence[Profile]] | None = None,
    ) -> None:
        """Compile a configuration and swap it in; roads of unchanged channels keep their queues and links.

        `profiles` are the contracts in force, `versions` all versions of those that have several.
        """
        now = self._clock()
        self.contents.lists = content
        self.table = RouteTable(channels.values(), previous=self.table)
        for view in self.table.views.values():
            carrier = profiles.get(view.channel.contract)
            view.list_rules = carrier_list_rules(self.lists, view.channel, carrier)
            view.content_rules = channel_content_of(view.channel, carrier, content)
        policies = {
            name: self._policy(account, profiles[account.contract]) for name, account in accounts.items()
        }
        for name, policy in policies.items():
            known_versions = (versions or {}).get(policy.account.contract, ())
            if len(known_versions) > 1:
                turned = partial(self.treasury.compile, name)
                follow_versions(policy, known_versions, partial(self._policy, policy.account), turned, now)
            before = self.policies.get(name)
            if before is None or before.account != policy.account:
                self.paces[name] = Pace(policy.account, self._loop.time())
                self.rates.add(policy.account)
        profile = next(iter(profiles.values()), None)
        if profile is not None:
            known = profile
            self.policies.bare = lambda name: self._policy(bare_account(name), known)
        # Accounts that are gone keep their policy until a restart: their messages are still on the road.
        self.policies.update(policies)
        self.treasury.compile_all(accounts)
        self.gate.load(profiles, channels)
        self.inbound.load(accounts.values())
        self.receipts.one_receipt_channels = frozenset(
            name for name, channel in channels.items() if channel.quirks.last_part_receipt_only
        )
        for channel in channels.values():
            road = self.dispatch.roads.get(channel.name)
            if road is None:
                meters = self._meters.channel(channel.name)
                self.dispatch.roads[channel.name] = ChannelRoad(
                    channel, self._journal, self._reader, self._loop, self._clock, self._spawn, self._limits, meters,
                    self.expire, self.gate, self.dispatch.unwritable, self._emit,
                )
            else:
                road.change(channel)

        self.rates.load(self.table)

    def set_port_rate(
        self, code: str, per_s: float | None, clause: str, detail: str = "", *, ends_waiting: bool = False
    ) -> None:
        """Limit a service code live: its excess waits. 0: suspended, refused with PORT; None: as configured again.

        `ends_waiting`: what was accepted before a suspension and has not left ends as well, uncharged.

        In memory only: whoever decides it keeps the decision, and says it again after a restart.
        """
        self.rates.set_code(code, None if per_s is None else Limit(per_s, clause, detail, ends_waiting))

    def set_channel_rate(self, name: str, per_s: float | None, clause: str, detail: str = "") -> None:
        """Limit a channel live: what the carrier did to our port. 0: nothing leaves, others are chosen; None: as
        configured."""
        self.rates.set_channel(name, None if per_s is None else Limit(per_s, clause, detail), self.table)

    def hear_notice(self, account: str, served_on: dt.date) -> None:
        """Take note of a notice of non-renewal: the contract's end may be another from now on (S0-3.2)."""
        self.notices[account] = (*self.notices.get(account, ()), served_on)
        policy = self.policies.get(account)
        if policy is not None:
            policy.ends_at = self._ends_at(policy.account, policy.profile)

    def _ends_at(self, account: Account, profile: Profile) -> float:
        return ends_at(profile, account, notice_of(account, self.notices.get(account.name, ())))

    def change_versions(self, now: float) -> None:
        """Change the policies whose next version has begun; those that have traffic did it themselves."""
        for policy in self.policies.values():
            if now >= policy.next_version_at and policy.change_version is not None:
                policy.change_version(now)

    def _policy(self, account: Account, profile: Profile) -> Policy:
        contents = self.contents
        return Policy(
            account, profile, self.table, now=self._clock(), lists=self.lists, content=contents.lists,
            facts=contents.facts_of(account, profile), tallies=self.tallies, ends_at=self._ends_at(account, profile),
        )

    def find_account(self, name: str) -> Account:
        """Return a configured account, or a bare one for a name that history knows and the configuration forgot."""
        policy = self.policies.get(name)
        return policy.account if policy is not None else bare_account(name)

    def channel_changed(self, channel: str, is_up: bool) -> None:
        """A link of a channel was bound or lost."""
        view = self.table.views.get(channel)
        if view is not None:
            view.is_up = is_up
        road = self.dispatch.roads.get(channel)
        if road is not None and is_up:
            road.pump()

    def expire(self, message: Message) -> None:
        """End a waiting message whose validity is over, or whose port is suspended."""
        now = self._clock()
        if self.gate.ports.ends(message, now):
            for index in range(len(message.parts)):
                self.receipts.ended(message, index, State.REJECTED, Key.PORT.stat, now)
        else:
            self.receipts.expire(message, now)

    def _wait_s(self, message: Message) -> float:
        """Return how long a receipt is waited for. A contract's shorter word counts only from the node's wait on."""
        hours = self.policies[message.account.name].profile.unknown_after_h
        return min(hours * 3600.0, self._limits.receipt_wait_s)

    def _move_on(self, message: Message) -> None:
        """Give a waiting message whose channel is no longer configured to another, or end it."""
        now = self._clock()
        message.tried_channels += (message.channel,)
        message.link = ""
        _, verdict = reroute(message, self.policies[message.account.name], now)
        message.begin_road()
        if isinstance(verdict, Reject):
            for index in range(len(message.parts)):
                self.receipts.ended(message, index, State.UNDELIVERABLE, verdict.key.stat, now)
        else:
            self._journal.amended(message, "rerouted", now)
            self._journal.then(self.dispatch.roads[message.channel].requeue, message)

    def _reroute(self, message: Message, status: int) -> str | None:
        """Return where a refused message goes next, cut for it, or None when the refusal is final."""
        refusal = classify(self.dispatch.roads[message.channel].channel, status)
        if refusal.next is Next.FINAL or message.attempts > refusal.tries_max:
            return None
        if refusal.next is Next.SAME:
            return message.channel
        before = message.channel
        message.tried_channels += (before,)
        _, verdict = reroute(message, self.policies[message.account.name], self._clock())
        other, message.channel = message.channel, before
        if isinstance(verdict, Reject) or other == before:
            return None
        message.begin_road()
        return other
