"""What a page works with: the person who asks, the database, operations of the node, forms and templates."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp_jinja2
import asyncpg
from aiohttp import web

from gateway.console import form_tokens, notices_shown
from gateway.console.catalogue import Catalogue, Language
from gateway.console.console_database import ACQUIRE_S
from gateway.console.node_link import NodeLink
from gateway.console.open_streams import OpenStreams
from gateway.console.rights import check_right
from gateway.console.security_headers import is_over_tls
from gateway.console.sessions import Visitor
from gateway.console.sign_in_guard import SignInGuard
from gateway.console.static_files import StaticFiles
from gateway.console.submitted_once import FIELD as ONCE
from gateway.console.submitted_once import SubmittedOnce
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.secret_box import SecretBox
from gateway.domain.user import User
from gateway.interfaces.control_client import Person
from gateway.operations.field_kinds import OperationAnswer, OperationRequest
from gateway.operations.operation import Operation
from gateway.operations.operation_errors import InvalidRequest
from gateway.queries.viewing import Viewer
from gateway.settings import Settings
from gateway.store.facts.audit_rows import record

if TYPE_CHECKING:
    from gateway.console.page_registry import MenuEntry

Q = TypeVar("Q", bound=OperationRequest)
A = TypeVar("A", bound=OperationAnswer)
FormFields = Mapping[str, str | bytes | bytearray | web.FileField]


@dataclass(slots=True)
class Surroundings:
    """What every request shares. `settings` are replaced by a reload; `clock` gives unix seconds."""

    settings: Settings
    pool: asyncpg.Pool
    node: NodeLink
    catalogue: Catalogue
    static: StaticFiles
    clock: Callable[[], float]
    menu_of: Callable[[str], Sequence[MenuEntry]]
    guard: SignInGuard
    box: SecretBox
    submitted: SubmittedOnce = field(default_factory=SubmittedOnce)
    streams: OpenStreams = field(default_factory=OpenStreams)


class PageContext:
    """One request for one page. `account` is a client's own: his pages use this one and no other."""

    def __init__(
        self, surroundings: Surroundings, request: web.Request, visitor: Visitor, language: Language
    ) -> None:
        self.surroundings = surroundings
        self.request = request
        self.visitor = visitor
        self.language = language
        self.now = surroundings.clock()

    @property
    def user(self) -> User:
        return self.visitor.user

    @property
    def account(self) -> str:
        return self.visitor.user.account

    @property
    def settings(self) -> Settings:
        """The configuration, with the contracts in force now."""
        return self.surroundings.settings.at(self.now)

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark of the address."""
        return self.request.query

    @property
    def parts(self) -> Mapping[str, str]:
        """What stands for the names in the page's path."""
        return self.request.match_info

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks, which wants a part of a page."""
        return self.request.headers.get("HX-Request") == "true"

    # --- reading -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """Give a connection inside of a transaction that changes nothing; each statement has `query_timeout_s`."""
        async with (
            self.surroundings.pool.acquire(timeout=ACQUIRE_S) as connection,
            connection.transaction(readonly=True, isolation="repeatable_read"),
        ):
            yield connection

    @asynccontextmanager
    async def viewing(self) -> AsyncIterator[asyncpg.Connection]:
        """Give a connection to queries that write down themselves who saw what (those that take a `Viewer`)."""
        async with self.surroundings.pool.acquire(timeout=ACQUIRE_S) as connection:
            yield connection

    def viewer(self, reason: str = "") -> Viewer:
        """Return the person as queries write him down."""
        return Viewer(self.user.name, self._source, reason)

    async def note_view(self, subject: str, what: str) -> None:
        """Write down that the person sees a text or a full number (S0-8.1, S4-7.3). Call it before it is shown."""
        await self.note(f"view {what}", subject)

    async def note(self, action: str, subject: str, result: str = "done", reason: str = "") -> None:
        """Write a line of the audit about what a person does at the console itself."""
        line = AuditEntry(action, subject, self.user.name or subject, self._source, result, reason)
        async with self.surroundings.pool.acquire(timeout=ACQUIRE_S) as connection:
            await record(connection, line, self.now)

    @property
    def _source(self) -> str:
        return f"console, from {self.visitor.address}"

    # --- changing ----------------------------------------------------------------------------------------------------

    async def ask(
        self, operation: Operation[Q, A], fields: Mapping[str, Any], stream: AsyncIterable[bytes] | None = None
    ) -> A:
        """Return what the node answers to an operation that this person may ask for (gateway.console.rights).

        Fields that are None are left out. Raises OperationError: OperationRefused where he may not, or what the node
        raised.
        """
        check_right(self.user, operation.name, fields)
        person = Person(self.user.name, self.visitor.address)
        return await self.surroundings.node.ask(operation, fields, person, stream)

    async def form(self) -> FormFields:
        """Return the fields of a form; that it is ours was checked before."""
        return await self.request.post()

    async def form_text(self, name: str) -> str:
        """Return a field's text without spaces around it; "" where there is none."""
        value = (await self.form()).get(name, "")
        return value.strip() if isinstance(value, str) else ""

    async def form_texts(self, name: str) -> list[str]:
        """Return the texts of a field that stands several times, such as ticked boxes."""
        return [value for value in (await self.request.post()).getall(name, []) if isinstance(value, str)]

    async def upload(self, name: str) -> bytes:
        """Return the octets of a file in a form; none where there is none."""
        value = (await self.form()).get(name)
        return value.file.read() if isinstance(value, web.FileField) else b""

    async def is_first(self) -> bool:
        """Tell whether a form that has `{{ once }}` in its field `once` comes for the first time; it is taken then."""
        return self.surroundings.submitted.take(self.user.name, await self.form_text(ONCE))

    def faults_by_field(self, error: InvalidRequest) -> dict[str, str]:
        """Return a sentence for each field of a request that does not fit, in the reader's language."""
        return {fault.field: self.sentence(fault.problem) for fault in error.faults}

    # --- showing -----------------------------------------------------------------------------------------------------

    def say(self, key: str, **values: Any) -> str:
        """Return a word or a sentence of the catalogue in the reader's language."""
        return self.surroundings.catalogue.say(key, self.language, **values)

    def sentence(self, words: str) -> str:
        """Return what an operation answered, in the reader's language where the catalogue has it."""
        return self.surroundings.catalogue.sentence(words, self.language)

    def render(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return a page made of a template and values."""
        return aiohttp_jinja2.render_template(template, self.request, {**self._usual(), **values}, status=status)

    def part(self, template: str, **values: Any) -> str:
        """Return a part of a page as text, for a stream."""
        return aiohttp_jinja2.render_string(template, self.request, {**self._usual(), **values})

    def redirect(self, path: str, word_key: str = "", **values: Any) -> web.Response:
        """Return the way to another page of ours, which says a sentence of the catalogue; values are put into it."""
        headers = {"HX-Redirect": path} if self.is_partial else {"Location": path}
        response = web.Response(status=200 if self.is_partial else 303, headers=headers)
        cookie = notices_shown.packed(self.visitor.cookie, word_key, values) if word_key else ""
        if cookie:
            self.set_cookie(response, notices_shown.COOKIE, cookie, max_age_s=notices_shown.AGE_S)
        return response

    def set_cookie(self, response: web.StreamResponse, name: str, value: str, max_age_s: float | None = None) -> None:
        """Set a cookie that no script reads and no other site sends."""
        response.set_cookie(
            name, value, httponly=True, samesite="Strict", secure=is_over_tls(self.surroundings.settings.console),
            path="/", max_age=None if max_age_s is None else int(max_age_s),
        )

    def _usual(self) -> dict[str, Any]:
        """Return what every template has."""
        return {
            "user": self.user,
            "account": self.account,
            "language": self.language,
            "path": self.request.path,
            "now": self.now,
            "say": self.say,
            "sentence": self.sentence,
            "has_word": self.surroundings.catalogue.has,
            "menu": self.surroundings.menu_of(self.user.role),
            "static": self.surroundings.static.address,
            "once": SubmittedOnce.new(),
            "form_token": form_tokens.token_of(self.visitor.cookie),
            "notice": self._notice(),
        }

    def _notice(self) -> str:
        found = notices_shown.unpacked(self.visitor.cookie, self.request.cookies.get(notices_shown.COOKIE, ""))
        return self.say(found[0], **found[1]) if found and self.surroundings.catalogue.has(found[0]) else ""
