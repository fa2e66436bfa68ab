"""What holds for every operation: its schemas build, its example is a request of it, and wrong types are refused."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.operations.operation import AnyOperation, Change, Offline
from gateway.operations.operation_errors import InvalidRequest
from gateway.operations.registry import all_operations

OPERATIONS = all_operations()
every = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)

def request_of(operation: AnyOperation, body: Any) -> Any:
    return operation.request.model_validate_json(orjson.dumps(body))


def faults_of(operation: AnyOperation, body: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        operation.request.model_validate_json(json.dumps(body))
    return [fault.field for fault in InvalidRequest.of(caught.value).faults]


@every
def test_schemas_build(operation: AnyOperation) -> None:
    schemas = json.loads(json.dumps(operation.schemas()))
    assert schemas["operation"] == operation.name
    assert all(schemas[side]["type"] == "object" for side in ("request", "answer"))
    assert schemas["request"]["additionalProperties"] is False


@every
def test_its_example_is_a_request_and_comes_back_as_it_was(operation: AnyOperation) -> None:
    request = request_of(operation, operation.example)
    assert request.model_dump(mode="json", exclude_unset=True) == operation.example
    required = {name for name, info in operation.request.model_fields.items() if info.is_required()}
    assert required <= operation.example.keys()


@every
@given(data=st.data())
def test_a_field_of_a_wrong_type_is_named(operation: AnyOperation, data: st.DataObject) -> None:
    """A nesting that no field has: each kind of field refuses it."""
    fields = list(operation.request.model_fields)
    if fields:
        name = data.draw(st.sampled_from(fields))
        odd = data.draw(st.sampled_from([{"a": {"b": [1]}}, [[[["x"]]]]]))
        found = faults_of(operation, {**operation.example, name: odd})
        assert all(field.startswith(name) for field in found)


@every
def test_a_field_that_is_not_there_is_refused(operation: AnyOperation) -> None:
    assert faults_of(operation, {**operation.example, "no_such_field": 1}) == ["no_such_field"]


@every
def test_what_is_required_is_missed(operation: AnyOperation) -> None:
    for name, info in operation.request.model_fields.items():
        if info.is_required():
            assert faults_of(operation, {key: each for key, each in operation.example.items() if key != name}) == [name]


def test_a_field_inside_a_list_is_named_by_its_path() -> None:
    row = {"number": "13800138000", "code": "10690001"}
    asked = {"tickets": [row, row | {"colour": "red", "source": 5}]}
    assert set(faults_of(OPERATIONS["complaints.add"], asked)) == {"tickets[1].colour", "tickets[1].source"}


def _bounded(schema: dict[str, Any], defs: dict[str, Any], path: str) -> list[str]:
    """Return the paths of texts, lists and numbers without a bound."""
    if "$ref" in schema:
        return _bounded(defs[schema["$ref"].rpartition("/")[2]], defs, path)
    found = [each for part in schema.get("anyOf", ()) for each in _bounded(part, defs, path)]
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "enum", "const", "format", "pattern"} & schema.keys():
        found.append(path)
    if kind == "array":
        found += [] if "maxItems" in schema else [path]
        found += [each for part in [schema.get("items"), *schema.get("prefixItems", ())] if isinstance(part, dict)
                  for each in _bounded(part, defs, f"{path}[]")]
    if kind in ("integer", "number") and not {"maximum", "exclusiveMaximum", "enum"} & schema.keys():
        found.append(path)
    for name, part in schema.get("properties", {}).items():
        found += _bounded(part, defs, f"{path}.{name}")
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        found += ([] if "maxProperties" in schema else [path]) + _bounded(extra, defs, f"{path}{{}}")
    return found


@every
def test_every_field_of_a_request_has_a_bound(operation: AnyOperation) -> None:
    schema = operation.request.model_json_schema()
    assert _bounded(schema, schema.get("$defs", {}), operation.name) == []


@every
def test_models_are_frozen_and_closed(operation: AnyOperation) -> None:
    for model in (operation.request, operation.answer):
        assert model.model_config["frozen"] and model.model_config["extra"] == "forbid"


@every
def test_a_change_names_what_the_audit_is_about(operation: AnyOperation) -> None:
    if operation.subject:
        assert operation.subject in operation.request.model_fields
    if operation.change is Change.JOURNAL:
        assert operation.offline is not Offline.ANY_STORE, "a node holds money in memory"
    assert all(operation.summary)
