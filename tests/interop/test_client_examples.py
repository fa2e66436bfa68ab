"""The programs that the interface specification prints, run as they stand against a gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.domain.api_token import ALL_SCOPES, ApiToken, digest_of
from gateway.simulator.core_interfaces import CarrierTerms
from tests.peers import PASSWORD, WITHIN_S, Rig, Simulated, account, running

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

EXAMPLES = Path(__file__).parents[2] / "gateway" / "interfaces" / "client_pages" / "examples"
TEXT, TOKEN = "您的验证码是482913。", "hy_example"
ACCOUNTS = {"esme": ("10690001", {"protocols": ["smpp", "http"]}), "200020": ("10690020", {})}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    accounts = "\n".join(account(login, code, **keys) for login, (code, keys) in ACCOUNTS.items())
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), endings={"0404": "UNDELIV"}))}
    directory = tmp_path_factory.mktemp("rig")
    async with running(directory, carriers, accounts, listeners="[listeners.http]\nport = 0\n") as rig:
        now = rig.gateway.clock()
        token = ApiToken(0, "esme", digest_of(TOKEN), ALL_SCOPES, TOKEN[-4:], "", now, now + 3600.0)
        rig.gateway.api_tokens.put(token, now)
        yield rig


async def run(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, said.decode()


async def example(rig: Rig, protocol: str, login: str, *changed: str, to: str = "13800138000") -> tuple[int, str]:
    source = changed[0] if changed else ACCOUNTS[login][0]
    return await run(
        sys.executable, str(EXAMPLES / f"{protocol}_client.py"), "127.0.0.1", str(rig.tcp_port(protocol)), login,
        changed[1] if len(changed) > 1 else PASSWORD, source, to, TEXT,
    )


async def test_smpp(rig: Rig) -> None:
    code, said = await example(rig, "smpp", "esme")
    stored, receipt = said.splitlines()
    assert (code, receipt.startswith(f"id:{stored.removeprefix('stored as ')} ")) == (0, True), said
    assert " stat:DELIVRD err:000 " in receipt
    code, said = await example(rig, "smpp", "esme", to="13800130404")
    assert code == 0 and " stat:UNDELIV " in said
    assert await example(rig, "smpp", "esme", "10690099") == (1, "refused: 0x0A\n")


async def test_cmpp(rig: Rig) -> None:
    code, said = await example(rig, "cmpp", "200020")
    assert (code, said.splitlines()[1:]) == (0, ["DELIVRD"]), said
    assert await example(rig, "cmpp", "200020", "10690099") == (1, "refused: 10\n")
    assert await example(rig, "cmpp", "200020", "10690020", "wrong") == (1, "the login is refused: 3\n")


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_http(rig: Rig) -> None:
    listener = rig.gateway.http_listeners.listeners["http"]
    url = f"http://127.0.0.1:{listener.tcp_port}"
    code, said = await run("sh", str(EXAMPLES / "http_client.sh"), url, TOKEN, "13800138001", TEXT)
    lines = said.splitlines()
    assert (code, lines[1::2]) == (0, ["200", "201", "200", "200"]), said
    quoted, sent, shown, balance = (json.loads(line) for line in lines[::2])
    assert (quoted["verdict"], quoted["segments"], sent["accepted"]) == ("accept", 1, 1)
    assert (shown["id"], shown["to"]) == (sent["messages"][0]["id"], "13800138001")
    assert balance["account"] == "esme"
    code, said = await run("sh", str(EXAMPLES / "http_client.sh"), url, "hy_wrong", "13800138001", TEXT)
    assert '"key":"TOKEN"' in said
