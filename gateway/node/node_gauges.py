"""The gauges that are read from a living node at scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.money import HAO_PER_YUAN
from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.messages.channel_sender import ChannelSender
from gateway.flows.money.treasury import Treasury
from gateway.ledger.pools import PoolKind
from gateway.telemetry.metrics import MeterCollector

if TYPE_CHECKING:
    from gateway.node.node import Node


def register_gauges(collector: MeterCollector, node: Node) -> None:
    """Register the gauges that are read from the living node."""
    book = node.flows.book
    collector.add_gauge(
        "balance_yuan", "Available balance",
        lambda: {(name,): book.available(name) / HAO_PER_YUAN for name in node.settings.accounts}, ("account",),
    )
    collector.add_gauge("ledger_sum_yuan", "Sum over all books: zero", lambda: book.total() / HAO_PER_YUAN)
    collector.add_gauge("accounts_closed", "Accounts closed until an operator opens them",
                        lambda: float(len(node.flows.closing.closed)))
    collector.add_gauge("listed_numbers", "Numbers on lists in memory",
                        lambda: float(sum(len(live) for _, live in node.flows.lists.items())))
    collector.add_gauge("tasks_open", "Duties of the contracts not done yet",
                        lambda: {(clause,): n for clause, n in node.duties.open_by_clause.items()},
                        ("clause",))
    collector.add_gauge("tasks_overdue", "Of those the ones whose last instant is over",
                        lambda: {(clause,): n for clause, n in node.duties.overdue_by_clause.items()},
                        ("clause",))
    collector.add_gauge(
        "callback_failing_seconds", "For how long calls of an account's endpoint fail; of those whose do",
        lambda: {(name,): node.clock() - since for name, since in node.callbacks.failing_since().items()},
        ("account",),
    )
    register_money(collector, node)
    register_notices(collector, node)
    register_connections(collector, node)
    collector.add_gauge("journal_pending_rows", "Rows not committed yet", lambda: node.journal.pending)
    collector.add_gauge("journal_stepwise", "1 while batches are written statement by statement",
                        lambda: float(bool(node.journal.why_stepwise)))
    collector.add_gauge("store_open", "1 while the database answers", lambda: float(node.journal.is_open))
    collector.add_gauge("archive_behind_seconds", "Age of the oldest record that no seal covers",
                        lambda: 0.0 if node.archive is None else node.archive.behind_s)
    collector.add_counter("history_edits_refused", "Rows of history that somebody tried to change in the database",
                          lambda: 0.0 if node.archive is None else float(node.archive.refused_edits))
    collector.add_gauge("receipts_awaited", "Segments in memory that wait for a receipt",
                        lambda: node.flows.receipts.awaiting)
    register_waiting(collector, node)
    collector.add_gauge("low_deliveries", "Accounts, and signatures, that a channel delivers less for than is usual",
                        lambda: node.guard.low_counts(), ("channel", "outcome"))
    collector.add_counter("messages_moved", "Messages that took another channel for that",
                          lambda: {(name,): float(view.moved) for name, view in node.flows.table.views.items()},
                          ("channel",))
    collector.add_gauge(
        "oldest_queued_age_seconds", "Age of the oldest message that waits for a link",
        lambda: {(name,): sender.oldest_age_s(node.clock())
                 for name, sender in node.flows.dispatch.senders.items()},
        ("channel",),
    )
    collector.add_gauge(
        "port_state", "Ports by state of the complaint regime", lambda: sending_port_states(node.sending_ports),
        ("account", "channel", "outcome"),
    )
    collector.add_gauge(
        "port_rate", "Lowest live rate of the ports of an account or channel, messages a second",
        lambda: sending_port_rates(node.sending_ports), ("account", "channel"),
    )


def register_waiting(collector: MeterCollector, node: Node) -> None:
    """Register what tells of sending hours, of rates and of frequency."""
    flows = node.flows

    def by_channel(read: Callable[[ChannelSender], float]) -> dict[tuple[str, ...], float]:
        return {(name,): read(sender) for name, sender in flows.dispatch.senders.items()}

    reads: tuple[tuple[str, str, Callable[[ChannelSender], float]], ...] = (
        ("held_messages", "Messages that wait for their sending hours",
         lambda sender: float(sender.queues.deferred_count(sender.queued))),
        ("held_age_seconds", "Age of the oldest of them", lambda sender: sender.queues.deferred_age_s(node.clock())),
        ("paced_messages", "Accepted messages that wait for the rate of their account or code",
         lambda sender: float(len(sender.rate_queues))),
    )
    for name, help_text, read in reads:
        collector.add_gauge(name, help_text, partial(by_channel, read), ("channel",))
    collector.add_gauge("frequency_numbers", "Numbers whose frequency is remembered",
                        lambda: float(len(flows.tallies.stamps)))
    collector.add_counter("frequency_numbers_forgotten", "Of those forgotten before their day was over",
                          lambda: float(flows.tallies.stamps.forgotten))


def register_notices(collector: MeterCollector, node: Node) -> None:
    """Register what is owed to people: by which means it waits, since when, and what came of attempts."""
    mails, messages = node.notices.mails, node.notices.messages
    if mails is None or messages is None:
        return
    collector.add_gauge(
        "notices_waiting", "Notices that wait to be sent, or to be given by a person (by_hand)",
        lambda: {(means,): float(each.sendings) for means, each in mails.waiting.items()}, ("protocol",),
    )
    collector.add_gauge(
        "notices_oldest_age_seconds", "Age of the oldest of them",
        lambda: {(means,): max(0.0, node.clock() - each.since) for means, each in mails.waiting.items()},
        ("protocol",),
    )
    collector.add_counter(
        "notice_attempts", "Attempts to send a notice, by what came of them",
        lambda: {
            (means, outcome): float(count) for means, sender in (("email", mails), ("message", messages))
            for outcome, count in sender.outcomes.items()
        }, ("protocol", "outcome"),
    )


def register_money(collector: MeterCollector, node: Node) -> None:
    """Register what is known about money beside the balances."""
    collector.add_gauge(
        "stored_ledger_sum_yuan", "Sum over all stored books, read once a minute: zero",
        lambda: node.stored_sum_hao / HAO_PER_YUAN,
    )
    collector.add_gauge("books_apart_yuan", "By how much books in memory are not the stored ones: zero",
                        lambda: node.agreement.apart_hao / HAO_PER_YUAN)
    collector.add_gauge("pools_apart_segments", "By how much the use of pools in memory is not the stored one: zero",
                        lambda: float(node.agreement.apart_segments))
    collector.add_gauge("books_compared_age_seconds", "Since they were compared",
                        lambda: node.agreement.age_s)
    collector.add_gauge(
        "account_suspended", "1 while every submit of the account is refused",
        lambda: {(name,): float(node.flows.policies[name].stopped is not None)
                 for name in node.settings.accounts}, ("account",),
    )
    for name, says, read in (
        ("credits_left", "Unused credits of accounts that bought lots", _credits_left),
        ("cap_left_yuan", "What may still accrue under the cap of the term", _cap_left),
    ):
        collector.add_gauge(name, says, partial(_by_account, node, read), ("account",))


def _by_account(node: Node, read: Callable[[Treasury, str], float | None]) -> dict[tuple[str, ...], float]:
    values = {name: read(node.flows.treasury, name) for name in node.settings.accounts}
    return {(name,): value for name, value in values.items() if value is not None}


def _credits_left(treasury: Treasury, name: str) -> float | None:
    if not any(pool.kind is PoolKind.CREDITS for pool in treasury.pools.get(name, ())):
        return None
    used = treasury.ledger.purse(name).used
    return sum(pool.left(used) for pool in treasury.credits_of(name))


def _cap_left(treasury: Treasury, name: str) -> float | None:
    left_hao = treasury.levels.cap_left_hao(name)
    return None if left_hao is None else left_hao / HAO_PER_YUAN


def _limiters(node: Node) -> list[tuple[str, ConnectionLimiter]]:
    """Return the limiter of each listener, by the listener's name."""
    return [
        *((name, listener.limiter) for name, listener in node.listeners.items()),
        *((name, listener.limiter) for name, listener in node.http_listeners.listeners.items()),
    ]


