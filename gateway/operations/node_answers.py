"""What a node looks like now, as operations answer it: from memory, cheap enough for once a second.

Moments are unix seconds; rates are over the last ten seconds, latencies over the last minute.
"""

from __future__ import annotations

from gateway.operations.field_kinds import OperationAnswer


class Latency(OperationAnswer):
    """Quantiles in seconds, as the upper bounds of a histogram's buckets let them be told; none without a value."""

    p50_s: float | None
    p99_s: float | None


class LinkShown(OperationAnswer):
    """One link to a carrier. `state` is bound, throttled, leaving, held or down; `since` of a bound one."""

    link: str
    kind: str
    state: str
    since: float | None
    window: int
    in_flight: int


class ChannelState(OperationAnswer):
    """A channel. `state` is up, down, drained or isolated; rates are in segments a second.

    `delivered` of `finals` are those of the last hour, by the last full minute.
    """

    channel: str
    wire: str
    state: str
    links: tuple[LinkShown, ...]
    window: int
    in_flight: int
    queue: int
    held: int
    paced: int
    oldest_s: float
    submits_per_s: float
    configured_per_s: float | None
    learnt_per_s: float | None
    limit_per_s: float | None
    response: Latency
    receipt: Latency
    unmatched_per_min: float
    delivered: int
    finals: int


class AccountState(OperationAnswer):
    """An account with sessions, or with anything that is owed to it."""

    account: str
    sessions: int
    owed: int
    is_stopped: bool


class DeliveryShown(OperationAnswer):
    """A channel with an account or a signature: finals of the last hour against its own last seven days.

    `state` is usual, low or trial; `usual` is a share, none while too little is known.
    """

    channel: str
    kind: str
    name: str
    state: str
    since: float | None
    delivered: int
    finals: int
    usual: float | None


class CommitState(OperationAnswer):
    """Commits of the journal."""

    is_open: bool
    is_stepwise: bool
    pending: int
    per_s: float
    rows_per_s: float
    latency: Latency


class CheckShown(OperationAnswer):
    """A check of the node's own that fails: `name` is an alert's, `subject` a channel, an account or empty."""

    name: str
    subject: str
    value: float
    since: float
    is_firing: bool


class NodeState(OperationAnswer):
    """One node. Accounts and deliveries are those to look at first; `accounts_more` says how many are left out."""

    node: str
    number: int
    version: str
    road: str
    is_ready: bool
    at: float
    started_at: float
    accepted_per_s: float
    refused_per_s: float
    commits: CommitState
    channels: tuple[ChannelState, ...]
    accounts: tuple[AccountState, ...]
    accounts_more: int
    deliveries: tuple[DeliveryShown, ...]
    receipts_awaited: int
    tasks_open: int
    tasks_overdue: int
    checks: tuple[CheckShown, ...]


class NodesState(OperationAnswer):
    """Every node that this one knows of; so far itself."""

    nodes: tuple[NodeState, ...]


class SessionShown(OperationAnswer):
    """A client's session."""

    session: str
    account: str
    protocol: str
    version: str
    peer: str
    mode: str
    since: float
    unanswered: int
    in_flight: int


class SessionsShown(OperationAnswer):
    """Sessions, the oldest first; `more` says how many are left out."""

    sessions: tuple[SessionShown, ...]
    more: int
