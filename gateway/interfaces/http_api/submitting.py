"""POST /v1/messages: into the same intake as SMPP and CMPP; a 2xx leaves behind the commit of its messages only.

    201   each message is accepted and stored
    207   some are; each of the others says why not
    4xx   none is: one problem document, whose `errors` point to the fields
    503   nothing is taken now; 504: it is not known yet, repeat it with the same Idempotency-Key
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.contracts.billing import choose_encoding
from gateway.dialects.protocol_table import HTTP
from gateway.domain.account import MessageClass
from gateway.domain.message import ReceiptWish, Submission
from gateway.domain.verdict import Key, Reject
from gateway.flows.messages.apart import Judged
from gateway.flows.messages.intake import UNFIT
from gateway.interfaces.http_api.answered_messages import (
    accepted_document,
    messages_document,
    refused_whole,
    set_refused,
)
from gateway.interfaces.http_api.call import ApiCall, ApiNode, json_answer
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.message_models import OneMessage, SendMessages
from gateway.interfaces.http_api.message_text import TextSource
from gateway.interfaces.http_api.problem import Problem, problem_of
from gateway.interfaces.http_api.request_keys import HEADER, KeyedRequest, RequestKeys
from gateway.store.facts.request_rows import AnsweredRequest
from protocols.text.codings import EncodingError, encode_text

PACE_WAIT_MAX_S: Final = 1.0  # of a request for the account's rate; longer is 429
REPLAYED: Final = {"Idempotent-Replayed": "true"}
_WISHES: Final = {
    "final": ReceiptWish.FINAL, "failure": ReceiptWish.FAILURE, "success": ReceiptWish.SUCCESS,
    "none": ReceiptWish.NONE,
}
_ABOUT_TEXT: Final = frozenset(
    {Key.LEN, Key.EMPTY, Key.CODING, Key.CONTENT, Key.SIGN, Key.TEMPLATE, Key.MEDIA}
)
_ABOUT_REQUEST: Final = {
    Key.SRC: "/service_code", Key.PORT: "/service_code", Key.SVC: "/service_id", Key.SCHED: "/deliver_at",
    Key.VALIDITY: "/expires_at", Key.TIME: "/deliver_at",
}
_CLASSES: Final = {"triggered": MessageClass.TRIGGERED, "batch": MessageClass.BATCH}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message that is wanted: to whom, with which text; where both stand in the body; the client's own word."""

    number: str
    text: str
    number_at: str
    text_at: str
    reference: str = ""

    def pointer(self, key: Key) -> str:
        """Return the pointer to what a refusal by this key is about."""
        return self.text_at if key in _ABOUT_TEXT else _ABOUT_REQUEST.get(key) or self.number_at


@dataclass(frozen=True, slots=True)
class MessageTerms:
    """What holds for all messages of a request."""

    source: str
    receipt_wish: ReceiptWish = ReceiptWish.FINAL
    service_id: str = ""
    flash: bool = False
    priority: int = 0
    deliver_at: float | None = None
    expires_at: float | None = None
    message_class: MessageClass | None = None
    callback: str = ""
    receipt_mask: int = 0


class Commit:
    """The responder of one request. `then` is called once each of its messages is stored, or is not."""

    __slots__ = ("_left", "_told", "late", "then")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.late: dict[int, Reject] = {}  # by position: refused though they were judged well
        self.then: Callable[[], None] | None = None
        self._told: asyncio.Future[None] = loop.create_future()
        self._left = 0

    def expect(self, messages: int) -> None:
        self._left = messages

    async def wait(self, loop: asyncio.AbstractEventLoop, timeout_s: float) -> bool:
        """Wait for the end; False where it does not come in time."""
        timer = loop.call_later(timeout_s, self._tell)
        try:
            await self._told
        finally:
            timer.cancel()
        return not self._left

    def _tell(self) -> None:
        if not self._told.done():
            self._told.set_result(None)

    def accepted(self, token: int, segment_id: int) -> None:
        self._count()

    def refused(self, token: int, reject: Reject) -> None:
        self.late[token] = reject
        self._count()

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            if self.then is not None:
                self.then()
            self._tell()


