"""The control socket: a gateway that is asked, refuses, breaks, or is not there; only its user may ask."""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from gateway.archive.audit import read
from gateway.interfaces.control_client import NotRunning, Refused, operate
from gateway.interfaces.control_socket import SOCKET_NAME, ControlServer
from gateway.operations.dispatcher import Dispatcher
from gateway.operations.field_kinds import (
    Name,
    NothingAsked,
    OperationAnswer,
    OperationRequest,
    PaidHao,
    ShownHao,
    Text,
    shown,
)
from gateway.operations.offline_context import NoParts
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import Caller, OperationContext
from gateway.operations.operation_errors import OperationRefused, UnknownName
from tests.gateway.operations.asking import NOW, ask, settings_on

pytestmark = pytest.mark.postgres
ME = pwd.getpwuid(os.getuid()).pw_name


class Payment(OperationRequest):
    account: Name
    amount_hao: PaidHao
    note: Text = ""


class Paid(OperationAnswer):
    account: str
    available_hao: ShownHao
    by: str


class Shop:
    """A gateway with one account, over a real database for the audit."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.available_hao = 0
        self.settings = settings_on(folder, dsn)
        self.folder = folder
        self.operations: tuple[AnyOperation, ...] = (
            Operation(
                "pay", ("Pay.", "付款。"), Payment, Paid, self.pay, Change.STORE, subject="account",
                example={"account": "shop", "amount_hao": 1},
            ),
            Operation("break", ("Break.", "出错。"), NothingAsked, OperationAnswer, self.fall_over),
        )

    async def pay(self, context: OperationContext, asked: Payment) -> Paid:
        if asked.account != "shop":
            raise UnknownName(asked.account)
        if asked.amount_hao > 1_000_000:
            raise OperationRefused("more than a shop may pay in at once", "S1-6")
        self.available_hao += asked.amount_hao
        return Paid(account="shop", available_hao=self.available_hao, by=context.actor)

    async def fall_over(self, context: OperationContext, asked: NothingAsked) -> OperationAnswer:
        raise RuntimeError("secret detail")

    @asynccontextmanager
    async def opened(
        self, operation: AnyOperation, change: Change, caller: Caller
    ) -> AsyncIterator[OperationContext]:
        connection = await asyncpg.connect(self.settings.database.dsn)
        try:
            yield OperationContext(connection, self.settings, lambda: NOW, caller, NoParts())
        finally:
            await connection.close()


@pytest.fixture
async def shop(dsn: str, tmp_path: Path) -> AsyncIterator[Shop]:
    state_dir = tmp_path / ("deep" * 30)  # longer than a socket's path may be
    state_dir.mkdir()
    (state_dir / SOCKET_NAME).touch()  # left by a gateway that was killed
    one = Shop(dsn, state_dir)
    server = ControlServer(Dispatcher({each.name: each for each in one.operations}, one.opened), state_dir)
    await server.start()
    yield one
    await server.stop()
    assert not (state_dir / SOCKET_NAME).exists()


async def post(shop: Shop, path: str, body: bytes, method: str = "POST") -> tuple[int, Any]:
    folder = os.open(shop.folder, os.O_RDONLY)
    connector = aiohttp.UnixConnector(path=f"/proc/self/fd/{folder}/{SOCKET_NAME}")
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, f"http://gateway{path}", data=body) as answer,
    ):
        found = answer.status, await answer.json()
    os.close(folder)
    return found


async def test_a_command_reaches_the_gateway(shop: Shop) -> None:
    answer = await ask(shop.folder, "pay", account="shop", amount_hao=125_000)
    assert answer == {"account": "shop", "available_hao": 125_000, "by": "tester"}
    assert shown(Paid.model_validate(answer)) == {"account": "shop", "available": "12.50", "by": "tester"}


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        (b'{"account": "shop", "amount_hao": 0}', "amount_hao", "must be greater than or equal to 1"),
        (b'{"account": "shop", "amount_hao": 1.5}', "amount_hao", "must be a valid integer"),
        (b'{"account": "shop", "amount_hao": "1"}', "amount_hao", "must be a valid integer"),
        (b'{"account": "shop", "amount_hao": true}', "amount_hao", "must be a valid integer"),
        (b'{"account": "shop", "amount_hao": 10000000000000000000000}', "amount_hao", "must be less than or equal to"),
        (b'{"account": "shop"}', "amount_hao", "is missing"),
        (b'{"account": "shop", "amount_hao": 1, "x": 1}', "x", "there is no such field"),
        (b'{"account": "s\\u0000p", "amount_hao": 1}', "account", "must not hold a NUL"),
        (b"[]", "", "must be an object"),
        (b"\xff{", "", "invalid JSON"),
    ],
)
async def test_a_field_that_is_wrong_is_named(shop: Shop, body: bytes, field: str, problem: str) -> None:
    status, document = await post(shop, "/operations/pay", body)
    assert (status, document["kind"]) == (422, "invalid_request")
    (fault,) = document["fields"]
    assert fault["field"] == field and problem in fault["problem"]
    assert shop.available_hao == 0


async def test_each_error_has_its_kind_and_status(shop: Shop) -> None:
    found = {
        body: await post(shop, "/operations/pay", body)
        for body in (b'{"account": "nobody", "amount_hao": 1}', b'{"account": "shop", "amount_hao": 1000001}')
    }
    assert list(found.values()) == [
        (404, {"error": "nobody is not configured", "kind": "unknown_name"}),
        (422, {"error": "more than a shop may pay in at once (S1-6)", "kind": "refused", "clause": "S1-6"}),
    ]
    status, document = await post(shop, "/operations/pai", b"{}")
    assert (status, document["kind"]) == (404, "unknown_operation") and "did you mean pay?" in document["error"]
    with pytest.raises(Refused, match="RuntimeError; see the gateway's log") as caught:
        await ask(shop.folder, "break")
    assert "secret" not in str(caught.value)
    assert (await post(shop, "/nothing", b""))[0] == 404


async def test_the_operations_are_listed_with_their_schemas(shop: Shop) -> None:
    status, listed = await post(shop, "/operations", b"", "GET")
    assert status == 200 and [each["operation"] for each in listed] == ["pay", "break"]
    assert listed[0]["request"]["required"] == ["account", "amount_hao"]


async def test_changes_are_audited_by_the_kernels_word(shop: Shop) -> None:
    await ask(shop.folder, "pay", account="shop", amount_hao=5, note="payment 42")
    with pytest.raises(Refused, match="nobody is not configured"):
        await ask(shop.folder, "pay", account="nobody", amount_hao=5)
    connection = await asyncpg.connect(shop.settings.database.dsn)
    refused, done = await read(connection, since=NOW, until=NOW + 1)
    await connection.close()
    assert (done["action"], done["subject"], done["result"], done["reason"]) == ("pay", "shop", "done", "payment 42")
    assert (refused["subject"], refused["result"]) == ("nobody", "refused: nobody is not configured")
    for line in (done, refused):
        assert line["actor"].endswith(ME)
        assert line["source"] == f"control socket, process {os.getpid()}"


async def test_the_socket_is_its_owners_alone(shop: Shop) -> None:
    assert (shop.folder / SOCKET_NAME).stat().st_mode & 0o777 == 0o600


async def test_no_gateway(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        await operate(tmp_path, "pay", b"{}", "tester")
    with pytest.raises(NotRunning):
        await operate(tmp_path / "missing", "pay", b"{}", "tester")
