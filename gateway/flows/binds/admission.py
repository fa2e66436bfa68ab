"""Who may bind: credentials, address, mode, number of sessions; wrong logins are slowed and then refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.dialects.login import BindRefusal, Login, is_same_secret
from gateway.domain.account import Account
from gateway.domain.account_directory import AccountDirectory
from gateway.flows.binds.bans import BanLimits, Bans
from gateway.flows.binds.peer_networks import PeerNetworks, counted_as, is_within

WRONG: Final = "the password, or the proof made of it, is wrong"


@dataclass(frozen=True, slots=True)
class RefusedBind:
    """A bind that is refused: why, how long its answer waits, and what is shut out from now on (login, address).

    `why` is for our log alone: a peer that guesses is told no more than its reason's status.
    """

    reason: BindRefusal
    delay_s: float
    banned: str = ""
    why: str = field(default="", compare=False)


class Admission:
    """Decides on binds; one for all listeners."""

    def __init__(self) -> None:
        self.bans = Bans()
        self.networks = PeerNetworks()  # that accounts list
        self._accounts = AccountDirectory(())
        self._configured: Mapping[str, Account] = {}
        self._own_passwords: dict[str, str] = {}
        self._sessions: Counter[str] = Counter()
        self.is_closed = False
        self.refusals: Counter[tuple[str, ...]] = Counter()  # by protocol and reason
        self.banned: Counter[tuple[str, ...]] = Counter()  # bans begun: of a login from an address, of an address

    def load(self, accounts: Mapping[str, Account]) -> None:
        """Take the configured accounts; passwords that clients set themselves go on in place of theirs."""
        self._configured = accounts
        own = self._own_passwords
        self._accounts = AccountDirectory(
            replace(account, password=own[name]) if name in own else account for name, account in accounts.items()
        )
        self.networks = PeerNetworks(network for account in accounts.values() for network in account.networks)

    def load_passwords(self, own: Mapping[str, str]) -> None:
        """Take the passwords that clients set themselves, by account; they hold for binds from now on."""
        self._own_passwords = dict(own)
        self.load(self._configured)

    def change_password(self, account: str, password: str | None) -> None:
        """Take a new one; None: the configured one holds again."""
        kept = {name: own for name, own in self._own_passwords.items() if name != account}
        self.load_passwords(kept if password is None else {**kept, account: password})

    def sessions(self, account: str) -> int:
        return self._sessions[account]

    def with_login(self, login: str, protocol: str) -> Account | None:
        """Return the account that has this login in a protocol; else one that has it in another."""
        return self._accounts.binding(login, protocol)

    def shown(self, login: str) -> str:
        """Return a login as it may be logged: an unknown one may be a password that stands in the wrong field."""
        return login if self._accounts.with_login(login) else f"[{len(login)} characters]"

    def admit(
        self, login: Login, address: str, protocol: str, limits: BanLimits, now: float, *, is_known: bool = False
    ) -> Account | RefusedBind:
        """Check one bind; an Account books a session until `leave`. `is_known`: the address is in a listed network."""
        verdict = self._judge(login, address, protocol, limits, now, is_known)
        if isinstance(verdict, Account):
            self._sessions[verdict.name] += 1
        else:
            self.refusals[protocol, verdict.reason.name.lower()] += 1
            if verdict.banned:
                self.banned[(verdict.banned,)] += 1
        return verdict

    def _judge(
        self, login: Login, address: str, protocol: str, limits: BanLimits, now: float, is_known: bool
    ) -> Account | RefusedBind:
        counted = counted_as(address)
        if self.bans.has_login(counted, login.login, now):
            return RefusedBind(BindRefusal.BANNED, limits.delay_step_s, why="too many wrong logins before this one")
        account = self._accounts.binding(login.login, protocol)
        # An unknown name costs the same digest as a wrong password, and is answered alike.
        is_right = login.matches(account.password if account is not None else "")
        is_elsewhere = account is not None and bool(account.networks) and not is_within(address, account.networks)
        if account is None or not is_right or is_elsewhere:
            is_own = account is not None and is_known and not is_elsewhere and bool(account.networks)
            failed = self.bans.failed(counted, login.login, limits, now, is_known=is_known, is_own=is_own)
            reason = BindRefusal.ADDRESS if is_right and is_elsewhere else BindRefusal.UNKNOWN_OR_WRONG
            why = "no account has this login" if account is None else "the address is none of its networks"
            return RefusedBind(reason, failed.delay_s, failed.banned, why if is_right or account is None else WRONG)
        if login.is_too_new and not account.cmpp_version:
            return RefusedBind(BindRefusal.VERSION, 0.0, why="a version above those spoken here")
        if protocol not in account.protocols:
            return RefusedBind(BindRefusal.MODE, 0.0, why=f"{protocol} is none of its protocols")
        if login.mode not in account.bind_modes:
            return RefusedBind(BindRefusal.MODE, 0.0, why=f"{login.mode.value} is none of its bind_modes")
        if self._sessions[account.name] >= account.sessions_max:
            return RefusedBind(BindRefusal.TOO_MANY, 0.0, why=f"sessions_max is {account.sessions_max}, all are bound")
        self.bans.succeeded(counted, login.login)
        return account

    def check_reader(
        self, name: str, login: str, password: str, address: str, limits: BanLimits, now: float
    ) -> tuple[Account | None, float]:
        """Check who wants to read of an account; no session is booked. Return it, or how long the refusal waits.

        The address may be a proxy's: it is never shut out as a whole, and the account's networks are not asked.
        """
        counted = counted_as(address)
        if self.bans.has_login(counted, login, now):
            return None, limits.delay_step_s
        account = next((each for each in self._accounts.with_login(login) if each.name == name), None)
        is_right = is_same_secret(password.encode(), account.password if account is not None else "")
        if account is not None and is_right and password:
            self.bans.succeeded(counted, login)
            return account, 0.0
        return None, self.bans.failed(counted, login, limits, now, is_known=True, is_own=False).delay_s

    def leave(self, account: str) -> None:
        self._sessions[account] -= 1
