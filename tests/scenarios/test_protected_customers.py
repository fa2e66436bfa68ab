"""Key customers of a province are not served through another: scenario 39, through configuration, commands, traffic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.shipped_gateway import Street, street
from tests.store.server import Server

pytestmark = pytest.mark.postgres
LISTED = "省份,客户名称,信用代码,签名\n广东省,X银行,91440000000000000X,【示例银行】\n广东,,,X银行\n"


@pytest.fixture
async def town(tmp_path: Path, database: Server) -> AsyncIterator[Street]:
    async with street(tmp_path, await database.fresh_database()) as found:
        found.account("beijing", "10690400", province="北京", signature_mode="none", message_class="triggered")
        await found.start()
        yield found
        await found.stop()


async def test_traffic_under_a_protected_signature_closes_the_account(town: Street, tmp_path: Path) -> None:
    """Scenario 39: R:PROTECTED, the account is closed with an alert, stays closed, and an operator opens it."""
    assert await town.send("beijing", "10690400", text="【X银行】您好") == ""
    done = await town.document("lists", "import", "protected", str(_file(tmp_path)))
    assert (done["added"], done["list"]) == (2, "protected")
    assert (await town.document("lists", "import", "protected", str(_file(tmp_path))))["added"] == 0
    assert await town.send("beijing", "10690400", text="【示例商城】您好") == ""
    assert await town.send("beijing", "10690400", text="您好【 x银行 】") == "PROTECTED S0-5.6"
    await town.until(lambda: "beijing" in town.gateway.flows.closing.closed)
    assert await town.send("beijing", "10690400", text="【示例商城】您好") == "PROTECTED S0-5.6"
    assert await town.send("smppdemo", "10690001", text="您好") == ""
    assert (await town.document("accounts", "show", "beijing"))["suspended"] is True
    await town.restart()
    assert await town.send("beijing", "10690400", text="【示例商城】您好") == "PROTECTED S0-5.6"
    await town.command("accounts", "resume", "beijing")
    assert await town.send("beijing", "10690400", text="【示例商城】您好") == ""
    await town.restart()
    assert await town.send("beijing", "10690400", text="【示例商城】您好") == ""
    removed = await town.document("lists", "remove", "protected", str(_file(tmp_path)))
    assert removed["removed"] == 2
    assert await town.send("beijing", "10690400", text="【X银行】您好") == ""


async def test_an_account_of_another_province_is_not_registered(town: Street, tmp_path: Path) -> None:
    """Scenario 39: a signature, name or credit code on Guangdong's list is refused to Beijing, not to Guangdong."""
    await town.command("lists", "import", "protected", str(_file(tmp_path)))
    await town.command("check")
    file = town.config / "accounts" / "beijing.toml"
    before = file.read_text()
    file.write_text(before.replace("示例商城", "示例银行"))
    said = await town.command("check", code=2)
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if text.startswith("signatures"))
    assert f"beijing.toml:{line}" in said
    assert "signature 【示例银行】 is on the protection list of 广东: not for an account of 北京 (S0-5.6)" in said
    file.write_text(before.replace("北京", "广东").replace("示例商城", "示例银行"))
    await town.command("check")
    file.write_text(before.replace('province = "北京"', 'province = "北京"\ncredit_code = "91440000000000000X"'))
    assert "credit code 91440000000000000X is on the protection list of 广东" in await town.command("check", code=2)
    file.write_text(before)


async def test_a_faulty_protection_list_is_not_taken(town: Street, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("province,name\n广东,\n,甲\n")
    said = await town.command("lists", "import", "protected", str(file), code=1)
    assert [line.partition(": ")[0] for line in said.splitlines()[:2]] == ["bad.csv:2", "bad.csv:3"]
    await town.stop()
    await town.command("lists", "import", "protected", str(_file(tmp_path)))
    out = tmp_path / "out.csv"
    await town.command("lists", "export", "protected", str(out))
    assert out.read_text().splitlines()[1:] == ["广东,,,X银行", "广东省,X银行,91440000000000000X,示例银行"]
    await town.start()
    assert await town.send("beijing", "10690400", text="【X银行】您好") == "PROTECTED S0-5.6"


def _file(folder: Path) -> Path:
    file = folder / "guangdong.csv"
    file.write_text(LISTED, encoding="utf-8")
    return file
