"""What a text would cost, and what the account has: POST /v1/quote, GET /v1/balance."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from gateway.domain.china_time import moment_text
from gateway.domain.money import format_yuan
from gateway.interfaces.http_api.call import ApiCall
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.message_models import AskQuote
from gateway.interfaces.http_api.message_text import TextSource
from gateway.interfaces.http_api.problem import Problem
from gateway.queries.query import WrongRequest
from gateway.queries.quote import QuoteRequest, quote
from protocols.text.codings import EncodingError

_SHOWN = ("verdict", "key", "clause", "final_text", "encoding", "characters", "unit_price", "count", "charge")


async def quote_text(call: ApiCall) -> web.StreamResponse:
    """Answer POST /v1/quote: the stages that read the text, the class and the clock judge it; nothing is sent."""
    body: AskQuote = call.body
    account, node = call.principal.account, call.node
    if (body.text is None) == (body.template is None):
        raise Problem("INVALID", errors=[FieldProblem("/text", "give either `text` or `template`")])
    texts = TextSource(node.settings, account, body.template, body.signature)
    text = texts.written(body.text) if body.text is not None else texts.made(body.variables or (), "/variables")
    at = node.clock() if body.at is None else body.at.timestamp()
    asked = QuoteRequest(
        at, text, account=account.name, message_class=body.message_class or account.message_class.value,
        count=body.count,
    )
    try:
        found = quote(node.settings, asked)
    except (WrongRequest, EncodingError) as error:
        raise Problem("CODING", str(error), errors=[FieldProblem("/text", str(error))]) from None
    document: dict[str, Any] = {name: getattr(found, name) for name in _SHOWN}
    document |= {"reason": found.detail, "segments": found.billed_segments}
    if found.release_at is not None:
        document["release_at"] = found.release_at
    return call.answer(document)


async def show_balance(call: ApiCall) -> web.StreamResponse:
    """Answer GET /v1/balance: as the node has it in memory, holds of what is under way taken off."""
    name, flows = call.principal.account.name, call.node.flows
    return call.answer({
        "account": name,
        "available": format_yuan(flows.treasury.worth_hao(name)),
        "held": format_yuan(flows.book.held(name)),
        "currency": "CNY",
        "is_suspended": flows.policies[name].stopped is not None,
        "as_of": moment_text(call.node.clock()),
    })
