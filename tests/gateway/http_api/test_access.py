"""Who may ask: tokens with scopes and an end, networks, login and password; guesses are slowed and shut out."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.domain.api_token import Scope
from gateway.interfaces.http_api.api_route import Route
from gateway.settings.node_keys import HttpListenerKeys
from tests.gateway.http_api.api_bench import HOME, NUMBER, SHOP, ApiBench, accounts, bench_on, settings_for, token_of

STRICT = HttpListenerKeys(port=0, login_delay_s=0.0, login_failures_max=3, ban_logins_max=4)


def path_of(route: Route) -> str:
    return route.path.replace("{id}", "1").replace("{key}", "BALANCE")


async def put(bench: ApiBench, text: str, account: str, scopes: frozenset[Scope], **terms: float) -> None:
    bench.node.api_tokens.put(bench.disk.tokens.add(token_of(text, account, scopes, **terms)), bench.node.clock())


async def test_each_route_asks_for_a_token_with_its_scope() -> None:
    async with bench_on(settings_for()) as bench:
        asking = [route for route in bench.node.api.routes if route.scope is not None]
        assert len(asking) >= 6
        for scope in Scope:
            await put(bench, f"hy_only_{scope}", "shop", frozenset({scope}))
        for route in asking:
            method, path = route.method, path_of(route)
            nobody = await bench.ask(method, path, token=None)
            assert (nobody.status, nobody.headers["WWW-Authenticate"]) == (401, "Bearer"), path
            for scope in Scope:
                answer = await bench.ask(method, path, token=f"hy_only_{scope}")
                assert (answer.status == 403) == (scope is not route.scope), (path, scope)


async def test_a_token_ends_and_is_no_other_accounts() -> None:
    async with bench_on(settings_for()) as bench:
        await put(bench, "hy_short", "shop", frozenset(Scope), until=bench.node.clock() + 3600)
        assert (await bench.ask("GET", "/v1/balance", token="hy_short")).status == 200
        await put(bench, "hy_gone", "nobody", frozenset(Scope))
        for wrong in ("hy_gone", SHOP + "x", SHOP[:-1], "", "é"):
            answer = await bench.ask("GET", "/v1/balance", token=wrong)
            assert (answer.status, answer.json["key"]) == (401, "TOKEN"), wrong
        assert bench.node.admission.refusals["http", "unknown_or_wrong"] >= 4


async def test_an_account_is_used_from_its_networks_and_by_its_protocols_only() -> None:
    found = accounts()
    async with bench_on(settings_for(other=replace(found["other"], protocols=frozenset({"smpp"})))) as bench:
        answer = await bench.ask("GET", "/v1/balance", token=HOME)
        assert (answer.status, answer.json["key"]) == (403, "NETWORK")
        answer = await bench.ask("GET", "/v1/balance", token="hy_other")
        assert (answer.status, answer.json["key"]) == (403, "PROTOCOL")
        answer = await bench.ask("GET", f"/cgi-bin/sendsms?username=home&password=home-secret&to={NUMBER}&text=a")
        assert (answer.status, answer.text) == (403, "Authorization failed for sendsms")
        assert not bench.disk.messages


async def test_guesses_shut_out_the_guess_and_then_the_address() -> None:
    async with bench_on(settings_for(STRICT)) as bench:
        for _ in range(5):
            assert (await bench.ask("GET", "/v1/balance", token="hy_wrong")).status == 401
        assert bench.node.admission.refusals["http", "banned"] == 2
        assert (await bench.ask("GET", "/v1/balance")).status == 200, "a right token goes on from there"
        for at in range(3):
            await bench.ask("GET", "/v1/balance", token=f"hy_wrong_{at}")
        assert bench.node.admission.banned[("address",)] == 1
        await bench.session.close()
        listener = bench.node.http_listeners.listeners["http"]
        async with aiohttp.ClientSession() as other:
            with pytest.raises(aiohttp.ClientError):
                await other.get(f"{bench.url}/v1/balance")
        assert listener.limiter.ended["banned"] >= 1


async def test_the_document_is_valid_and_names_every_route() -> None:
    async with bench_on(settings_for()) as bench:
        document = (await bench.ask("GET", "/v1/openapi.json", token=None)).json
        OpenAPIV31SpecValidator(document).validate()
        described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
        assert described == {(route.method, route.path) for route in bench.node.api.routes}
        names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
        assert len(names) == len(set(names))
        assert b"hy_" not in orjson.dumps(document)
