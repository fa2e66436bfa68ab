"""Complaints and ports through the commands of a running gateway, and without one: scenarios 40, 44, 46 and 47."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.china_time import start_of
from tests.gateway.operations.asking import ask
from tests.scenarios.shipped_gateway import ShippedGateway, shipped_gateway
from tests.store.server import Server

pytestmark = pytest.mark.postgres
CODE = "10690300"
A, B = "13800138000", "13800138001"


class GatewayByDays(ShippedGateway):
    """A gateway whose days a test sets; the gateway is started again on each."""

    def set_clock(self, day: str, hour: float = 12.0) -> None:
        offset = start_of(dt.date.fromisoformat(f"2026-{day}")) + hour * 3600 - time.time()
        self.clock = lambda: time.time() + offset

    async def advance_to(self, day: str, hour: float = 12.0) -> None:
        await self.stop()
        self.set_clock(day, hour)
        await self.start()

    async def complain(self, number: str, **more: str) -> dict[str, Any]:
        options = [word for key, value in more.items() for word in (f"--{key}", value)]
        found: dict[str, Any] = await self.document("complaints", "add", "--number", number, "--code", CODE, *options)
        return found

    async def complain_all(self, *numbers: str) -> None:
        file = self.config.parent / "complaints.csv"
        file.write_text("number,code\n" + "".join(f"{number},{CODE}\n" for number in numbers))
        await self.command("complaints", "import", str(file))

    async def sending_port(self) -> Any:
        return await ask(self.gateway.settings.state_dir, "ports.show", port=CODE)


@pytest.fixture
async def shipped(tmp_path: Path, database: Server) -> AsyncIterator[GatewayByDays]:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as made:
        found = GatewayByDays(made.config, made.peers)
        found.account("bank", CODE, contract="cloud-mas", message_class="triggered", rate_per_s=100.0)
        file = found.config / "accounts" / "bank.toml"
        file.write_text(file.read_text() + 'regime = "whitelist"\n')
        found.set_clock("03-02")
        await found.start()
        yield found
        await found.stop()


async def test_a_port_from_complaint_to_full_rate(shipped: GatewayByDays, tmp_path: Path) -> None:
    """Scenario 40: by add and import, duplicates over sources counted once, forecast, notice, tasks, answer."""
    file = tmp_path / "12321.csv"
    file.write_text(f"number,code,source,ref,words\n{A},{CODE}01,12321,T-1,收到广告\n{B},{CODE},12321,T-2,\n")
    assert (await shipped.complain(A, source="carrier"))["counts"] is True
    done = await shipped.document("complaints", "import", str(file))
    assert done == {"read": 2, "new": 2, "counting": 1, "duplicates": 1, "known": 0}
    again = await shipped.document("complaints", "import", str(file))
    assert (again["new"], again["known"]) == (0, 2)
    forecast = await shipped.document("complaints", "forecast", CODE)
    rates = [(each["date"], each["rate"]) for each in forecast["timeline"][1:]]
    assert rates == [("2026-03-03", 50), ("2026-03-17", 100)]
    tasks = await shipped.document("tasks", "list")
    assert [(task["clause"], task["account"]) for task in tasks if task["kind"] == "COMPLAINT_REPLY"] == [
        ("S4-3.13", "bank")
    ] * 2
    await shipped.advance_to("03-04")
    shown = await shipped.sending_port()
    assert (shown["state"], shown["live_rate"], shown["since"]) == ("REDUCED", 50, "2026-03-03")
    [notice] = await shipped.document("ports", "notices", CODE)
    assert "自2026年3月3日00:00起" in notice["text"] and "每秒50条" in notice["text"]
    first = (await shipped.document("complaints", "list", "--port", CODE))[-1]
    assert first["number"] == "138****8000"
    await shipped.document("complaints", "answer", str(first["id"]), "已停发并致歉")
    left = [task["id"] for task in await shipped.document("tasks", "list") if task["kind"] == "COMPLAINT_REPLY"]
    assert len(left) == 1
    await shipped.advance_to("03-17")
    assert ((await shipped.sending_port())["live_rate"], (await shipped.sending_port())["next_check"]) == (100, None)


async def test_a_faulty_file_is_not_taken_and_names_its_lines(shipped: GatewayByDays, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(f"number,code,date\n{A},{CODE},2026-03-01\nx,{CODE},\n{B},999,\n{B},{CODE},2026-13-01\n")
    said = await shipped.command("complaints", "import", str(file), code=1)
    assert [line.partition("c.csv: ")[2] for line in said.splitlines()[:2]] == [
        "line 3: number: 'x' is no number", "line 5: date: '2026-13-01' is no date such as 2026-03-02",
    ]
    file.write_text(f"number,code\n{A},{CODE}\n{B},999\n")
    said = await shipped.command("complaints", "import", str(file), code=1)
    assert "line 3: code: 999 is under no port" in said
    assert await shipped.document("complaints", "list") == []


async def test_suspended_by_command_and_evidence_of_a_complaint(shipped: GatewayByDays) -> None:
    """Scenario 44: the eleventh stops the port at once; one judged the carrier's own takes the suspension back."""
    assert await shipped.send("bank", CODE, A, "您的验证码1234") == ""
    await shipped.gateway.journal.touch()
    ticket = await shipped.complain(A)
    shown = await shipped.document("complaints", "show", str(ticket["id"]))
    assert [(each["source"], len(each["fingerprint"])) for each in shown["messages"]] == [(CODE, 16)]
    assert shown["consent_missing"] is True
    await shipped.command("lists", "add", "whitelist", A, "--account", "bank", "--evidence", "form:F-1")
    shown = await shipped.document("complaints", "show", str(ticket["id"]))
    assert (shown["consent_missing"], [each["ref"] for each in shown["consent"]]) == (False, ["F-1"])
    await shipped.complain_all(*(f"1390000{n:04}" for n in range(10)))
    assert await shipped.send("bank", CODE, B) == "PORT S4-A3-3"
    assert (await shipped.sending_port())["state"] == "SUSPENDED"
    await shipped.document("complaints", "judge", str(ticket["id"]), "--cause", "carrier", "--reason", "their loop")
    assert await shipped.send("bank", CODE, B) == ""
    assert (await shipped.sending_port())["state"] == "NORMAL"  # ten of today: reduced from tomorrow on
    assert (await shipped.sending_port())["next_check"] == "2026-03-03"