def register_connections(collector: MeterCollector, node: Node) -> None:
    """Register what the listeners and the bans count; the label `protocol` has the listener's name."""

    def by_listener(
        read: Callable[[ConnectionLimiter], Mapping[str, float]]
    ) -> Callable[[], dict[tuple[str, ...], float]]:
        return lambda: {
            (name, outcome): count
            for name, limiter in _limiters(node) for outcome, count in tuple(read(limiter).items())
        }

    labels = ("protocol", "outcome")
    collector.add_gauge("connections", "TCP connections of clients", by_listener(ConnectionLimiter.counts), labels)
    collector.add_counter(
        "connections_ended", "TCP connections that a listener ended, by why",
        by_listener(lambda limiter: limiter.ended), labels,
    )
    collector.add_counter("binds_refused", "Binds refused, by why", lambda: node.admission.refusals, labels)
    collector.add_counter(
        "bans", "Bans begun, of a login from an address and of an address", lambda: node.admission.banned, ("outcome",)
    )


def sending_port_states(watch: PortWatch) -> Mapping[tuple[str, ...], float]:
    """Return how many sending ports of each account and channel are in each state."""
    return Counter(
        (each.terms.account, each.terms.channel, each.sending_port.state.value)
        for each in watch.standings.values()
        if each.terms.profile is not None
    )


def sending_port_rates(watch: PortWatch) -> Mapping[tuple[str, ...], float]:
    """Return the lowest live rate among the sending ports of each account, and of each channel."""
    lowest: dict[tuple[str, ...], float] = {}
    for each in watch.standings.values():
        rate = each.live_rate
        if each.terms.profile is not None and rate is not None:
            owner = (each.terms.account, each.terms.channel)
            lowest[owner] = min(lowest.get(owner, rate), rate)
    return lowest
