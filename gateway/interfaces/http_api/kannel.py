"""/cgi-bin/sendsms for programs that speak to Kannel's smsbox: its parameters, its statuses, its words.

    202 "0: Accepted for delivery"       stored, and may leave now
    202 "3: Queued for later delivery"   stored, and waits for its hour
    400                                  a parameter is missing or misformed
    403                                  wrong name or password; or refused for good: "Not routable. Do not try again."
    503 "Temporal failure, try again later."

Why we refused stands in headers, as key and clause; the number of a message in another. docs/quirks.md has what differs
from Kannel. Its wire names are used in this file alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.dialects.login import BindRefusal
from gateway.domain.message import ReceiptWish
from gateway.flows.binds.admission import RefusedBind
from gateway.flows.binds.api_access import Principal
from gateway.interfaces.http_api.answered_messages import ACCEPTED, REFUSED
from gateway.interfaces.http_api.api import address_of, read_body
from gateway.interfaces.http_api.api_route import Parameter
from gateway.interfaces.http_api.call import NO_STORE, ApiCall, ApiNode
from gateway.interfaces.http_api.message_models import MESSAGES_MAX, TEXT_MAX
from gateway.interfaces.http_api.problem import Problem
from gateway.interfaces.http_api.submitting import MessageTerms, Submitting, Wanted

PATH: Final = "/cgi-bin/sendsms"
SENT, QUEUED = "0: Accepted for delivery", "3: Queued for later delivery"
LATER, NEVER = "Temporal failure, try again later.", "Not routable. Do not try again."
NOT_ALLOWED: Final = "Authorization failed for sendsms"
URL_MISFORMED: Final = "DLR-URL field misformed, rejected"
_FIELDS_MAX: Final = 100
_NUMBERS: Final = re.compile(r"[0-9 +-]+")
_CODING_7BIT, _CODING_8BIT, _CODING_UCS2 = 0, 1, 2
_MINUTES_MAX: Final = 31 * 24 * 60
# Bits of dlr-mask: delivered, failed, buffered at the SMSC, accepted by it, rejected by it.
_DELIVERED, _FAILED, _MASK_MAX = 1, 2, 63
_REJECTED: Final = 16
_NAMES: Final = (
    ("username", "Login of the account."), ("password", "Its password."), ("to", "Numbers, parted by spaces."),
    ("from", "Service code with extension."), ("text", "The text."), ("charset", "Of the text; UTF-8."),
    ("coding", "0, 1 or 2."), ("mclass", "0: flash."), ("validity", "Minutes."), ("deferred", "Minutes."),
    ("priority", "0 to 3."), ("dlr-url", "Whereto receipts go."), ("dlr-mask", "Which receipts."),
)
PARAMETERS: Final = tuple(Parameter(name, "query", words) for name, words in _NAMES)


class _Misformed(Exception):
    """The request is refused with 400 and these words."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, read."""

    numbers: tuple[str, ...]
    text: str
    terms: MessageTerms


class Kannel:
    """The compatible interface of one node."""

    def __init__(self, node: ApiNode, submitting: Submitting) -> None:
        self._node = node
        self._submitting = submitting

    async def send(self, call: ApiCall) -> web.StreamResponse:
        """Answer GET and POST."""
        try:
            fields = await _fields(call)
            call.caller = await self._principal(call, fields)
            if call.caller is None:
                return _answer(403, NOT_ALLOWED)
            asked = _read(fields, call.caller, self._node.clock())
            wanted = [Wanted(number, asked.text, "to", "text") for number in asked.numbers]
            _, document = await self._submitting.submit(call, wanted, asked.terms, None)
        except _Misformed as fault:
            return _answer(400, str(fault))
        except Problem as problem:
            return _refused(problem)
        return _accepted(document)

    async def _principal(self, call: ApiCall, fields: Mapping[str, str]) -> Principal | None:
        name = fields.get("username") or fields.get("user") or ""
        password = fields.get("password") or fields.get("pass") or ""
        bounds, node = call.bounds, self._node
        found = call.access.by_password(
            name, password, address_of(call.request), bounds.bans, node.loop.time(), is_proxied=bounds.is_proxied
        )
        if not isinstance(found, RefusedBind):
            call.proved(call.request)
            return found
        if name and found.reason is not BindRefusal.MODE:
            await asyncio.sleep(found.delay_s)
        return None


async def _fields(call: ApiCall) -> Mapping[str, str]:
    """Return the parameters of the query and of a form; the first of each name counts."""
    request = call.request
    texts = [request.rel_url.raw_query_string]
    if request.method == "POST":
        octets = await read_body(request, call.bounds)
        if request.content_type == "application/x-www-form-urlencoded":
            texts.append(octets.decode("ascii", "replace"))
    found: dict[str, str] = {}
    for text in texts:
        try:
            # Octets of any charset are kept as they came, one character each.
            pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1", max_num_fields=_FIELDS_MAX)
        except ValueError:
            raise _Misformed("Too many fields, rejected") from None
        for name, value in pairs:
            found.setdefault(name, value)
    return found


