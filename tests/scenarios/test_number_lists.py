"""Whose numbers may be written to: scenarios 38 (lists) and 46, through commands, handsets and a bound client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.shipped_gateway import ShippedGateway, shipped_gateway
from tests.store.server import Server

pytestmark = pytest.mark.postgres
A, B, C = "13800138000", "13800138001", "13800138002"
ORDINARY, OTP = "10690300", "10690301"


@pytest.fixture
async def shipped(tmp_path: Path, database: Server) -> AsyncIterator[ShippedGateway]:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as found:
        found.account("ordinary", ORDINARY, contract="cloud-mas", message_class="batch")
        found.account("otp", OTP, contract="cloud-mas", message_class="triggered")
        await found.start()
        yield found
        await found.stop()


async def test_an_otp_goes_by_the_blacklist_an_ordinary_message_by_the_whitelist(
    shipped: ShippedGateway, tmp_path: Path
) -> None:
    """Scenario 38: an OTP to a blacklisted number is BLACK, an ordinary message to a number not whitelisted WHITE."""
    black = tmp_path / "black.csv"
    black.write_text(f"number\n{A}\n+86{B}\n")
    done = await shipped.document("lists", "import", "blacklist", str(black), "--account", "otp")
    assert (done["added"], done["lines"], done["scope"]) == (2, 2, "account:otp")
    assert await shipped.send("otp", OTP, A) == "BLACK S4-2.3"
    assert await shipped.send("otp", OTP, C) == ""
    assert await shipped.send("ordinary", ORDINARY, A) == "WHITE S4-2.4"
    white = tmp_path / "white.csv"
    white.write_text(f"号码,证据类型,证据时间,证据编号\n{A},form,2026-03-01,F-1\n")
    done = await shipped.document("lists", "import", "whitelist", str(white), "--account", "ordinary")
    assert (done["added"], done["version"] > 0) == (1, True)
    assert await shipped.send("ordinary", ORDINARY, A) == ""
    assert await shipped.send("ordinary", ORDINARY, B) == "WHITE S4-2.4"
    again = await shipped.document("lists", "import", "whitelist", str(white), "--account", "ordinary")
    assert (again["added"], again["renewed"], again["unchanged"], again["version"]) == (0, 0, 1, 0)
    await shipped.restart()
    assert await shipped.send("otp", OTP, B) == "BLACK S4-2.3"
    assert await shipped.send("ordinary", ORDINARY, A) == ""
    removed = await shipped.document("lists", "remove", "blacklist", B, "--account", "otp")
    assert removed["removed"] == 1
    assert await shipped.send("otp", OTP, B) == ""


async def test_under_mo_opt_in_only_who_subscribed_is_written_to(shipped: ShippedGateway) -> None:
    """Scenario 46: the old whitelist is void; who subscribes by MO is accepted, after 退订 UNSUB; across restarts."""
    proof = ("--account", "ordinary", "--evidence", "form:F-1")
    await shipped.command("lists", "add", "whitelist", A, B, *proof)
    await shipped.says(C, ORDINARY, "订阅")  # before the switch: does not count
    assert [await shipped.send("ordinary", ORDINARY, each) for each in (A, C)] == ["", ""]
    await shipped.command("lists", "mo-optin", ORDINARY)
    assert [await shipped.send("ordinary", ORDINARY, each) for each in (A, C)] == ["WHITE S4-A3-3(3)"] * 2
    await shipped.says(A, ORDINARY, "DY")
    assert await shipped.send("ordinary", ORDINARY, A) == ""
    await shipped.says(B, f"{ORDINARY}01", "dy")
    await shipped.command("lists", "add", "whitelist", C, "--code", ORDINARY, "--evidence", "mo:made-up")
    await shipped.restart()
    assert [await shipped.send("ordinary", ORDINARY, each) for each in (A, B, C)] == ["", "", "WHITE S4-A3-3(3)"]
    await shipped.says(A, ORDINARY, "退订")
    assert await shipped.send("ordinary", ORDINARY, A) == "UNSUB S4-3.10"
    await shipped.restart()
    assert await shipped.send("ordinary", ORDINARY, A) == "UNSUB S4-3.10"
    assert await shipped.send("ordinary", ORDINARY, B) == ""
    await shipped.says(A, ORDINARY, "订阅")
    assert await shipped.send("ordinary", ORDINARY, A) == ""
    await shipped.command("lists", "mo-optin", ORDINARY, "--end")
    assert await shipped.send("ordinary", ORDINARY, C) == ""


async def test_who_unsubscribes_from_one_code_keeps_the_other(shipped: ShippedGateway) -> None:
    await shipped.says(A, OTP, " ｔｄ ")
    assert await shipped.send("otp", OTP, A) == "UNSUB S4-3.10"
    assert await shipped.send("smppdemo", "10690001", A) == ""
    found = await shipped.document("lists", "find", A)
    assert [(row["list"], row["scope"], row["added"], row["evidence"]["type"]) for row in found] == [
        ("unsubscribed", f"code:{OTP}", True, "mo")
    ]
    assert shipped.gateway.meters.account("otp").delivered_inbound == 1  # the client hears of it all the same


async def test_a_faulty_file_is_not_taken_and_names_its_lines(shipped: ShippedGateway, tmp_path: Path) -> None:
    file = tmp_path / "w.csv"
    file.write_text(f"{A},form,2026-03-01,F-1\n123,form,2026-03-01,F-1\n{B},form,yesterday,F-1\n{C}\n")
    said = await shipped.command("lists", "import", "whitelist", str(file), code=1)
    assert [line for line in said.splitlines() if line.startswith("w.csv:")] == [
        "w.csv:2: '123' is no number",
        "w.csv:3: 'yesterday' is no time such as 2026-03-02 or 2026-03-02T12:00:00+08:00",
        "w.csv:4: a whitelist entry needs evidence (S4-A2-2): its type and time and reference are missing",
    ]
    assert await shipped.document("lists", "list") == []
    checked = await shipped.document("lists", "check", "blacklist", str(_lines(tmp_path, A, B)))
    assert (checked["added"], checked["dry_run"]) == (2, True)
    assert await shipped.document("lists", "list") == []


async def test_lists_are_kept_while_no_gateway_runs(shipped: ShippedGateway, tmp_path: Path) -> None:
    await shipped.stop()
    await shipped.command("lists", "import", "blacklist", str(_lines(tmp_path, A, B)), "--by", "night shift")
    await shipped.start()
    assert await shipped.send("otp", OTP, A) == "BLACK S4-2.3"
    out = tmp_path / "out.csv"
    await shipped.command("lists", "export", "blacklist", str(out))
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == ["number", A, B]
    audit = await shipped.document("lists", "versions")
    assert [(row["action"], row["uploader"], row["lines"]) for row in audit][1:] == [("add", "night shift", 2)]
    assert (audit[0]["action"], audit[0]["source"], audit[0]["lines"]) == ("export", "out.csv", 2)
    again = await shipped.document("lists", "import", "blacklist", str(out))  # what was exported is read again
    assert again["unchanged"] == 2


async def test_a_long_list_replaces_another_without_stopping_traffic(shipped: ShippedGateway, tmp_path: Path) -> None:
    first = [str(13_900_000_000 + number) for number in range(20_000)]
    await shipped.command("lists", "import", "blacklist", str(_lines(tmp_path, *first, A)))
    other = _lines(tmp_path, *first[10_000:], *(str(13_700_000_000 + number) for number in range(20_000)))
    replacing = asyncio.create_task(shipped.document("lists", "import", "blacklist", str(other), "--replace"))
    assert await shipped.send("otp", OTP, C) == ""
    done = await replacing
    assert (done["added"], done["removed"]) == (20_000, 10_001)
    assert [await shipped.send("otp", OTP, each) for each in (A, first[0], first[-1], "13700000001")] == [
        "", "", "BLACK S4-2.3", "BLACK S4-2.3",
    ]


def _lines(folder: Path, *numbers: str) -> Path:
    file = folder / "numbers.csv"
    file.write_text("\n".join(numbers) + "\n")
    return file