async def test_the_second_relapse_leaves_mo_subscribers_only(shipped: GatewayByDays) -> None:
    """Scenario 46: from the second relapse on who subscribed by MO; an old whitelist entry is WHITE, 退订 UNSUB."""
    await shipped.command("lists", "add", "whitelist", A, "--account", "bank", "--evidence", "form:F-1")
    for day in ("03-02", "03-20", "04-25"):
        await shipped.advance_to(day)
        await shipped.complain_all(A, B)
    assert await shipped.send("bank", CODE, A) == ""
    await shipped.advance_to("04-26")
    await shipped.until(lambda: CODE in shipped.gateway.flows.lists.optin_since)
    assert (await shipped.sending_port())["mo_opt_in"] is True
    assert await shipped.send("bank", CODE, A) == "WHITE S4-A3-3(3)"
    await shipped.says(A, CODE, "订阅")
    assert await shipped.send("bank", CODE, A) == ""
    await shipped.says(A, CODE, "退订")
    assert await shipped.send("bank", CODE, A) == "UNSUB S4-3.10"
    await shipped.says(B, CODE, "订阅")
    await shipped.advance_to("06-16")
    assert ((await shipped.sending_port())["live_rate"], (await shipped.sending_port())["mo_opt_in"]) == (100, True)
    assert await shipped.send("bank", CODE, B) == ""
    await shipped.document("ports", "leave-mo-optin", CODE, "--reason", "asked for")
    await shipped.until(lambda: CODE not in shipped.gateway.flows.lists.optin_since)
    assert await shipped.send("bank", CODE, "13800138009") == ""


async def test_a_complaint_is_answered_within_a_day_also_on_holidays(shipped: GatewayByDays) -> None:
    """Scenario 47: received 2026-05-01 22:00, to be answered by 05-02 22:00; a violation told within the hour."""
    await shipped.advance_to("05-01", 22.0)
    ticket = await shipped.complain(A, kind="nine_forbidden", arrived="2026-05-01T22:00:00+08:00")
    assert ticket["reply_by"] == "2026-05-02T22:00:00+08:00"
    due = {task["kind"]: task["due_at"] for task in await shipped.document("tasks", "list")}
    assert due["COMPLAINT_REPLY"] == "2026-05-02T22:00:00+08:00"
    assert due["VIOLATION_NOTICE"] == "2026-05-01T23:00:00+08:00"


async def test_ports_and_channels_by_command(shipped: GatewayByDays) -> None:
    await shipped.document("ports", "rate", CODE, "7.5", "--reason", "small gateway")
    shown = await shipped.sending_port()
    assert (shown["live_rate"], shown["limited_by"]) == (7.5, "S4-4.4")
    await shipped.document("ports", "isolate", CODE, "--reason", "leak")
    assert await shipped.send("bank", CODE) == "PORT D"
    await shipped.restart()
    assert await shipped.send("bank", CODE) == "PORT D"
    await shipped.document("ports", "resume", CODE)
    await shipped.document("ports", "rate", CODE, "agreed", "--reason", "large again")
    assert (await shipped.sending_port())["live_rate"] == 100
    assert [each["order"] for each in (await shipped.sending_port())["orders"]] == ["rate", "resume", "isolate", "rate"]
    assert (await shipped.document("channels", "drain", "sim-smpp"))["switch"] == "drained"
    assert (await shipped.document("channels", "isolate", "sim-smpp", "--reason", "works"))["live_rate"] == 0
    assert shipped.gateway.flows.dispatch.senders["sim-smpp"].is_stopped
    assert (await shipped.document("channels", "resume", "sim-smpp"))["switch"] == "open"
    assert "no channel 'nowhere'" in await shipped.command("channels", "drain", "nowhere", code=2)
    assert "port 999 is not configured" in await shipped.command("ports", "show", "999", code=1)
    assert {each["port"] for each in await shipped.document("ports", "list")} >= {CODE, "10690001"}


async def test_without_a_gateway_the_store_is_asked(shipped: GatewayByDays) -> None:
    """Dates are those of the real clock then: what a command did while nobody ran holds at the next start."""
    await shipped.stop()
    await shipped.complain_all(*(f"1390000{n:04}" for n in range(11)))
    assert (await shipped.document("ports", "show", CODE))["state"] == "SUSPENDED"
    shipped.clock = time.time
    await shipped.start()
    assert await shipped.send("bank", CODE) == "PORT S4-A3-3"
