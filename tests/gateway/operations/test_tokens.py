"""Tokens of the HTTP API: shown once, kept as digests, held in memory behind the commit, replaced without a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.api_token import ALL_SCOPES, ApiToken, Scope, digest_of
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.interfaces.control_client import Refused
from gateway.operations.operation_errors import OperationError
from gateway.store.facts.token_rows import LIVE_MAX, PostgresTokens
from gateway.store.open_database import open_database
from tests.gateway.operations.asking import NOW, ask, ask_offline, settings_on
from tests.gateway.operations.test_accounts import config_in, gateway_on

DAY = 86_400.0


def token(text: str, *, expires_at: float = NOW + DAY, revoked_at: float | None = None) -> ApiToken:
    return ApiToken(1, "shop", digest_of(text), ALL_SCOPES, text[-4:], "", NOW, expires_at, revoked_at)


def test_only_a_live_token_is_found() -> None:
    tokens = ApiTokens()
    tokens.load([token("hy_one")])
    found = tokens.find("hy_one", NOW)
    assert found is not None and found.account == "shop"
    assert tokens.find("hy_one", NOW + DAY) is None, "it has expired"
    assert tokens.find("hy_on", NOW) is None
    tokens.put(token("hy_one", revoked_at=NOW), NOW)
    assert tokens.find("hy_one", NOW) is None and len(tokens) == 0


@pytest.mark.postgres
async def test_a_running_gateway_knows_what_is_committed_and_a_restart_reads_it(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    async with gateway_on(config) as node:
        state = node.settings.state_dir
        made = await ask(state, "tokens.create", account="smppdemo", scopes=["submit"], days=2, note="shop")
        text = made["token"]
        assert text.startswith("hy_") and text.endswith(made["ending"]) and made["state"] == "live"
        found = node.api_tokens.find(text, node.clock())
        assert found is not None and (found.id, found.scopes) == (made["id"], {Scope.SUBMIT})
        other = await ask(state, "tokens.create", account="smppdemo")
        newer = await ask(state, "tokens.rotate", id=made["id"], overlap_h=1)
        assert newer["replaces"] == made["id"] and newer["scopes"] == ["submit"] and newer["note"] == "shop"
        both = [node.api_tokens.find(each, node.clock()) for each in (text, newer["token"])]
        assert all(both)
        assert node.api_tokens.find(text, node.clock() + 3601) is None, "the overlap is over"
        await ask(state, "tokens.revoke", id=other["id"])
        assert node.api_tokens.find(other["token"], node.clock()) is None
        with pytest.raises(Refused, match="revoked already"):
            await ask(state, "tokens.rotate", id=other["id"])
        with pytest.raises(Refused, match="does not speak HTTP"):
            await ask(state, "tokens.create", account="106901")
        listed = await ask(state, "tokens.list", account="smppdemo")
        assert [each["state"] for each in listed["tokens"]] == ["live", "revoked", "live"]
        assert not any("token" in each for each in listed["tokens"])
    async with gateway_on(config) as node:
        assert node.api_tokens.find(newer["token"], node.clock()) is not None
        assert node.api_tokens.find(other["token"], node.clock()) is None
        async with open_database(None, state) as connection:
            kept = await connection.fetch("SELECT t::text AS row FROM api_tokens t")
            lines = await connection.fetch("SELECT action, detail FROM audit WHERE action LIKE 'tokens%' ORDER BY id")
    texts = [each["token"] for each in (made, other, newer)]
    assert not any(text in row["row"] or text in str(lines) for row in kept for text in texts)
    assert [line["action"] for line in lines][:4] == [
        "tokens create", "tokens create", "tokens rotate", "tokens revoke",
    ]


@pytest.mark.postgres
async def test_tokens_are_made_without_a_gateway_and_have_a_bound(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    made = [await ask_offline(settings, "tokens.create", account="smppdemo") for _ in range(LIVE_MAX)]
    with pytest.raises(OperationError, match=f"has {LIVE_MAX} tokens"):
        await ask_offline(settings, "tokens.create", account="smppdemo")
    with pytest.raises(OperationError, match="there is no token"):
        await ask_offline(settings, "tokens.revoke", id=made[0]["id"], account="106901")
    await ask_offline(settings, "tokens.revoke", id=made[0]["id"], account="smppdemo")
    async with open_database(dsn, tmp_path) as connection:

        class Lent:
            async def __aenter__(self) -> object:
                return connection

            async def __aexit__(self, *_: object) -> None:
                """It stays open."""

        live = await PostgresTokens(Lent).live(NOW)  # type: ignore[arg-type]
    assert {each.id for each in live} == {each["id"] for each in made[1:]}
    assert {each.digest for each in live} == {digest_of(each["token"]) for each in made[1:]}
