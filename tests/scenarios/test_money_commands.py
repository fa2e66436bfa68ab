"""The commands of money beside a running gateway and a bound client, and what they say to wrong input."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.scenarios.shipped_gateway import ShippedGateway, shipped_gateway
from tests.scenarios.steps import document, run
from tests.store.server import Server

pytestmark = pytest.mark.postgres
ACCOUNT = """
[accounts.{name}]
login = "{name}"
password = "secret01"
contract = "{contract}"
message_class = "triggered"
protocols = ["smpp"]
quirks = ["rich_refusals"]
signatures = ["示例商城"]
opening_balance_yuan = "{opening}"
routes = ["sim-smpp"]
[[accounts.{name}.service_codes]]
code = "{code}"
"""
PACK, CASH, BATCH, YEAR = ("pack", "10690401"), ("cash", "10690402"), ("ads", "10690403"), ("year", "10690404")


class ThreadedCommands(ShippedGateway):
    """A gateway whose commands run in threads of this process: a process for each takes a second."""

    async def command(self, *arguments: str, code: int = 0) -> str:
        return await asyncio.to_thread(run, *arguments, config=self.config, code=code)

    async def document(self, *arguments: str) -> Any:
        return await asyncio.to_thread(document, *arguments, config=self.config)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The gateway in this process logs nothing: its lines would come between those of a command."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def shipped(tmp_path: Path, database: Server) -> AsyncIterator[ThreadedCommands]:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as base:
        made = ThreadedCommands(base.config, base.peers)
        for (name, code), contract, opening in (
            (PACK, "credit-pack", "0"), (CASH, "prepaid-general", "0.135"), (BATCH, "ad-batch", "100.00"),
            (YEAR, "enterprise-annual", "10.00"),
        ):
            text = ACCOUNT.format(name=name, code=code, contract=contract, opening=opening)
            (made.config / "accounts" / f"{name}.toml").write_text(text, encoding="utf-8")
        await made.start()
        yield made
        await made.stop()


async def settled(shipped: ThreadedCommands, name: str) -> None:
    """Wait until receipts ended every hold of an account, and the ends are stored."""
    await shipped.until(lambda: not shipped.gateway.flows.book.held(name))
    await shipped.gateway.journal.touch()


async def test_credits_are_bought_sent_and_refunded(shipped: ThreadedCommands) -> None:
    """S1-1a, S1-4: a lot in force at once; each message draws one credit; what is left goes back at the lot's price."""
    assert await shipped.send(*PACK) == "BALANCE S3-3.8[D]"
    bought = await shipped.document("accounts", "buy-lot", "pack", "2703", "--price", "0.06", "--note", "transfer 1")
    assert (bought["quantity"], bought["left"]) == (2703, 2703)
    assert bought["amount"] == bought["available"] == "162.18"
    for _ in range(3):
        assert await shipped.send(*PACK) == ""
    await settled(shipped, "pack")
    shown = await shipped.document("accounts", "lots", "pack")
    assert (shown["credits"], shown["value"], shown["lots"][0]["state"]) == (2700, "162.00", "open")

    told = await shipped.document("accounts", "refund", "pack", "--cause", "provider_fault")
    wanted = {"refundable": "162.00", "credits": 2700, "clause": "S1-4", "booked": False}
    assert {key: told[key] for key in wanted} == wanted
    assert (await shipped.document("accounts", "lots", "pack"))["credits"] == 2700, "without --book nothing moves"
    booked = ("accounts", "refund", "pack", "--cause", "provider_fault", "--book", "--note", "down")
    assert "incident" in await shipped.command(*booked, code=1), "a refund for our fault names its incident"
    told = await shipped.document(*booked, "--incident", "12")
    assert (told["booked"], told["amount"], told["available"]) == (True, "162.00", "0")
    assert await shipped.send(*PACK) == "BALANCE S3-3.8[D]"

    found = await shipped.document("accounts", "ledger", "pack", "--fees")
    assert found["available"] == found["held"] == "0"
    assert any(entry["amount"].lstrip("-") == "162.00" for entry in found["entries"])
    everything = await shipped.document("accounts", "ledger", "pack")
    assert everything["count"] == found["count"] + 6, "a hold and an end for each of three messages"


async def test_all_unused_prepayment_goes_back(shipped: ThreadedCommands) -> None:
    """S2a-2.6: what is left of a prepayment in money, by command; the client's breach is another cause."""
    assert await shipped.send(*BATCH) == ""
    await settled(shipped, "ads")
    left = (await shipped.document("accounts", "show", "ads"))["available"]
    told = await shipped.document("accounts", "refund", "ads", "--cause", "provider_fault")
    assert (told["refundable"], told["clause"]) == (left, "S2a-2.6")
    told = await shipped.document("accounts", "refund", "ads", "--cause", "provider_fault", "--book", "--incident", "7")
    assert (told["amount"], told["available"]) == (left, "0")


