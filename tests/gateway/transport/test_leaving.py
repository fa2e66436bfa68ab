"""Clients that leave with deliveries unanswered, over real TCP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import encode
from tests.gateway.transport.test_bad_peers import Raw, bind, command_of, submit
from tests.peers import PASSWORD, Rig, Simulated, account, running

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

DELIVER_SM, UNBIND_RESP = 0x00000005, 0x80000006
DELIVER, TERMINATE_RESP = 0x00000005, 0x80000002


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    accounts = [account("bad", "10690001"), account("200030", "10690002")]
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02)))}
    # Long enough that a test which waited for it would fail.
    keys = "unbind_timeout_s = 60.0\n"
    async with running(
        tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts), smpp_keys=keys, cmpp_keys=keys
    ) as rig:
        yield rig


async def heard(raw: Raw, command: int) -> bytes:
    while command_of(frame := await raw.frame()) != command:
        assert frame
    return frame


async def test_unbind_is_answered_though_a_receipt_is_not(rig: Rig) -> None:
    raw = await Raw.open(rig)
    assert await raw.ask(bind()) == 0
    raw.writer.write(encode(submit(1, registered_delivery=1), 2))
    first = await heard(raw, DELIVER_SM)
    raw.writer.write(encode(smpp.Unbind(), 3))
    assert command_of(await raw.frame()) == UNBIND_RESP
    assert await raw.frame() == b""  # and closed
    again = await Raw.open(rig)
    assert await again.ask(bind()) == 0
    assert (await heard(again, DELIVER_SM))[16:] == first[16:]  # it is owed to the next session
    again.cut()


async def test_terminate_is_answered_though_a_report_is_not(rig: Rig) -> None:
    async def connected() -> Raw:
        raw = await Raw.open(rig, "cmpp")
        raw.writer.write(CMPP30.encode(auth.connect("200030", PASSWORD, 0x30, rig.gateway.clock()), 1))
        assert CMPP30.decode(await raw.frame()).status == 0  # type: ignore[attr-defined]
        return raw

    raw = await connected()
    asked = cmpp.Submit(
        msg_src="200030", src_id="10690002", dest_terminal_id=("13500000001",), msg_content=b"x", registered_delivery=1
    )
    raw.writer.write(CMPP30.encode(asked, 2))
    first = await heard(raw, DELIVER)
    raw.writer.write(CMPP30.encode(cmpp.Terminate(), 3))
    assert command_of(await raw.frame()) == TERMINATE_RESP
    assert await raw.frame() == b""
    again = await connected()
    assert (await heard(again, DELIVER))[12:] == first[12:]
    again.cut()
