"""The sending ports of a configuration: who owns each code, its full rate, its lists, the contract that limits it.

A client's port is a service code of its account. Upstream a port is our code at a carrier: a channel whose contract has
the complaint regime. A ticket that names a code counts at every sending port the code belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.contracts.content_keys import Regime
from gateway.contracts.profile import Profile
from gateway.contracts.regime import ComplaintRules
from gateway.domain.account import Account, ServiceCode
from gateway.domain.channel import Channel
from gateway.domain.complaint import CHANNEL_PREFIX

_NO_RULES: Final = ComplaintRules()


@dataclass(frozen=True, slots=True)
class PortTerms:
    """What the contract says of one sending port. Rates are messages a second; `is_limited`: complaints cost it rate.

    `agreed` is the configured rate, 0 for none; `rate` is V0, what the regime takes shares of: assumed where none is
    agreed.

    A channel without a contract is a sending port that operators may isolate, and nothing else: `profile` is None.
    """

    key: str
    code: str
    account: str
    channel: str
    profile: Profile | None
    regime: Regime
    agreed: float
    rate: float
    is_limited: bool

    @property
    def rules(self) -> ComplaintRules:
        return _NO_RULES if self.profile is None else self.profile.complaints


class PortBook:
    """All sending ports of a configuration; finds those a reported code belongs to."""

    def __init__(
        self, accounts: Iterable[Account], channels: Iterable[Channel], profiles: Mapping[str, Profile]
    ) -> None:
        self.sending_ports: dict[str, PortTerms] = {}
        for account in accounts:
            for code in account.service_codes:
                self.sending_ports[code.code] = _of_account(account, code, profiles[account.contract])
        for channel in channels:
            terms = _of_channel(channel, profiles.get(channel.contract))
            self.sending_ports[terms.key] = terms

    def find(self, code: str) -> list[PortTerms]:
        """Return the sending ports of a reported code: the account's with the longest prefix, and each channel's.

        A carrier reports our code there with the client's behind it: both sending ports are meant then.
        """
        channels = [each for each in self.sending_ports.values() if each.channel and each.profile and each.code]
        upstream = [each for each in channels if code.startswith(each.code)]
        tails = [code, *(code[len(each.code):] for each in upstream)]
        own = [
            sending_port for sending_port in self.sending_ports.values() if sending_port.account and any(
                tail.startswith(sending_port.code) for tail in tails
            )
        ]
        return [*([max(own, key=lambda sending_port: len(sending_port.code))] if own else []), *upstream]


def _of_account(account: Account, code: ServiceCode, profile: Profile) -> PortTerms:
    rate = code.rate_per_s or account.rate_per_s
    return PortTerms(
        code.code, code.code, account.name, "", profile, regime_of(code.regime, profile),
        rate, rate or float(profile.complaints.assumed_rate_per_s), profile.complaint_limits,
    )


def _of_channel(channel: Channel, profile: Profile | None) -> PortTerms:
    rules = _NO_RULES if profile is None else profile.complaints
    return PortTerms(
        f"{CHANNEL_PREFIX}{channel.name}", channel.service_code, "", channel.name, profile,
        "whitelist" if profile is None else regime_of("", profile),
        channel.rate_per_s, channel.rate_per_s or float(rules.assumed_rate_per_s),
        profile is not None and profile.complaint_limits,
    )


def regime_of(stated: str, profile: Profile) -> Regime:
    """Return the lists a port is under: the stated ones, else by the contracted types; both lists count as black."""
    if stated:
        return "blacklist" if stated == "blacklist" else "whitelist"
    return "blacklist" if "blacklist" in profile.service_types.values() else "whitelist"
