"""Key customers of a province are not served through another: scenario 39, through configuration, commands, traffic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.shipped_gateway import ShippedGateway, shipped_gateway
from tests.store.server import Server

pytestmark = pytest.mark.postgres
LISTED = "省份,客户名称,信用代码,签名\n广东省,X银行,91440000000000000X,【示例银行】\n广东,,,X银行\n"


@pytest.fixture
async def shipped(tmp_path: Path, database: Server) -> AsyncIterator[ShippedGateway]:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as found:
        found.account("beijing", "10690400", province="北京", signature_mode="none", message_class="triggered")
        await found.start()
        yield found
        await found.stop()


async def test_traffic_under_a_protected_signature_closes_the_account(shipped: ShippedGateway, tmp_path: Path) -> None:
    """Scenario 39: R:PROTECTED, the account is closed with an alert, stays closed, and an operator opens it."""
    assert await shipped.send("beijing", "10690400", text="【X银行】您好") == ""
    done = await shipped.document("lists", "import", "protected", str(_file(tmp_path)))
    assert (done["added"], done["list"]) == (2, "protected")
    assert (await shipped.document("lists", "import", "protected", str(_file(tmp_path))))["added"] == 0
    assert await shipped.send("beijing", "10690400", text="【示例商城】您好") == ""
    assert await shipped.send("beijing", "10690400", text="您好【 x银行 】") == "PROTECTED S0-5.6"
    await shipped.until(lambda: "beijing" in shipped.gateway.flows.closing.closed)
    assert await shipped.send("beijing", "10690400", text="【示例商城】您好") == "PROTECTED S0-5.6"
    assert await shipped.send("smppdemo", "10690001", text="您好") == ""
    assert (await shipped.document("accounts", "show", "beijing"))["suspended"] is True
    await shipped.restart()
    assert await shipped.send("beijing", "10690400", text="【示例商城】您好") == "PROTECTED S0-5.6"
    await shipped.command("accounts", "resume", "beijing")
    assert await shipped.send("beijing", "10690400", text="【示例商城】您好") == ""
    await shipped.restart()
    assert await shipped.send("beijing", "10690400", text="【示例商城】您好") == ""
    removed = await shipped.document("lists", "remove", "protected", str(_file(tmp_path)))
    assert removed["removed"] == 2
    assert await shipped.send("beijing", "10690400", text="【X银行】您好") == ""


async def test_an_account_of_another_province_is_not_registered(shipped: ShippedGateway, tmp_path: Path) -> None:
    """Scenario 39: a signature, name or credit code on Guangdong's list is refused to Beijing, not to Guangdong."""
    await shipped.command("lists", "import", "protected", str(_file(tmp_path)))
    await shipped.command("check")
    file = shipped.config / "accounts" / "beijing.toml"
    before = file.read_text()
    file.write_text(before.replace("示例商城", "示例银行"))
    said = await shipped.command("check", code=2)
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if text.startswith("signatures"))
    assert f"beijing.toml:{line}" in said
    assert "signature 【示例银行】 is on the protection list of 广东: not for an account of 北京 (S0-5.6)" in said
    file.write_text(before.replace("北京", "广东").replace("示例商城", "示例银行"))
    await shipped.command("check")
    file.write_text(before.replace('province = "北京"', 'province = "北京"\ncredit_code = "91440000000000000X"'))
    assert "credit code 91440000000000000X is on the protection list of 广东" in await shipped.command("check", code=2)
    file.write_text(before)


async def test_a_faulty_protection_list_is_not_taken(shipped: ShippedGateway, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("province,name\n广东,\n,甲\n")
    said = await shipped.command("lists", "import", "protected", str(file), code=1)
    assert [line.partition(": ")[0] for line in said.splitlines()[:2]] == ["bad.csv:2", "bad.csv:3"]
    await shipped.stop()
    await shipped.command("lists", "import", "protected", str(_file(tmp_path)))
    out = tmp_path / "out.csv"
    await shipped.command("lists", "export", "protected", str(out))
    assert out.read_text().splitlines()[1:] == ["广东,,,X银行", "广东省,X银行,91440000000000000X,示例银行"]
    await shipped.start()
    assert await shipped.send("beijing", "10690400", text="【X银行】您好") == "PROTECTED S0-5.6"


def _file(folder: Path) -> Path:
    file = folder / "guangdong.csv"
    file.write_text(LISTED, encoding="utf-8")
    return file
