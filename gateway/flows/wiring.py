"""All flows of one node, constructed in order over a journal and a reader: the gateway without sockets or a database.

The daemon puts PostgreSQL under it and connections beside it; the simulation an in-memory store and pipes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.entry import Entry
from gateway.domain.ids import IdSource
from gateway.flows.compliance.closing import Closing
from gateway.flows.compliance.contents import Contents, ContentStore
from gateway.flows.compliance.listing import Listing
from gateway.flows.compliance.recheck import Recheck
from gateway.flows.compliance.reviews import Reviews
from gateway.flows.compliance.violations import Violations
from gateway.flows.inbound import InboundFlow
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.amend import Amend
from gateway.flows.messages.apart import IntakeApart
from gateway.flows.messages.channel_sender import ChannelSender, in_flight
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.messages.recovery import Recovery
from gateway.flows.messages.tally_restore import TallyRestore
from gateway.flows.money.treasury import Treasury
from gateway.flows.outbox.outbox import Outbox
from gateway.flows.policies import AccountPolicies
from gateway.flows.rates.live_rates import LiveRates
from gateway.flows.rates.open_hours import OpenHours
from gateway.flows.receipts.receipts import Receipts
from gateway.flows.receipts.settlement import Settlement
from gateway.pipeline.policy.channels import RouteTable, compiled_routes
from gateway.pipeline.policy.number_lists import Lists
from gateway.pipeline.policy.tallies import Tallies


class Flows:
    """Every flow, once: what is below stands above. `load` gives it a configuration, at start and at each reload.

    `notices` are those of non-renewal: by account the days on which they counted as delivered.
    """

    def __init__(
        self, context: FlowContext, content_store: ContentStore, *, node: int, after_id: int = 0, after_seq: int = 0,
        notices: Mapping[str, tuple[dt.date, ...]] | None = None,
    ) -> None:
        journal, reader, clock, emit = context.journal, context.reader, context.clock, context.emit
        self.ids = IdSource(node, after_id=after_id)
        self.seqs = IdSource(node, after_id=after_seq)
        self.lists = Lists()
        self.tallies = Tallies(context.limits.frequency_numbers_max)
        self.table = RouteTable(())
        self.policies = policies = AccountPolicies(clock, self.lists, self.tallies, notices or {})
        self.treasury = Treasury(journal, policies, self.ids, clock, emit)
        self.book = self.treasury.ledger

        self.outbox = Outbox(context)
        self.settlement = Settlement(journal, self.book, self.outbox, policies, self.seqs, context.meters)
        senders: dict[str, ChannelSender] = {}
        self.receipts = Receipts(context, self.settlement, partial(in_flight, senders))
        self.open_hours = OpenHours(policies)
        self.rates = LiveRates(policies, senders, self.open_hours, context.loop.time)
        self.dispatch = Dispatch(context, senders, self.receipts, policies, self.open_hours)

        self.contents = Contents(context, policies, self.dispatch, self.receipts, content_store)
        self.reviews = Reviews(context, policies, self.dispatch, self.receipts)
        self.closing = Closing(policies, clock, emit)
        self.violations = Violations(context, self.contents, self.closing, self.book, policies)
        self._recheck = Recheck(context, policies, self.contents, self.receipts)

        self.intake = IntakeApart(
            context, self.book, self.dispatch, self.settlement, policies, self.rates.paces, self.ids,
            self.violations.refused,
        )
        self.amend = Amend(context, self.dispatch, self.receipts, self.intake, self.ids)
        self.recovery = Recovery(context, self.dispatch, self.receipts, policies)
        self.tally_restore = TallyRestore(reader, policies, self.tallies)
        self.listing = Listing(self.lists, journal, policies)
        self.inbound = InboundFlow(context, self.outbox, self.listing, self.seqs)
        journal.withdrawn = self._withdrawn

    def _withdrawn(self, table: str, record: Mapping[str, Any], entry: Entry | None) -> None:
        """The store does not have a row: what it stands for is not in memory either."""
        if entry is not None:
            self.book.withdraw(entry)
        self.treasury.withdrawn(table, record)

    def load(
        self, accounts: Mapping[str, Account], channels: Mapping[str, Channel], profiles: Mapping[str, Profile],
        content: ContentLists = NO_LISTS, *, versions: Mapping[str, Sequence[Profile]] | None = None,
    ) -> None:
        """Compile a configuration and swap it in; unchanged channels keep their queues and links.

        `profiles` are the contracts in force, `versions` all versions of those that have several.
        """
        self.contents.load(content)
        self.table = compiled_routes(channels.values(), profiles, self.lists, content, self.table)
        changed = self.policies.load(
            accounts, profiles, versions or {}, self.table, content, self.contents.facts_of, self.treasury.compile
        )
        for account in changed:
            self.rates.add(account)
        self.treasury.compile_all(accounts)
        self.open_hours.load(profiles, channels)
        self.inbound.load(accounts.values())
        self.receipts.load(channels.values())
        self.dispatch.load(channels.values(), self.table, self._recheck.stops)
        self.rates.load(self.table)