def _read(fields: Mapping[str, str], principal: Principal, now: float) -> _Asked:
    numbers = _receivers(fields.get("to", ""))
    coding = _number(fields, "coding", 2, "Coding field misformed, rejected")
    text = _text(fields, coding)
    mask = _number(fields, "dlr-mask", _MASK_MAX, "DLR-Mask field misformed, rejected") or 0
    url = fields.get("dlr-url", "")
    if len(url) > 500 or not url.isascii() or not (not url or url.isprintable()):
        raise _Misformed(URL_MISFORMED)
    deferred = _number(fields, "deferred", _MINUTES_MAX, "Deferred field misformed, rejected")
    validity = _number(fields, "validity", _MINUTES_MAX, "Validity field misformed, rejected")
    flash = _number(fields, "mclass", 3, "MClass field misformed, rejected") == 0
    priority = _number(fields, "priority", 3, "Priority field misformed, rejected") or 0
    return _Asked(numbers, text, MessageTerms(
        _sender(fields, principal), _wish(mask), "", flash, priority,
        now + 60 * deferred if deferred else None, now + 60 * validity if validity else None, None,
        url if mask else "", mask if url else 0,
    ))


def _receivers(text: str) -> tuple[str, ...]:
    if not text.strip():
        raise _Misformed("Empty receiver number not allowed, rejected")
    if _NUMBERS.fullmatch(text) is None:
        raise _Misformed("Garbage 'to' field, rejected.")
    # A plus that was not escaped is a space: it parts numbers, as in Kannel.
    numbers = tuple(number.replace("-", "") for number in text.split())
    if len(numbers) > MESSAGES_MAX or any(not number or len(number) > 24 for number in numbers):
        raise _Misformed("Garbage 'to' field, rejected.")
    return numbers


def _sender(fields: Mapping[str, str], principal: Principal) -> str:
    sender = fields.get("from", "").strip().removeprefix("+")
    codes = principal.account.service_codes
    if not sender and not codes:
        raise _Misformed("Sender missing and no global set, rejected")
    return sender or codes[0].code


def _text(fields: Mapping[str, str], coding: int | None) -> str:
    """Return the text. Octets are UTF-8 unless `charset` says otherwise, UTF-16 in network order with coding 2."""
    if fields.get("udh"):
        raise _Misformed("UDH field misformed, rejected")
    octets = fields.get("text", "").encode("latin-1")
    if not octets:
        raise _Misformed("Empty text not allowed, rejected")
    if coding == _CODING_8BIT:
        raise _Misformed("Coding field misformed, rejected")
    default = "utf-16-be" if coding == _CODING_UCS2 else "utf-8"
    name = fields.get("charset", "").strip().lower()
    try:
        text = octets.decode(_CHARSETS[name] if name else default)
    except (UnicodeDecodeError, KeyError):
        raise _Misformed("Charset or body misformed, rejected") from None
    if len(text) > TEXT_MAX:
        raise _Misformed("Text too long, rejected")
    return text


_CHARSETS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-16be": "utf-16-be", "ucs-2": "utf-16-be", "ucs2": "utf-16-be",
    "iso-8859-1": "latin-1", "latin1": "latin-1", "latin-1": "latin-1", "windows-1252": "cp1252", "gbk": "gbk",
    "gb2312": "gbk", "gb18030": "gb18030", "us-ascii": "ascii", "ascii": "ascii",
}


def _number(fields: Mapping[str, str], name: str, most: int, words: str) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) > most:
        raise _Misformed(words)
    return int(text)


def _wish(mask: int) -> ReceiptWish:
    """Return which receipts a mask asks for; those on the way (8: buffered) are none of ours."""
    if mask & _DELIVERED:
        return ReceiptWish.FINAL if mask & (_FAILED | _REJECTED) else ReceiptWish.SUCCESS
    return ReceiptWish.FAILURE if mask & (_FAILED | _REJECTED) else ReceiptWish.NONE


def _accepted(document: Mapping[str, Any]) -> web.Response:
    taken = [each for each in document["messages"] if each["state"] != REFUSED]
    denied = [each["to"] for each in document["messages"] if each["state"] == REFUSED]
    words = SENT if any(each["state"] == ACCEPTED for each in taken) else QUEUED
    if denied:
        words += f"\nDenied receivers are: {' '.join(denied)}"
    return _answer(202, words, {"X-Hongyan-Message-Id": " ".join(each["id"] for each in taken)})


def _refused(problem: Problem) -> web.Response:
    headers = {"X-Hongyan-Key": problem.key}
    if problem.clause:
        headers["X-Hongyan-Clause"] = problem.clause
    if problem.key == "INVALID":  # of what Kannel can say of a receipt's way
        return _answer(400, URL_MISFORMED, headers)
    if problem.status == 413:
        return _answer(413, "Request too large, rejected", headers)
    if problem.status in (429, 503, 504) or problem.status >= 500:
        retry = {"Retry-After": problem.headers.get("Retry-After", "5")}
        return _answer(503, LATER, headers | retry)
    return _answer(403, NEVER, headers)


def _answer(status: int, words: str, headers: Mapping[str, str] | None = None) -> web.Response:
    shown = {name: value for name, value in (headers or {}).items() if value.isascii()}
    return web.Response(text=words, status=status, content_type="text/plain", headers={**NO_STORE, **shown})
