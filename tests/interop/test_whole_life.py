"""The whole life of a session with the commonest clients: refusals, a cancelled message, receipts; it stays bound.

A vendor's status drops aiosmpplib's connection and letters in a receipt's err made it rebind for ever; a parameter in a
refusal was a KeyError to smpplib. Its account has its refusals mapped to what SMPP 3.4 knows.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
import smpplib.consts
import smpplib.gsm
from aiosmpplib import ESME, NPI, TON, PhoneNumber, SmppCommandStatus, SubmitSm

from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import pdus as smpp
from protocols.smpp import receipt
from tests.interop.test_python_clients import Heard, Smpplib
from tests.peers import PASSWORD, WITHIN_S, Rig, Simulated, account, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODES = {"aio": "10690031", "lib": "10690032"}
SIGNED, UNSIGNED, FORBIDDEN = "【鸿雁演示】您的验证码是482913", "您的验证码是482913", "【鸿雁演示】" + "汉" * 600
SUBMIT_FAILED, INVALID_SOURCE, INVALID_LENGTH, INVALID_DESTINATION = 0x45, 0x0A, 0x01, 0x0B
_numbers = itertools.count(5000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    accounts = [
        account(login, code, signature_mode="verify", **{"refusal_statuses.OTHERS": SUBMIT_FAILED})
        for login, code in CODES.items()
    ]
    terms = CarrierTerms(receipt_s=(0.0, 0.02), endings={"0404": "UNDELIV", "0405": "MK:0012"})
    async with running(tmp_path_factory.mktemp("rig"), {"smpp-sim": Simulated(terms)}, "\n".join(accounts)) as rig:
        yield rig


def phone(ending: str = "") -> str:
    return f"137{next(_numbers):0{8 - len(ending)}}{ending}"


async def cancel(rig: Rig, login: str, id_: str) -> None:
    """Take a message back over a session of our own; its receipt goes to the foreign one."""
    other = await rig.smpp(login, "tx")
    assert (await other.ask(smpp.CancelSm(message_id=id_, source_addr=CODES[login]))).status == 0
    await other.leave()


async def test_aiosmpplib_lives_through_it_all(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    heard = Heard()
    esme = ESME(
        "127.0.0.1", rig.tcp_port("smpp"), "aio", PASSWORD, hook=heard, log_level=logging.CRITICAL,
        log_handler=logging.NullHandler(),
    )
    task = asyncio.get_running_loop().create_task(esme.start())

    async def send(text: str, number: str, source: str = CODES["aio"], later: timedelta | None = None) -> SubmitSm:
        before = len(heard.answers)
        await esme.broker.enqueue(
            SubmitSm(
                short_message=text, source=PhoneNumber(source, TON.UNKNOWN, NPI.UNKNOWN), registered_delivery=1,
                destination=PhoneNumber(number, TON.UNKNOWN, NPI.ISDN), schedule_delivery_time=later,
            )
        )
        await until(lambda: len(heard.answers) > before)
        return heard.answers[-1]

    for text, number, source, status in (
        (UNSIGNED, phone(), CODES["aio"], SUBMIT_FAILED), (SIGNED, phone(), "999", INVALID_SOURCE),
        (FORBIDDEN, phone(), CODES["aio"], INVALID_LENGTH), (SIGNED, "+14155550123", CODES["aio"], INVALID_DESTINATION),
    ):
        assert (await send(text, number, source)).command_status == SmppCommandStatus(status)
    cancelled = await send(SIGNED, phone(), later=timedelta(hours=1))
    await cancel(rig, "aio", cancelled.message_id)
    ids = [(await send(SIGNED, phone(ending))).message_id for ending in ("0404", "0405", "")]
    await until(lambda: len(heard.delivers) == 4)
    told = {deliver.parse_receipt()["id"]: deliver.parse_receipt()["stat"] for deliver in heard.delivers}
    assert told == dict(zip([cancelled.message_id, *ids], ["DELETED", "UNDELIV", "UNDELIV", "DELIVRD"], strict=True))
    assert rig.gateway.admission.sessions("aio") == 1
    await asyncio.wait_for(esme.stop(), WITHIN_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: not rig.gateway.admission.sessions("aio"))
    binds = [line for line in capfd.readouterr().out.splitlines() if "session_bound" in line and "mode=trx" in line]
    assert len(binds) == 1  # it never had to come again


class Life(Smpplib):
    """smpplib's own reading and writing, message by message."""

    def submit(self, text: str, number: str, source: str = CODES["lib"], later: str = "") -> tuple[int, str]:
        """(status, message_id) of a message in one segment."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        answered = len(self.answers) + len(self.errors)
        for part in parts[:4]:
            self.client.send_message(
                source_addr=source, destination_addr=number, dest_addr_ton=smpplib.consts.SMPP_TON_UNK,
                short_message=part, data_coding=coding, esm_class=esm_class, registered_delivery=True,
                schedule_delivery_time=later or None,
            )
        self.read_until(lambda: len(self.answers) + len(self.errors) >= answered + len(parts[:4]))
        last = self.errors[-1] if len(self.errors) and self.errors[-1].sequence > self._sequence else self.answers[-1]
        self._sequence = last.sequence
        return last.status, (last.message_id or b"").decode() if not last.status else ""

    _sequence = 0


async def test_smpplib_lives_through_it_all(rig: Rig) -> None:
    logging.getLogger("smpplib").setLevel(logging.CRITICAL)
    peer = Life(rig.tcp_port("smpp"))

    def bind_and_be_refused() -> tuple[list[int], str]:
        peer.client.connect()
        peer.client.bind_transceiver(system_id="lib", password=PASSWORD)
        statuses = [
            peer.submit(UNSIGNED, phone())[0], peer.submit(SIGNED, phone(), "999")[0],
            peer.submit(SIGNED, "+14155550123")[0],
        ]
        return statuses, peer.submit(SIGNED, phone(), later="000000010000000R")[1]

    def send_and_leave() -> list[str]:
        ids = [peer.submit(SIGNED, phone(ending))[1] for ending in ("0404", "0405", "")]
        peer.read_until(lambda: len(peer.delivers) == 4)
        peer.client.unbind()
        peer.client.disconnect()
        return ids

    statuses, cancelled = await asyncio.to_thread(bind_and_be_refused)
    assert statuses == [SUBMIT_FAILED, INVALID_SOURCE, INVALID_DESTINATION]
    await cancel(rig, "lib", cancelled)
    ids = await asyncio.to_thread(send_and_leave)
    told = {}
    for pdu in peer.delivers:
        words = receipt.parse_text(pdu.short_message.decode("ascii"))
        told[words["id"]] = words["stat"]
        assert len(words["err"]) == 3 and words["err"].isdecimal()
    assert told == dict(zip([cancelled, *ids], ["DELETED", "UNDELIV", "UNDELIV", "DELIVRD"], strict=True))
