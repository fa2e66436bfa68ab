"""Who may use the HTTP API: by a token, or by login and password; wrong ones are slowed and then shut out.

A token that is wrong again and again is shut out from its address, as a login is; an address that tries many different
ones is shut out as a whole, unless an account lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.dialects.login import BindRefusal, is_same_secret
from gateway.domain.account import Account
from gateway.domain.api_token import ALL_SCOPES, ApiToken, Scope, digest_of
from gateway.flows.binds.admission import WRONG, Admission, RefusedBind
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.flows.binds.bans import BanLimits
from gateway.flows.binds.peer_networks import counted_as, is_within

HTTP: Final = "http"
_NAMED_MAX: Final = 16  # digits of a token's digest that stand for it among the logins


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the programs of an account, and what they may do. `token_id` is 0 for login and password."""

    account: Account
    scopes: frozenset[Scope]
    token_id: int = 0


class ApiAccess:
    """Checks each request. `now` is in unix seconds for tokens, `at` on the clock of the bans, which only rises."""

    def __init__(self, admission: Admission, tokens: ApiTokens) -> None:
        self._admission = admission
        self._tokens = tokens

    def by_token(
        self, text: str, accounts: Mapping[str, Account], address: str, limits: BanLimits, now: float, at: float, *,
        is_proxied: bool = False,
    ) -> Principal | RefusedBind:
        """Return who has this token. `is_proxied`: the address may be a proxy's, and is never shut out as a whole."""
        token = self._tokens.find(text, now)
        account = None if token is None else accounts.get(token.account)
        if token is not None and account is not None and self._may(account, address):
            return Principal(account, token.scopes, token.id)
        name = "token " + digest_of(text).hex()[:_NAMED_MAX]
        return self._refused(name, account, address, limits, at, is_proxied, _why(token, account))

    def by_password(
        self, login: str, password: str, address: str, limits: BanLimits, at: float, *, is_proxied: bool = False
    ) -> Principal | RefusedBind:
        """Return whose login and password these are."""
        if self._admission.bans.has_login(counted_as(address), login, at):
            return self._told(RefusedBind(BindRefusal.BANNED, limits.delay_step_s, why="too many wrong logins"))
        account = self._admission.with_login(login, HTTP)
        is_right = is_same_secret(password.encode("utf-8", "replace"), "" if account is None else account.password)
        if account is not None and is_right and password and self._may(account, address):
            self._admission.bans.succeeded(counted_as(address), login)
            return Principal(account, ALL_SCOPES)
        known = account if is_right and password else None
        return self._refused(login, known, address, limits, at, is_proxied, WRONG)

    def _may(self, account: Account, address: str) -> bool:
        is_elsewhere = bool(account.networks) and not is_within(address, account.networks)
        return HTTP in account.protocols and not is_elsewhere

    def _refused(
        self, name: str, account: Account | None, address: str, limits: BanLimits, at: float, is_proxied: bool, why: str
    ) -> RefusedBind:
        if account is not None and HTTP not in account.protocols:
            return self._told(RefusedBind(BindRefusal.MODE, 0.0, why="http is none of its protocols"))
        bans, counted = self._admission.bans, counted_as(address)
        if bans.has_login(counted, name, at):
            return self._told(RefusedBind(BindRefusal.BANNED, limits.delay_step_s, why="too many wrong ones before it"))
        is_known = is_proxied or self._admission.networks.has(address)
        failed = bans.failed(counted, name, limits, at, is_known=is_known, is_own=False)
        reason = BindRefusal.ADDRESS if account is not None else BindRefusal.UNKNOWN_OR_WRONG
        return self._told(RefusedBind(reason, failed.delay_s, failed.banned, why))

    def _told(self, refused: RefusedBind) -> RefusedBind:
        self._admission.refusals[HTTP, refused.reason.name.lower()] += 1
        if refused.banned:
            self._admission.banned[(refused.banned,)] += 1
        return refused


def _why(token: ApiToken | None, account: Account | None) -> str:
    if token is None:
        return "no live token has this text"
    return "its account is not configured" if account is None else "the address is none of its networks"