async def test_suspended_at_zero_and_resumed_by_a_payment(shipped: ThreadedCommands) -> None:
    """Scenario 14, by commands: three messages at 0.045 use 0.135."""
    assert [await shipped.send(*CASH) for _ in range(4)] == ["", "", "", "SUSPENDED S0-4.2(1)c"]
    shown = await shipped.document("accounts", "show", "cash")
    assert (shown["available"], shown["suspended"]) == ("0", True)
    await settled(shipped, "cash")
    told = await shipped.document("accounts", "top-up", "cash", "500.00", "--note", "transfer 2")
    assert told["available"] == "500.00"
    assert await shipped.send(*CASH) == ""
    assert (await shipped.document("accounts", "show", "cash"))["suspended"] is False
    told = await shipped.document("accounts", "adjust", "cash", "1.50", "--note", "goodwill")
    assert told["available"] == "501.455"
    assert "501.00" in await shipped.command("accounts", "adjust", "cash", "--note", "counted twice", "--", "-0.455")


async def test_prices_makeups_and_penalties(shipped: ThreadedCommands) -> None:
    """S0-4.4: a price waits for consent. S0-6.6: a makeup is drawn before money. S2a-7.1: a penalty."""
    await shipped.command("accounts", "top-up", "cash", "10")
    before = await shipped.document("accounts", "price", "add", "cash", "v2", "0.05", "--valid-from", "2026-01-01")
    assert (before["unit_price"], before["versions"][0]["in_force_from"]) == ("0.045", None)
    agreed = await shipped.document("accounts", "price", "confirm", "cash", "v2", "--evidence", "mail 7")
    assert agreed["unit_price"] == "0.05"
    assert (await shipped.document("accounts", "price", "list", "cash"))["versions"][0]["version"] == "v2"
    assert await shipped.send(*CASH) == ""
    await settled(shipped, "cash")
    assert (await shipped.document("accounts", "show", "cash"))["available"] == "10.085"

    made = await shipped.document("accounts", "makeup", "cash", "--segments", "2", "--incident", "garbled", "--book")
    assert (made["segments"], made["clause"], made["booked"]) == (2, "S0-6.6", True)
    assert [await shipped.send(*CASH) for _ in range(3)] == ["", "", ""]
    await settled(shipped, "cash")
    assert (await shipped.document("accounts", "show", "cash"))["available"] == "10.035", "two of three were free"

    told = await shipped.document("accounts", "penalty", "ads", "--reason", "late", "--days", "3", "--total", "50000")
    assert (told["amount"], told["payer"], told["booked"]) == ("750.00", "provider", False)


async def test_compensation_ends_at_the_fees_paid(shipped: ThreadedCommands) -> None:
    """S2b-7: the client paid 10.00; claims of 8.00, 8.00 and 8.00 are paid with 8.00, 2.00 and nothing."""
    spoiled = ("accounts", "makeup", "year", "--segments", "160", "--cannot-resend", "--incident", "garbled", "--book")
    found = [await shipped.document(*spoiled) for _ in range(3)]
    assert [(told["worth"], told["credit"], told["booked"]) for told in found] == [
        ("8.00", "8.00", True), ("8.00", "2.00", True), ("8.00", "0", False)
    ]
    assert found[-1]["available"] == "20.00"
    unbounded = await shipped.document("accounts", "makeup", "cash", "--segments", "160", "--cannot-resend")
    assert unbounded["credit"] == "7.20", "this contract knows no such cap, and the client has paid 0.135"


async def test_wrong_input_says_what_is_wrong(shipped: ThreadedCommands) -> None:
    """Code 2 where the words are wrong, 1 where the running gateway refuses; the message names the field or clause."""
    for words, code, complaint in (
        (("buy-lot", "nobody", "5"), 2, "no account 'nobody'"),
        (("buy-lot", "pack", "0"), 2, "quantity"),
        (("buy-lot", "pack", "5", "--price", "six"), 2, "--price"),
        (("buy-lot", "pack", "5", "--last-day", "tomorrow"), 2, "--last-day"),
        (("buy-lot", "pack", "5", "--last-day", "2020-01-01"), 1, "before the day of the purchase"),
        (("buy-lot", "pack", "5", "--bought", "2999-01-01"), 1, "future"),
        (("top-up", "cash", "0"), 2, "above 0"),
        (("top-up", "cash", "1.23456"), 2, "AMOUNT"),
        (("price", "add", "cash", "v 2", "0.05", "--valid-from", "2026-01-01"), 1, "no name for a version"),
        (("price", "confirm", "cash", "v9", "--evidence", "mail"), 1, "v9"),
        (("makeup", "cash"), 2, "--segments"),
        (("makeup", "cash", "--segments", "0"), 1, "segments"),
        (("makeup", "cash", "--contracted", "10", "--delivered", "8"), 1, "commits to no quantity"),
        (("refund", "cash", "--cause", "mood"), 1, "cause: must be"),
        (("refund", "cash", "--cause", "request", "--amount", "1000"), 1, "S0-4.2(1)b"),
        (("penalty", "cash", "--reason", "late"), 1, "days"),
        (("adjust", "cash", "0", "--note", "nothing"), 1, "amount_hao"),
    ):
        said: Any = await shipped.command("accounts", *words, code=code)
        assert complaint in said, (words, said)
    shown = await shipped.document("accounts", "list")
    assert {each["account"]: each["available"] for each in shown if each["account"] in ("pack", "cash", "ads")} == {
        "pack": "0", "cash": "0.135", "ads": "100.00"
    }, "nothing of it moved money"
