"""Tables of the HTTP API, read from its routes and models: paths, fields, problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from pydantic import BaseModel

from gateway.contracts.clause_sentences import Language
from gateway.domain.reject_keys import Key
from gateway.interfaces.client_pages.code_tables import one_of, table
from gateway.interfaces.http_api.api_route import Route
from gateway.interfaces.http_api.call import ApiNode
from gateway.interfaces.http_api.kannel import PATH as KANNEL_PATH
from gateway.interfaces.http_api.problem_words import ADVICE, EN, WORDS, ZH
from gateway.interfaces.http_api.route_table import routes_of
from gateway.receivers.event_document import STATE_WORDS

_CHINESE: Final = re.compile(r"[一-鿿]")
_NO_NODE: Final = cast(ApiNode, None)  # a route asks nothing of a node before a request comes


def routes(language: Language) -> str:
    """Return the table of paths with the scope that each asks for."""
    heads = {"zh": ("方法", "路径", "令牌权限", "用途"), "en": ("method", "path", "scope of the token", "what it does")}
    found = [route for route in routes_of(_NO_NODE) if route.path != KANNEL_PATH]
    return table(heads[language], (
        (
            route.method, f"`{route.path}`", "–" if route.scope is None else f"`{route.scope}`",
            one_of(language, route.summary[1], route.summary[0]),
        )
        for route in found
    ))


def models(language: Language) -> str:
    """Return the fields of each body and each answer, a table each, in the order of the paths."""
    parts, seen = [], set[type[BaseModel]]()
    for route in routes_of(_NO_NODE):
        for model in _models_of(route):
            if model not in seen:
                seen.add(model)
                parts.append(_fields(model, language))
    return "\n\n".join(parts)


def kannel_parameters(language: Language) -> str:
    """Return the parameters of the path that is compatible with Kannel."""
    heads = {"zh": ("参数", "含义"), "en": ("parameter", "meaning")}
    found = next(route for route in routes_of(_NO_NODE) if route.path == KANNEL_PATH and route.parameters)
    return table(heads[language], ((f"`{each.name}`", each.description) for each in found.parameters))


def event_results(language: Language) -> str:
    """Return what `result` and `state` of a receipt's event say."""
    heads = {"zh": ("result", "state", "含义"), "en": ("result", "state", "meaning")}
    return table(heads[language], (
        (f"`{result}`", state.stat, one_of(language, chinese, english))
        for state, (result, english, chinese) in STATE_WORDS.items() if state.is_final
    ))


def problems(language: Language) -> str:
    """Return the table of problems that are no reject key: what is wrong with the request itself."""
    heads = {
        "zh": ("key", "HTTP", "含义", "处理"), "en": ("key", "HTTP", "meaning", "what to do"),
    }
    column = ZH if language == "zh" else EN
    return table(heads[language], (
        (name, str(words.status), words.title[column], "–" if words.retry is None else ADVICE[words.retry][column])
        for name, words in WORDS.items() if name not in Key.__members__
    ))


def _models_of(route: Route) -> Iterator[type[BaseModel]]:
    for model in (route.body, *route.answers.values()):
        if model is not None:
            yield from _with_parts(model)


def _with_parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and those that its fields are made of."""
    yield model
    for info in model.model_fields.values():
        for part in _parts_of(info.annotation):
            yield from _with_parts(part)


def _parts_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _parts_of(inner)


def _fields(model: type[BaseModel], language: Language) -> str:
    heads = {"zh": ("字段", "类型", "必填", "含义"), "en": ("field", "kind", "required", "meaning")}
    schema = model.model_json_schema(by_alias=True)
    rows = []
    for name, info in model.model_fields.items():
        shown = info.alias or name
        described = schema["properties"].get(shown, {})
        words = info.description or described.get("description", "") or _inner_description(described)
        rows.append((
            f"`{shown}`", _kind(described, schema.get("$defs", {})),
            one_of(language, "是", "yes") if info.is_required() else "", in_language(words, language),
        ))
    return f"### {model.__name__}\n\n{table(heads[language], rows)}"


def _inner_description(schema: dict[str, Any]) -> str:
    found = [each.get("description", "") for each in schema.get("anyOf", ())]
    return next((each for each in found if each), "")


def _kind(schema: dict[str, Any], known: dict[str, Any]) -> str:
    """Return the kind of a field in the words of JSON Schema, with its bounds."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    choices = [_kind(each, known) for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if choices:
        return " / ".join(choices)
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema.get("type") == "array":
        most = f", ≤ {schema['maxItems']}" if "maxItems" in schema else ""
        return f"array of {_kind(schema.get('items', {}), known)}{most}"
    length = f", ≤ {schema['maxLength']}" if "maxLength" in schema else ""
    return f"{schema.get('format') or schema.get('type', 'any')}{length}"


def in_language(text: str, language: Language) -> str:
    """Return of sentences in English with one in Chinese behind them the ones; of one language only, all of it."""
    match = _CHINESE.search(text)
    at = -1 if match is None else text.rfind(". ", 0, match.start())
    return text if at < 0 else text[at + 2 :] if language == "zh" else text[: at + 1]