class Submitting:
    """Submits of one node over HTTP."""

    def __init__(self, node: ApiNode) -> None:
        self._node = node
        self.keys = RequestKeys(node)

    async def send(self, call: ApiCall) -> web.StreamResponse:
        """Answer POST /v1/messages."""
        body: SendMessages = call.body
        key = call.request.headers.get(HEADER)
        if key is None:
            wanted, terms = read_wanted(call, body)
            status, document = await self.submit(call, wanted, terms, None)
            return json_answer(orjson.dumps(document), status)
        keyed = await self.keys.begin(call.principal.account.name, key, call.octets)
        if keyed.answered is not None:
            return json_answer(keyed.answered.answer.encode(), keyed.answered.status, REPLAYED)
        try:
            wanted, terms = read_wanted(call, body)
            status, document = await self.submit(call, wanted, terms, keyed)
        finally:
            if not keyed.told.done() and not keyed.is_submitted:
                self.keys.end(keyed, None)
        return json_answer(orjson.dumps(document), status)

    async def submit(
        self, call: ApiCall, wanted: Sequence[Wanted], terms: MessageTerms, keyed: KeyedRequest | None
    ) -> tuple[int, dict[str, Any]]:
        """Submit messages and wait for their commit; return status and document. Raises Problem where none is stored.

        Between the verdicts and what is stored beside the messages nothing is awaited: it is one batch.
        """
        node, account = self._node, call.principal.account
        intake = node.flows.intake
        if terms.callback:
            _check_callback(node, account.name, terms)
        self._refuse_shut(account.name)
        await self._keep_pace(account.name, terms.source, len(wanted))
        commit = Commit(node.loop)
        submissions = _submissions(node, call, wanted, terms)
        judged = intake.submit_apart(submissions, commit)
        commit.expect(sum(each.message is not None for each in judged))
        documents = self._documents(call, judged, wanted)
        if all(each.message is None for each in judged):
            raise refused_whole([
                (each, each.reject, asked.pointer(each.reject.key))
                for each, asked in zip(judged, wanted, strict=True) if each.reject is not None
            ])
        self._append_asked(judged, wanted, terms)
        if terms.callback:
            node.callbacks.expect(account.name)
        status, document = messages_document(documents)
        if keyed is not None:
            self._append_key(keyed, status, document)
            commit.then = partial(self._end_key, keyed, commit, documents)
        if not await commit.wait(node.loop, call.bounds.timeout_s):
            raise Problem("LATE", f"repeat it with the same {HEADER}")
        return self._with_late(call, commit, judged, wanted, documents) if commit.late else (status, document)

    async def _keep_pace(self, account: str, source: str, segments: int) -> None:
        """Wait for the account's rate; raise 429 where that would take long."""
        intake = self._node.flows.intake
        wait_s = intake.wait_s(account, source)
        if wait_s > PACE_WAIT_MAX_S:
            raise Problem(
                "RATE", intake.too_fast(account).detail, clause="account.rate_per_s",
                headers={"Retry-After": str(int(wait_s) + 1)},
            )
        intake.book(account, source, segments)
        if wait_s > 0:
            await asyncio.sleep(wait_s)
            self._refuse_shut(account)

    def _refuse_shut(self, account: str) -> None:
        """Raise the problem of a node that takes nothing now."""
        shut = self._node.flows.intake.why_shut(account)
        if shut is not None:
            raise problem_of(shut)

    def _documents(
        self, call: ApiCall, judged: Sequence[Judged], wanted: Sequence[Wanted]
    ) -> list[dict[str, Any]]:
        now = self._node.clock()
        found = []
        for each, asked in zip(judged, wanted, strict=True):
            if each.message is not None:
                document = accepted_document(asked.number, each.message, now)
            else:
                document = {"to": asked.number, "id": str(each.id)}
                assert each.reject is not None
                set_refused(document, each.reject, call.language)
            if asked.reference:
                document["reference"] = asked.reference
            found.append(document)
        return found

    def _append_asked(self, judged: Sequence[Judged], wanted: Sequence[Wanted], terms: MessageTerms) -> None:
        journal = self._node.journal
        for each, asked in zip(judged, wanted, strict=True):
            if each.message is not None and (asked.reference or terms.callback or terms.receipt_mask):
                journal.asked_with(each.message, asked.reference, terms.callback, terms.receipt_mask)

    def _append_key(self, keyed: KeyedRequest, status: int, document: dict[str, Any]) -> None:
        keyed.is_submitted = True
        answer = orjson.dumps(document).decode()
        keyed.pending = AnsweredRequest(keyed.body_digest, self._node.clock(), status, answer)
        account, digest = keyed.place
        self._node.journal.request_answered(
            account, digest, keyed.body_digest, status, answer, keyed.pending.at
        )

    def _end_key(
        self, keyed: KeyedRequest, commit: Commit, documents: Sequence[dict[str, Any]]
    ) -> None:
        """The batch is decided: its answer is known, or, where it was put off, nothing of it is stored."""
        if not commit.late:
            self.keys.end(keyed, keyed.pending)
        elif any(reject is not UNFIT for reject in commit.late.values()):
            self.keys.end(keyed, None)
        else:
            for position in commit.late:
                set_refused(documents[position], UNFIT)
            status, document = messages_document(documents)
            answered = AnsweredRequest(
                keyed.body_digest, self._node.clock(), status, orjson.dumps(document).decode()
            )
            self.keys.end(keyed, answered)

    def _with_late(
        self, call: ApiCall, commit: Commit, judged: Sequence[Judged], wanted: Sequence[Wanted],
        documents: Sequence[dict[str, Any]],
    ) -> tuple[int, dict[str, Any]]:
        """Return the answer of a request of which the store did not take everything."""
        rejects = [
            (each, reject, asked.pointer(reject.key))
            for position, (each, asked) in enumerate(zip(judged, wanted, strict=True))
            if (reject := commit.late.get(position) or each.reject) is not None
        ]
        if len(rejects) == len(judged):
            raise refused_whole(rejects)
        for position, reject in commit.late.items():
            set_refused(documents[position], reject, call.language)
        return messages_document(documents)


