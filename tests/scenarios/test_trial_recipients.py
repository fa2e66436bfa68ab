"""S4-A1-12: in its test period an account writes to the listed test recipients only, where there is such a list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.domain.china_time import SHANGHAI
from tests.scenarios.shipped_gateway import shipped_gateway
from tests.store.server import Server

pytestmark = pytest.mark.postgres
CODE, OTHERS, TESTER, OTHER = "10690500", "10690600", "13800138000", "13800138001"


async def test_a_test_account_writes_to_its_test_recipients(tmp_path: Path, database: Server) -> None:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as shipped:
        day = dt.datetime.now(SHANGHAI).date()
        span = {"test_from": str(day - dt.timedelta(days=1)), "test_to": str(day + dt.timedelta(days=1))}
        same = {"contract": "prepaid-general", "message_class": "triggered"}
        shipped.account("trial", CODE, **same)
        shipped.account("usual", OTHERS, **same)
        file = shipped.config / "accounts" / "trial.toml"
        dates = "".join(f"{key} = {value}\n" for key, value in span.items())
        file.write_text(file.read_text("utf-8").replace("[[accounts", f"{dates}[[accounts"), "utf-8")
        await shipped.start()
        assert await shipped.send("trial", CODE) == "", "no list was made: the quota alone limits"
        await shipped.command("lists", "add", "test", TESTER, "--account", "trial")
        assert await shipped.send("trial", CODE, OTHER) == "WHITE S4-A1-12[D]"
        assert await shipped.send("trial", CODE, TESTER) == ""
        assert await shipped.send("usual", OTHERS, "13800138002") == "", "another account is not on trial"
        await shipped.restart()
        assert await shipped.send("trial", CODE, OTHER) == "WHITE S4-A1-12[D]"
        await shipped.command("lists", "remove", "test", TESTER, "--account", "trial")
        await shipped.command("lists", "add", "test", OTHER, "--code", CODE)
        assert [await shipped.send("trial", CODE, each) for each in (OTHER, TESTER)] == ["", "WHITE S4-A1-12[D]"]
        await shipped.stop()
