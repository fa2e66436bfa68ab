"""Problem documents (RFC 9457): what a request is answered with that is refused or cannot be understood.

    {"type": "/v1/problems/BALANCE", "title": "…", "status": 402, "detail": "…", "key": "BALANCE", "clause": "S0-4.2",
     "reason": "…", "errors": [{"pointer": "/to/3", "detail": "…"}]}

`title` and `detail` are in the language of Accept-Language, English or Chinese. `key` is a reject key, as receipts and
SMPP know it, or a word of `problem_words`; `clause` is the line of the contract behind it; `reason` says what exactly
is wrong, in English. `pointer` (RFC 6901) leads to the field of the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import ValidationError

from gateway.domain.verdict import Key, Reject, Retry
from gateway.interfaces.http_api.field_problems import PROBLEMS_MAX, FieldProblem, field_problems
from gateway.interfaces.http_api.problem_words import ADVICE, EN, WORDS, ZH

CONTENT_TYPE: Final = "application/problem+json"
PATH: Final = "/v1/problems/"
RETRY_S: Final = 5  # where nobody knows how long it takes


class Problem(Exception):
    """Ends a request. `key` is a name of WORDS; `status` is the one it has there unless another is told."""

    def __init__(
        self, key: str, reason: str = "", *, clause: str = "", errors: Sequence[FieldProblem] = (), status: int = 0,
        headers: Mapping[str, str] | None = None, id: str = "",
    ) -> None:
        super().__init__(reason)
        self.key = key
        self.reason = reason
        self.clause = clause
        self.errors = tuple(errors)[:PROBLEMS_MAX]
        self.status = status or WORDS[key].status
        self.headers = dict(headers or {})
        self.id = id

    def document(self, language: str) -> dict[str, Any]:
        """Return the document in a language, "en" or "zh"."""
        words = WORDS[self.key]
        at = ZH if language == "zh" else EN
        advice = "" if words.retry is None else ADVICE[words.retry][at]
        said = self.reason if at == EN else ""
        found: dict[str, Any] = {
            "type": PATH + self.key,
            "title": words.title[at],
            "status": self.status,
            "detail": ". ".join(each for each in (said[:1].upper() + said[1:], advice) if each) or words.title[at],
            "key": self.key,
            "clause": self.clause or None,
        }
        if self.reason:
            found["reason"] = self.reason
        if self.id:
            found["id"] = self.id
        if self.errors:
            found["errors"] = [each.document(language) for each in self.errors]
        return found

    def response(self, language: str) -> web.Response:
        headers = {"Content-Language": language, "Server": "hongyan", **self.headers}
        if self.status in (429, 503) and "Retry-After" not in headers:
            headers["Retry-After"] = str(RETRY_S)
        body = orjson.dumps(self.document(language))
        return web.Response(body=body, status=self.status, content_type=CONTENT_TYPE, headers=headers)


def problem_of(reject: Reject, pointer: str = "", id: int = 0) -> Problem:
    """Return the problem that a refusal of a stage is; `pointer` leads to what was judged, `id` is its own."""
    key = reject.key.name
    errors = [FieldProblem(pointer, reject.detail or WORDS[key].title[EN], key, reject.clause)] if pointer else []
    return Problem(key, reject.detail, clause=reject.clause, errors=errors, id=str(id) if id else "")


def invalid(error: ValidationError, octets: bytes) -> Problem:
    """Return the problem of a body that does not fit its model: each wrong field by its pointer."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if found and found[0]["type"] == "json_invalid":
        return Problem("JSON", found[0]["msg"])
    return Problem("INVALID", errors=field_problems(error, octets))


assert set(Key.__members__) <= set(WORDS) and set(Retry) == set(ADVICE)
