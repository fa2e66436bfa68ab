"""The rates of accounts, service codes and channels, live: what a contract takes away and gives back at any moment.

A limited code's excess waits, it is not refused; a suspended one's messages are refused (PORT). Nothing here touches a
link or a session (S4-4.4, S4-A3-3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.contracts.sending_port_standing import PortLimit
from gateway.domain.account import Account
from gateway.domain.verdict import Key, Reject
from gateway.flows.rates.open_hours import OpenHours
from gateway.flows.rates.pace import DeparturePace, Pace
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable


class LimitedChannel(Protocol):
    """What a live rate changes of a channel."""

    def limit(self, per_s: float | None) -> None:
        """Put a limit above the channel's rate: 0 stops it, None takes it off."""

    def schedule_claims(self) -> None:
        """Claim soon what may leave now: a rate changed."""


class LiveRates:
    """Limits by service code and by channel, put on again after each reload.

    In memory only: whoever decides one keeps the decision, and says it again after a restart. `paces` are the rates at
    which accounts may submit.
    """

    def __init__(
        self, policies: Mapping[str, Policy], channels: Mapping[str, LimitedChannel], hours: OpenHours,
        time: Callable[[], float],
    ) -> None:
        self._departure_paces = hours.departure_paces
        self._all_departure_paces: dict[str, DeparturePace] = {}
        self.paces: dict[str, Pace] = {}
        self._policies = policies
        self._channels = channels
        self._table = RouteTable(())
        self._hours = hours
        self._time = time
        self.codes: dict[str, PortLimit] = {}
        self.channels: dict[str, PortLimit] = {}
        self.drained: set[str] = set()  # channels that are not chosen while another serves the number

    def limit_code(self, code: str, limit: PortLimit | None) -> None:
        """PortLimit, suspend or free (None) a service code, whoever owns it now or after a reload.

        The excess of a limited one waits; a suspended one's messages (0) are refused with PORT.
        """
        if limit is None and code not in self.codes:
            return  # nothing was limited: a start and a reload say so of each of thousands of codes
        if limit is None:
            self.codes.pop(code, None)
        else:
            self.codes[code] = limit
        self._hours.end_waiting(code, ends_waiting=limit is not None and limit.ends_waiting)
        for name, policy in self._policies.items():
            if any(own.code == code for own in policy.account.service_codes):
                self._apply_code(name, code, limit)

    def _apply_code(self, account: str, code: str, limit: PortLimit | None) -> None:
        policy = self._policies[account]
        if limit is not None and not limit.per_s:
            policy.suspended_codes[code] = Reject(Key.PORT, limit.clause, limit.detail)
        else:
            policy.suspended_codes.pop(code, None)
        pace = self.paces.get(account)
        if pace is not None and (limit is None or limit.per_s):
            pace.limit_code(code, limit.per_s if limit is not None else 0.0, self._time())
        departures = self._all_departure_paces.get(account)
        if departures is not None:
            ends = limit is not None and limit.ends_waiting  # they come out of their queue to end
            departures.limit_code(code, None if limit is None or ends else limit.per_s, self._time())
            self._note(account, departures)
        for channel in self._channels.values():
            channel.schedule_claims()

    def add(self, account: Account) -> None:
        """A new account, or one that changed: it begins with the rates of its configuration."""
        self.paces[account.name] = Pace(account, self._time())
        departures = self._all_departure_paces[account.name] = DeparturePace(account, self._time())
        self._note(account.name, departures)

    def _note(self, account: str, departures: DeparturePace) -> None:
        """Keep only those that limit anything where each message looks."""
        if departures.is_on:
            self._departure_paces[account] = departures
        else:
            self._departure_paces.pop(account, None)

    def limit_channel(self, name: str, limit: PortLimit | None) -> None:
        """PortLimit, stop (0: others are chosen) or free (None) a channel: the carrier's word about our port there."""
        if limit is None:
            self.channels.pop(name, None)
        else:
            self.channels[name] = limit
        self._apply_channel(name, limit)

    def drain(self, name: str, is_drained: bool) -> None:
        """Choose other channels for what is to come; what waits here leaves."""
        (self.drained.add if is_drained else self.drained.discard)(name)
        self._apply_channel(name, self.channels.get(name))

    def _apply_channel(self, name: str, limit: PortLimit | None) -> None:
        channel, view = self._channels.get(name), self._table.views.get(name)
        if channel is None or view is None:
            return
        is_stopped = limit is not None and not limit.per_s
        is_shut = is_stopped or name in self.drained
        view.weight = 0 if is_shut else view.channel.weight  # others that serve the number are chosen
        channel.limit(None if limit is None else limit.per_s)

    def load(self, table: RouteTable) -> None:
        """After a reload: new policies, paces and views know only what the configuration says."""
        self._table = table
        for name, policy in self._policies.items():
            for own in policy.account.service_codes:
                if own.code in self.codes:
                    self._apply_code(name, own.code, self.codes[own.code])
        for name in self.channels.keys() | self.drained:
            self._apply_channel(name, self.channels.get(name))