def _check_callback(node: ApiNode, account: str, terms: MessageTerms) -> None:
    """Raise Problem where receipts cannot go where they are asked to."""
    if terms.receipt_mask:
        problem = node.callbacks.rules.url_problem(terms.callback.partition("?")[0])
    else:
        problem = node.callbacks.problem_of(account, terms.callback)
    if problem:
        raise _wrong("/callback", problem)


def _submissions(
    node: ApiNode, call: ApiCall, wanted: Sequence[Wanted], terms: MessageTerms
) -> list[Submission]:
    account, now = call.principal.account, node.clock()
    profile = node.flows.policies[account.name].profile
    found = []
    made: dict[str, tuple[Any, bytes]] = {}
    for each in wanted:
        encoded = made.get(each.text)
        if encoded is None:
            encoding = choose_encoding(each.text, profile)
            try:
                encoded = made[each.text] = encoding, encode_text(each.text, encoding)
            except EncodingError as error:
                raise Problem("CODING", str(error), errors=[FieldProblem(each.text_at, str(error))]) from None
        submission = Submission(
            account, HTTP, terms.source, each.number, encoded[0], encoded[1], now, terms.receipt_wish, None, b"",
            terms.flash, 0, terms.service_id, terms.priority, 0, terms.deliver_at, terms.expires_at,
        )
        submission.message_class = terms.message_class
        found.append(submission)
    return found


def read_wanted(call: ApiCall, body: SendMessages) -> tuple[list[Wanted], MessageTerms]:
    """Return what a body asks for; raise Problem for fields that do not go together."""
    account = call.principal.account
    if (body.to is None) == (body.messages is None):
        raise _wrong("/to" if body.messages is None else "/messages", "give either `to` or `messages`")
    texts = TextSource(call.node.settings, account, body.template, body.signature)
    wanted = _apart(body, texts) if body.messages is not None else _alike(body, texts)
    codes = account.service_codes
    if body.service_code is None and not codes:
        raise _wrong("/service_code", "the account has no service code")
    code = body.service_code or codes[0].code
    return wanted, MessageTerms(
        code + (body.extension or ""), _WISHES[body.receipt], body.service_id or "", body.flash, 0,
        None if body.deliver_at is None else body.deliver_at.timestamp(),
        None if body.expires_at is None else body.expires_at.timestamp(),
        None if body.message_class is None else _CLASSES[body.message_class], body.callback or "",
    )


def _alike(body: SendMessages, texts: TextSource) -> list[Wanted]:
    """One text to each number."""
    if (body.text is None) == (body.template is None):
        raise _wrong("/text", "give either `text` or `template`")
    if body.text is not None:
        if body.variables is not None:
            raise _wrong("/variables", "belong to a `template`")
        text = texts.written(body.text)
    else:
        text = texts.made(body.variables or (), "/variables")
    reference, text_at = body.reference or "", "/variables" if texts.is_template else "/text"
    if isinstance(body.to, str):
        return [Wanted(body.to, text, "/to", text_at, reference)]
    assert body.to is not None
    return [Wanted(number, text, f"/to/{at}", text_at, reference) for at, number in enumerate(body.to)]


def _apart(body: SendMessages, texts: TextSource) -> list[Wanted]:
    """A text of its own for each number, or variables of one template."""
    assert body.messages is not None
    if body.text is not None or body.variables is not None:
        raise _wrong("/text" if body.text is not None else "/variables", "stands in each of `messages`")
    return [
        Wanted(
            each.to, _own_text(each, at, texts), f"/messages/{at}/to",
            f"/messages/{at}/{'variables' if texts.is_template else 'text'}", each.reference or body.reference or "",
        )
        for at, each in enumerate(body.messages)
    ]


def _own_text(each: OneMessage, at: int, texts: TextSource) -> str:
    if texts.is_template:
        if each.text is not None:
            raise _wrong(f"/messages/{at}/text", "a `template` has no text beside it")
        return texts.made(each.variables or (), f"/messages/{at}/variables")
    if each.text is None:
        raise _wrong(f"/messages/{at}/text", "is missing")
    if each.variables is not None:
        raise _wrong(f"/messages/{at}/variables", "belong to a `template`")
    return texts.written(each.text)


def _wrong(pointer: str, problem: str) -> Problem:
    return Problem("INVALID", errors=[FieldProblem(pointer, problem)])
