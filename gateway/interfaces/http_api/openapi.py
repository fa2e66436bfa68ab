"""The routes as an OpenAPI 3.1 document: what is served is what is described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gateway.interfaces.http_api.api_route import ApiAnswer, ApiRequest, Parameter, Route
from gateway.interfaces.http_api.problem import CONTENT_TYPE

VERSION: Final = "3.1.0"
_REFERENCE: Final = "#/components/schemas/{model}"
_EACH: Final = (400, 500, 503)  # of every route
_OF_TOKENS: Final = (401, 403, 429)  # of every route that asks for a token
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. `key` is a reject key or the word of /v1/problems/{key}; `clause` is the contract's.",
    "required": ["type", "title", "status", "key"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "key": {"type": "string"}, "clause": {"type": ["string", "null"]},
        "reason": {"type": "string"}, "id": {"type": "string"},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["pointer", "detail"],
            "properties": {
                "pointer": {"type": "string"}, "detail": {"type": "string"}, "key": {"type": "string"},
                "clause": {"type": "string"},
            },
        }},
    },
}


def document_octets(routes: Sequence[Route]) -> bytes:
    """Return the document as JSON."""
    return orjson.dumps(document(routes), option=orjson.OPT_INDENT_2)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document."""
    models: list[tuple[type[ApiRequest | ApiAnswer], JsonSchemaMode]] = []
    for route in routes:
        if route.body is not None:
            models.append((route.body, "validation"))
        models += [(model, "serialization") for model in route.answers.values() if model is not None]
    references, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=_REFERENCE)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Hongyan HTTP API",
            "version": "1",
            "description": "短信网关 HTTP 接口。A 2xx to a submit means that its messages are stored.",
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer", "description": "`hongyan tokens create ACCOUNT`",
            }},
        },
    }


def _operation(route: Route, references: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": _id_of(route),
        "summary": route.summary[0],
        "description": route.summary[1],
        "parameters": [_parameter(each) for each in route.parameters],
        "responses": _responses(route, references),
        "security": [] if route.scope is None else [{"token": []}],
    }
    if route.scope is not None:
        found["description"] += f" Scope: `{route.scope}`."
    if route.body is not None:
        schema = references[route.body, "validation"]
        found["requestBody"] = {
            "required": not route.is_body_optional, "content": {"application/json": {"schema": schema}},
        }
    return found


def _responses(route: Route, references: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, model in route.answers.items():
        content: dict[str, Any] = {} if model is None else {"schema": references[model, "serialization"]}
        found[str(status)] = {"description": _DESCRIPTIONS.get(status, "Done."), "content": {route.kind: content}}
    if route.kind != "application/json":
        for status in (400, 403, 413, 503):
            found[str(status)] = {"description": "Refused.", "content": {route.kind: {}}}
        return found
    problem = {CONTENT_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    for status in sorted({*_EACH, *(_OF_TOKENS if route.scope is not None else ()), *route.problems}):
        found[str(status)] = {"description": "Refused.", "content": problem}
    return found


_DESCRIPTIONS: Final = {200: "As it is now.", 201: "All are stored.", 202: "Accepted.", 207: "Some are stored."}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name, "in": parameter.place, "required": parameter.is_required,
        "description": parameter.description, "schema": dict(parameter.schema),
    }


def _id_of(route: Route) -> str:
    words = route.path.replace("{", "").replace("}", "").replace(".", "_").replace("-", "_").strip("/").split("/")
    return "_".join([route.method.lower(), *words])
