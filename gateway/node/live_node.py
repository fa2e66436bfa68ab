"""A node as operators see it now, and what they may end of it: the `LiveNode` of operations."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Final

from gateway import native
from gateway.flows.deliveries.delivery_guard import NOTHING_HEARD, PairShown
from gateway.node.observing import NO_COUNTS, RATE_SECONDS, SECONDS_KEPT, SecondCounts, counts_now, per_s, quantile
from gateway.node.recorder import Recorder
from gateway.node.state_checks import StateChecks
from gateway.operations.node_answers import (
    AccountState,
    ChannelState,
    CheckShown,
    CommitState,
    DeliveryShown,
    Latency,
    LinkShown,
    NodeState,
    SessionShown,
)
from gateway.operations.recorder_answers import RecordingShown
from gateway.transport.carrier_link import CarrierLink
from gateway.transport.client_session import ClientSession

if TYPE_CHECKING:
    from gateway.node.node import Node

ACCOUNTS_MAX: Final = 100
DELIVERIES_MAX: Final = 100
RECENT_S: Final = 0.5


def version_text() -> str:
    """Return the version of this program, and the Python that runs it."""
    return f"{metadata.version('hongyan')}, Python {platform.python_version()}"


class LiveNodeView:
    """Everything is read from memory when it is asked."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._started_at = node.clock()
        self._version = version_text()
        self._recent: tuple[float, NodeState] | None = None
        self._checks = StateChecks(node)
        self._recorder = Recorder(node)

    # --- the state ---------------------------------------------------------------------------------------------------

    def recent_state(self) -> NodeState:
        tick = self._node.loop.time()
        if self._recent is None or tick - self._recent[0] >= RECENT_S:
            self._recent = tick, self.state()
        return self._recent[1]

    def state(self) -> NodeState:
        """Return the state of this moment."""
        node, observer = self._node, self._node.observer
        now = counts_now(node.meters, node.loop.time())
        before, minute = observer.before(RATE_SECONDS) or now, observer.before(SECONDS_KEPT) or now
        seconds = now.tick - before.tick
        accounts = self._accounts()
        return NodeState(
            node=node.settings.node.name, number=node.settings.node.number, version=self._version, road=native.form(),
            is_ready=node.is_ready, at=node.clock(), started_at=self._started_at,
            accepted_per_s=per_s(now.accepted, before.accepted, seconds),
            refused_per_s=per_s(now.refused, before.refused, seconds),
            commits=CommitState(
                is_open=node.journal.is_open, is_stepwise=bool(node.journal.why_stepwise),
                pending=node.journal.pending, per_s=per_s(now.commits, before.commits, seconds),
                rows_per_s=per_s(now.commit_rows, before.commit_rows, seconds),
                latency=_latency(now.commit, minute.commit),
            ),
            channels=tuple(self._channel(name, now, before, minute) for name in node.settings.channels),
            accounts=tuple(accounts[:ACCOUNTS_MAX]), accounts_more=max(0, len(accounts) - ACCOUNTS_MAX),
            deliveries=tuple(_delivery(pair) for pair in node.guard.pairs[:DELIVERIES_MAX]),
            receipts_awaited=node.flows.receipts.awaiting, tasks_open=sum(node.duties.open_by_clause.values()),
            tasks_overdue=sum(node.duties.overdue_by_clause.values()), checks=self.checks(),
        )

    def _channel(self, name: str, now: SecondCounts, before: SecondCounts, minute: SecondCounts) -> ChannelState:
        node = self._node
        channel, sender, meters = node.settings.channels[name], node.flows.dispatch.senders[name], node.meters
        links = node.pool.links.get(name, ())
        current, older, oldest = (each.channels.get(name, NO_COUNTS) for each in (now, before, minute))
        heard = node.guard.heard.get(name, NOTHING_HEARD)
        clock = node.clock()
        return ChannelState(
            channel=name, wire=channel.wire.name, state=self._state_of(name), links=tuple(map(_link, links)),
            window=sum(each.channel.window_max for each in links), in_flight=sum(each.in_flight for each in links),
            queue=max(0, sender.queued), held=sender.queues.deferred_count(sender.queued),
            paced=len(sender.rate_queues), oldest_s=round(sender.oldest_age_s(clock), 1),
            submits_per_s=per_s(current.submitted, older.submitted, now.tick - before.tick),
            configured_per_s=channel.rate_per_s or None, limit_per_s=sender.limit_per_s,
            learnt_per_s=round(meters.channel(name).learnt_per_s, 1) or None,
            response=_latency(current.response, oldest.response), receipt=_latency(current.receipt, oldest.receipt),
            unmatched_per_min=round(60.0 * per_s(current.unmatched, oldest.unmatched, now.tick - minute.tick), 1),
            delivered=heard.delivered, finals=heard.finals,
        )

    def _state_of(self, name: str) -> str:
        flows = self._node.flows
        if flows.dispatch.senders[name].is_stopped:
            return "isolated"
        if name in flows.rates.drained:
            return "drained"
        return "up" if self._node.meters.channel(name).binds else "down"

    def _accounts(self) -> list[AccountState]:
        node = self._node
        found = [
            AccountState(
                account=name, sessions=meters.sessions, owed=meters.outbox_depth,
                is_stopped=node.flows.policies[name].stopped is not None,
            )
            for name, meters in node.meters.accounts.items()
            if name in node.settings.accounts and (meters.sessions or meters.outbox_depth)
        ]
        return sorted(found, key=lambda each: (-each.owed, each.account))

    def checks(self) -> tuple[CheckShown, ...]:
        return self._checks.shown()

    def watch_checks(self) -> None:
        """Note since when each check fails; once a second."""
        self._checks.look()

    # --- sessions and links ------------------------------------------------------------------------------------------

    def _sessions(self) -> Iterator[ClientSession]:
        for connection in self._node.listeners_of_clients.connections():
            if connection.account is not None:
                yield connection

    def sessions(self) -> Sequence[SessionShown]:
        return sorted(map(_session, self._sessions()), key=lambda each: (each.since, each.session))

    def session(self, name: str) -> ClientSession | None:
        return next((each for each in self._sessions() if each.name == name), None)

    def disconnect(self, session: str) -> None:
        found = self.session(session)
        if found is not None:
            found.unbind()

    def link(self, name: str) -> LinkShown | None:
        found = self._node.pool.find(name)
        return None if found is None else _link(found)

    def rebind(self, link: str) -> None:
        found = self._node.pool.find(link)
        if found is not None:
            found.unbind()

    def hold(self, link: str, *, is_held: bool) -> None:
        found = self._node.pool.find(link)
        if found is not None:
            found.is_held = is_held
            if is_held:
                found.unbind()

    # --- recordings --------------------------------------------------------------------------------------------------

    def check_recording(self, link: str, session: str) -> None:
        self._recorder.check(link, session)

    def start_recording(
        self, link: str, session: str, octets_max: int, minutes: int, reason: str
    ) -> RecordingShown:
        return self._recorder.start(link, session, octets_max, minutes, reason)

    def stop_recording(self, number: int) -> RecordingShown:
        self._recorder.stop(number)
        return self._recorder.show(number)

    def recordings(self) -> tuple[RecordingShown, ...]:
        return self._recorder.shown()

    def recording(self, number: int) -> RecordingShown:
        return self._recorder.show(number)

    def recording_lines(self, number: int) -> Sequence[str]:
        return self._recorder.lines(number)

    def end_recordings(self) -> None:
        self._recorder.end_all()


def _latency(now: Sequence[int], before: Sequence[int]) -> Latency:
    return Latency(p50_s=quantile(now, before, 0.5), p99_s=quantile(now, before, 0.99))


def _link(link: CarrierLink) -> LinkShown:
    return LinkShown(
        link=link.name, kind=link.kind, state=link.state, since=link.bound_at if link.is_bound else None,
        window=link.channel.window_max, in_flight=link.in_flight,
    )


def _session(session: ClientSession) -> SessionShown:
    assert session.account is not None
    return SessionShown(
        session=session.name, account=session.account.name, protocol=session.protocol, version=session.version,
        peer=session.peer, mode=session.mode, since=session.bound_at, unanswered=session.unanswered,
        in_flight=session.pump.session.in_flight,
    )


def _delivery(pair: PairShown) -> DeliveryShown:
    return DeliveryShown(
        channel=pair.channel, kind=pair.kind, name=pair.name, state=pair.state, since=pair.since or None,
        delivered=pair.delivered, finals=pair.finals, usual=round(pair.usual, 4) or None,
    )
