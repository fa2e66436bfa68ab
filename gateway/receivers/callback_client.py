"""HTTP calls to endpoints: only to addresses that are allowed, no redirects, no cookies, no proxy, bounded answers.

The host is looked up for each new connection, and every socket is made for an address that was judged a moment before:
between look-up and connect there is no second look-up that could say something else.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.flows.interfaces import Clock
from gateway.receivers.callback_states import CallResult, retry_after_s
from gateway.receivers.callback_urls import CallRules

BODY_READ_MAX: Final = 16_384  # of an answer; the connection of a longer one is closed
BODY_READ_S: Final = 2.0
HEADER_MAX: Final = 8_190
LOOK_UPS_MAX: Final = 32
KEEPALIVE_S: Final = 15.0
USER_AGENT: Final = "hongyan"


class AddressRefused(OSError):
    """A host that means an address that may not be called."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: a signed POST of a body, or a GET."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class JudgedResolver(AbstractResolver):
    """Looks a host up, and returns the addresses that may be called. Raises AddressRefused for none.

    Each look-up has a thread of its own, so many at a time: names whose servers are slow hold up neither the node,
    whose threads are few, nor its end.
    """

    def __init__(self, rules: Callable[[], CallRules]) -> None:
        self._rules = rules
        self._places = asyncio.Semaphore(LOOK_UPS_MAX)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        async with self._places:
            found = await _look_up(host, port, family)
        rules = self._rules()
        allowed = [each for each in found if not rules.address_problem(str(each[4][0]))]
        if not allowed:
            raise AddressRefused(f"{host} means no address that may be called")
        return [
            ResolveResult(
                hostname=host, host=str(where[0]), port=port, family=kind, proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in allowed
        ]

    async def close(self) -> None:
        """There is nothing to close."""


async def _look_up(host: str, port: int, family: int) -> list[Any]:
    """Return what getaddrinfo says; raises its OSError. Whoever gives up waiting hears nothing of it."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[list[Any]] = loop.create_future()

    def tell(found: list[Any] | OSError) -> None:
        if told.done():
            return
        if isinstance(found, OSError):
            told.set_exception(found)
        else:
            told.set_result(found)

    def run() -> None:
        found: list[Any] | OSError
        try:
            found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        except (OSError, UnicodeError) as fault:  # a label that is too long is no name either
            found = fault if isinstance(fault, OSError) else socket.gaierror(socket.EAI_NONAME, "is no name")
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=run, name="callback look-up", daemon=True).start()
    return await told


class CallbackClient:
    """One for all accounts; `timeout_s` is for a whole call, `concurrent_max` for all that go on at a time."""

    def __init__(
        self, rules: CallRules, clock: Clock, *, timeout_s: float, concurrent_max: int,
        authorities: ssl.SSLContext | None = None, resolver: AbstractResolver | None = None,
    ) -> None:
        self.rules = rules
        self._clock = clock
        self._timeout_s = timeout_s
        self._concurrent_max = concurrent_max
        self._authorities = authorities
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver or JudgedResolver(lambda: self.rules), use_dns_cache=False,
                limit=self._concurrent_max, keepalive_timeout=KEEPALIVE_S, socket_factory=self._socket,
                ssl=self._authorities or ssl.create_default_context(),
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=self._timeout_s), max_line_size=HEADER_MAX,
                max_field_size=HEADER_MAX, headers={"User-Agent": USER_AGENT},
            )
        return self._session

    def _socket(self, found: Any) -> socket.socket:
        """Make the socket for one address: the last moment at which it can be judged."""
        family, kind, protocol, _, where = found
        problem = self.rules.address_problem(str(where[0]))
        if problem:
            raise AddressRefused(f"{where[0]} {problem}")
        return socket.socket(family=family, type=kind, proto=protocol)

    async def call(self, call: Call) -> CallResult:
        """Call once; whatever happens is a result."""
        problem = self.rules.url_problem(call.url)
        if problem:
            return CallResult(0, problem=f"the URL {problem}", is_forbidden=True)
        try:
            async with asyncio.timeout(self._timeout_s), self._open().request(
                call.method, call.url, data=call.body or None, headers=call.headers,
                allow_redirects=False,
            ) as response:
                await self._read_some(response)
                after_s = retry_after_s(response.headers.get("Retry-After", ""), self._clock())
                return CallResult(response.status, after_s)
        except TimeoutError:
            return CallResult(0, problem=f"no answer within {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            refusal = refused_address(fault)
            problem = problem_of_call(fault, call.url) if refusal is None else str(refusal)
            return CallResult(0, problem=problem, is_forbidden=refusal is not None)

    async def _read_some(self, response: aiohttp.ClientResponse) -> None:
        """Read what is short, so that the connection can be used again; close that of what is long or slow."""
        try:
            async with asyncio.timeout(BODY_READ_S):
                left = BODY_READ_MAX
                async for octets in response.content.iter_chunked(4096):
                    left -= len(octets)
                    if left < 0:
                        break
                else:
                    return
        except (TimeoutError, aiohttp.ClientError, OSError):
            pass  # the status came, and it is all that counts
        response.close()

    async def close(self) -> None:
        """End every connection; calls under way end with it."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def refused_address(fault: BaseException) -> AddressRefused | None:
    """Return the refusal of an address that is behind a fault of the client, None where there is none."""
    inner: BaseException | None = fault
    while inner is not None:
        if isinstance(inner, AddressRefused):
            return inner
        inner = inner.__cause__ or inner.__context__ or getattr(inner, "os_error", None)
    return None


def problem_of_call(fault: BaseException, url: str) -> str:
    """Return why a call failed, with its host and without the rest of its URL, which may be secret."""
    host = urlsplit(url).hostname or ""
    if isinstance(fault, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return f"the certificate of {host} is not valid, or it speaks no TLS"
    if isinstance(fault, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return f"{host} has no address"
    if isinstance(fault, aiohttp.ServerDisconnectedError | ConnectionResetError | aiohttp.ClientPayloadError):
        return f"{host} closed the connection before it answered"
    if isinstance(fault, aiohttp.ClientConnectorError | ConnectionError):
        return f"{host} cannot be reached"
    return f"{host}: {type(fault).__name__}"
