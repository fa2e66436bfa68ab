"""The document against the running node: whatever it lets a client send, each answer is one that it describes."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import checks

from tests.gateway.http_api.api_bench import NUMBER, SHOP, TEXT, bench_on, settings_for

SEED = int(os.environ.get("HONGYAN_SEED") or 20261130)
EXAMPLES = 12
ELSEWHERE = ("/v1/callbacks", "/v1/events")  # operations on a database; polls and streams that wait
CHECKS = [
    checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance,
]


def try_operation(operation: Any, url: str, unlike: list[str]) -> None:
    """Send what the document allows, and what is just off it; note what is answered otherwise than it says."""

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def trial(case: Any) -> None:
        response = case.call(base_url=url, headers={"Authorization": f"Bearer {SHOP}"}, timeout=10)
        case.validate_response(response, checks=CHECKS)

    try:
        trial()
    except BaseException as fault:  # told together
        unlike.append(f"{operation.label}: {fault}"[:2000])


async def test_every_answer_is_one_that_the_document_describes() -> None:
    async with bench_on(settings_for()) as bench:
        document = (await bench.ask("GET", "/v1/openapi.json")).json
        schema = schemathesis.openapi.from_dict(document)
        unlike: list[str] = []
        tried = 0
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path.startswith(ELSEWHERE):
                continue
            tried += 1
            await asyncio.to_thread(try_operation, operation, bench.url, unlike)
        assert not unlike, "\n".join(unlike)
        assert tried >= 9
        failed = [values for event, values in bench.events if event == "api_request_failed"]
        assert not failed, failed
        assert (await bench.ask("POST", "/v1/messages", {"to": NUMBER, "text": TEXT})).status == 201
