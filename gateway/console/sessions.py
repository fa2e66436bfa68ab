"""Who asks: the session behind a cookie. The database has the digest of its token only.

A session ends when nobody uses it for `session_idle_s`, after `session_max_s` in any case, when its person signs out,
and when password, role or second factor change.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

import asyncpg
from aiohttp import web

from gateway.domain.user import NOBODY, User
from gateway.settings import Settings
from gateway.store.facts.session_rows import SessionRow, add_session, find_session

SESSION_COOKIE: Final = "hongyan_session"
VISIT_COOKIE: Final = "hongyan_visit"
_TOKEN_OCTETS: Final = 32
_TOKEN_CHARACTERS_MAX: Final = 64
PASSWORD_PATH: Final = "/password"
CODE_PATH: Final = "/sign-in/code"
FACTOR_PATH: Final = "/second-factor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and what he carries: `cookie` is secret and known to him and us alone."""

    user: User
    cookie: str
    address: str
    session: SessionRow | None = None

    @property
    def digest(self) -> bytes:
        """What the database knows of the session; empty where there is none."""
        return digest_of(self.cookie) if self.session is not None else b""

    def first_step(self, factor_roles: tuple[str, ...]) -> str:
        """Return the path of what this person has to do before anything else; "" for nothing."""
        session = self.session
        if session is None:
            return ""
        if session.owns_factor and not session.has_factor:
            return CODE_PATH
        if session.must_change:
            return PASSWORD_PATH
        return FACTOR_PATH if session.role in factor_roles and not session.owns_factor else ""


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_OCTETS)


async def visitor_of(request: web.Request, pool: asyncpg.Pool, settings: Settings, now: float) -> Visitor:
    """Return who sent a request. Raises what the database raises."""
    address = address_of(request, settings)
    token = request.cookies.get(SESSION_COOKIE, "")
    if token and len(token) <= _TOKEN_CHARACTERS_MAX:
        async with pool.acquire() as connection:
            row = await find_session(connection, digest_of(token), now=now, idle_s=settings.console.session_idle_s)
        if row is not None:
            return Visitor(User(row.user_name, row.role, row.account), token, address, row)
    return Visitor(NOBODY, request.cookies.get(VISIT_COOKIE, "")[:_TOKEN_CHARACTERS_MAX], address)


async def open_session(
    connection: asyncpg.Connection, settings: Settings, user: str, address: str, now: float, *,
    has_factor: bool = False,
) -> str:
    """Return the token of a new session of a person."""
    token = new_token()
    await add_session(
        connection, digest_of(token), user, address, has_factor=has_factor, now=now,
        ends_at=now + settings.console.session_max_s,
    )
    return token


def address_of(request: web.Request, settings: Settings) -> str:
    """Return where a request comes from: the peer, or whom the nearest proxy that we believe names."""
    from ipaddress import ip_address

    hops = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
    address = request.remote or ""
    while hops:
        try:
            is_proxy = any(ip_address(address) in network for network in settings.console.proxies)
        except ValueError:  # no address at all: nobody's proxy
            break
        if not is_proxy:
            break
        address = hops.pop()
    return address
