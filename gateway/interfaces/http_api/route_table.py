"""All routes of the HTTP API."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.domain.api_token import Scope
from gateway.interfaces.http_api.api_route import ApiAnswer, Parameter, Route
from gateway.interfaces.http_api.call import ApiCall, ApiNode, json_answer
from gateway.interfaces.http_api.kannel import PARAMETERS as KANNEL_PARAMETERS
from gateway.interfaces.http_api.kannel import PATH as KANNEL_PATH
from gateway.interfaces.http_api.kannel import Kannel
from gateway.interfaces.http_api.message_answers import cancel_message, show_message
from gateway.interfaces.http_api.message_models import (
    AnsweredMessages,
    AskQuote,
    Balance,
    MessageShown,
    Quoted,
    SendMessages,
)
from gateway.interfaces.http_api.money_answers import quote_text, show_balance
from gateway.interfaces.http_api.openapi import document_octets
from gateway.interfaces.http_api.problem import PATH as PROBLEMS_PATH
from gateway.interfaces.http_api.problem import Problem
from gateway.interfaces.http_api.problem_words import ADVICE, EN, WORDS, ZH
from gateway.interfaces.http_api.receiving_routes import RECEIVING_ROUTES
from gateway.interfaces.http_api.request_keys import HEADER
from gateway.interfaces.http_api.submitting import Submitting

_ID: Final = Parameter(
    "id", "path", "Of a message. 短信编号。", {"type": "string", "pattern": "^[0-9]{1,19}$"}, is_required=True
)
_KEY: Final = Parameter(
    HEADER, "header", "The same key with the same body has the same answer for a day at least. 幂等键。",
    {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
)


class ProblemShown(ApiAnswer):
    """What a key of a problem means."""

    key: str
    status: int
    title: str
    title_zh: str
    advice: str | None
    advice_zh: str | None


async def show_problem(call: ApiCall) -> web.StreamResponse:
    """Answer GET /v1/problems/{key}: what `type` of a problem leads to."""
    key = call.variables["key"]
    words = WORDS.get(key)
    if words is None:
        raise Problem("UNKNOWN", "there is no such problem")
    advice = (None, None) if words.retry is None else ADVICE[words.retry]
    return call.answer({
        "key": key, "status": words.status, "title": words.title[EN], "title_zh": words.title[ZH],
        "advice": advice[EN], "advice_zh": advice[ZH],
    })


def routes_of(node: ApiNode) -> tuple[Route, ...]:
    """Return the routes of a node. What they share of it, such as the keys of requests, is made once."""
    submitting = Submitting(node)
    kannel = Kannel(node, submitting)
    octets: list[bytes] = []

    async def show_document(call: ApiCall) -> web.StreamResponse:
        if not octets:
            octets.append(document_octets(routes))
        return json_answer(octets[0])

    routes = (
        Route(
            "POST", "/v1/messages", submitting.send, Scope.SUBMIT,
            ("Send one text to one or many numbers, or each its own.", "发送短信：同文群发或逐号内容。"),
            body=SendMessages, answers={201: AnsweredMessages, 207: AnsweredMessages},
            problems=(402, 409, 413, 415, 422, 504), parameters=(_KEY,),
        ),
        Route(
            "GET", "/v1/messages/{id}", show_message, Scope.READ,
            ("A message of the account as it stands now.", "查询短信。"), answers={200: MessageShown},
            problems=(404,), parameters=(_ID,),
        ),
        Route(
            "POST", "/v1/messages/{id}/cancel", cancel_message, Scope.SUBMIT,
            ("Cancel a message that has not left.", "取消尚未发出的短信。"), answers={200: MessageShown},
            problems=(404, 409), parameters=(_ID,),
        ),
        Route(
            "DELETE", "/v1/messages/{id}", cancel_message, Scope.SUBMIT,
            ("The same.", "同上。"), answers={200: MessageShown}, problems=(404, 409), parameters=(_ID,),
        ),
        Route(
            "POST", "/v1/quote", quote_text, Scope.READ,
            ("What would happen to a text: segments, price, verdict.", "试算：条数、价格与裁决。"), body=AskQuote,
            answers={200: Quoted}, problems=(413, 415, 422),
        ),
        Route(
            "GET", "/v1/balance", show_balance, Scope.READ, ("The money of the account.", "账户余额。"),
            answers={200: Balance},
        ),
        *RECEIVING_ROUTES,
        Route(
            "GET", PROBLEMS_PATH + "{key}", show_problem, None, ("What a problem means.", "问题类型说明。"),
            answers={200: ProblemShown}, problems=(404,), parameters=(Parameter(
                "key", "path", "Of a problem document.", {"type": "string", "enum": sorted(WORDS)}, is_required=True,
            ),),
        ),
        Route(
            "GET", "/v1/openapi.json", show_document, None, ("This document.", "接口描述文档。"), answers={200: None},
        ),
        *(
            Route(
                method, KANNEL_PATH, kannel.send, None, ("Send a message as to Kannel.", "兼容 Kannel 的发送接口。"),
                answers={202: None}, problems=(), parameters=KANNEL_PARAMETERS if method == "GET" else (),
                kind="text/plain",
            )
            for method in ("GET", "POST")
        ),
    )
    return routes


