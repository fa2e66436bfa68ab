"""Sessions, links and recordings of a running gateway over its control socket, under traffic over real TCP."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.interfaces.control_client import Refused
from gateway.node.postgres_store import PostgresStore
from gateway.simulator.replay_recording import ReplayTerms, replay
from gateway.telemetry.recordings.dissection import dissect
from gateway.telemetry.recordings.packet_capture import capture
from gateway.telemetry.recordings.recording_file import Recording, read_recording
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.receipt import Receipt, write_receipt
from protocols.cmpp.session import SP, CmppSession
from protocols.smpp import codec
from protocols.smpp import pdus as smpp
from protocols.smpp.session import ESME, SmppSession
from tests.gateway.operations.asking import ask
from tests.peers import BINDS, LIMITS, PASSWORD, Carrier, Peer, Rig, account, receipt_of, running, take_all, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
CODE, SP_CODE = "10690001", "200030"
TEXT = "您的验证码是482913，请勿告诉他人"
WHY = "a test"
_numbers = itertools.count(1000)


def carry(peer: Peer, pdu: Any) -> None:
    """Take a segment and report it at once."""
    number = len(peer.requests)
    if isinstance(pdu, smpp.SubmitSm):
        peer.respond(pdu, smpp.SubmitSmResp(str(number)))
        peer.send(receipt_of(str(number), "DELIVRD", "000"))
    elif isinstance(pdu, cmpp.Submit):
        peer.respond(pdu, cmpp.SubmitResp(number))
        told = Receipt(number, "DELIVRD", "2611220600", "2611220601", pdu.dest_terminal_id[0])
        content = write_receipt(told, peer.session.version)
        peer.send(cmpp.Deliver(msg_id=number, registered_delivery=1, msg_content=content))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    carriers = {"smpp-own": Carrier("smpp", carry), "cmpp-own": Carrier("cmpp", carry)}
    accounts = [account("esme", CODE, routes=["smpp-own"]), account(SP_CODE, "10690002", routes=["cmpp-own"])]
    async with running(tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts)) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(rig: Rig) -> AsyncIterator[None]:
    yield
    await rig.part()


async def told(rig: Rig, operation: str, **fields: Any) -> Any:
    return await ask(rig.gateway.settings.state_dir, operation, **fields)


def phone() -> str:
    return f"1370000{next(_numbers)}"


async def say(client: Peer, number: str) -> str:
    """Submit a text over SMPP; return the answer's message_id."""
    pdu = smpp.SubmitSm(
        source_addr=CODE, destination_addr=number, registered_delivery=1, data_coding=8,
        short_message=TEXT.encode("utf-16-be"),
    )
    answer = await client.ask(pdu)
    assert answer.status == 0
    return str(answer.message_id)


async def fetched(rig: Rig, number: int) -> tuple[Recording, str]:
    lines: list[str] = []
    first: int | None = 0
    while first is not None:
        page = await told(rig, "recorder.fetch", recording=number, first_line=first)
        lines += page["lines"]
        first = page["next_line"]
    return read_recording(lines), "\n".join(lines)


async def audited(rig: Rig, action: str) -> list[asyncpg.Record]:
    assert isinstance(rig.gateway.store, PostgresStore)
    async with rig.gateway.store.acquire() as connection:
        return await connection.fetch("SELECT * FROM audit WHERE action = $1 ORDER BY id", action)


async def test_the_state_names_links_and_sessions(rig: Rig) -> None:
    await rig.smpp("esme")
    node, = (await told(rig, "node.state"))["nodes"]
    links = {link["link"]: link["state"] for each in node["channels"] for link in each["links"]}
    assert links == {"smpp-own/1": "bound", "cmpp-own/1": "bound"}
    assert node["is_ready"]
    session, = (await told(rig, "sessions.list", account="esme"))["sessions"]
    assert session["peer"] == "127.0.0.1"
    assert (session["protocol"], session["version"], session["mode"]) == ("smpp", "3.4", "trx")
    assert (await told(rig, "sessions.list", account="nobody"))["sessions"] == []


async def test_a_session_is_asked_to_go_and_the_audit_says_who(rig: Rig) -> None:
    client = await rig.smpp("esme")
    session, = (await told(rig, "sessions.list"))["sessions"]
    await told(rig, "sessions.disconnect", session=session["session"], reason=WHY)
    await until(lambda: client.is_closed, "the client was unbound")
    row = (await audited(rig, "sessions disconnect"))[-1]
    assert (row["subject"], row["reason"], row["result"]) == (session["session"], WHY, "done")
    with pytest.raises(Refused, match="session smpp-99999"):
        await told(rig, "sessions.disconnect", session="smpp-99999", reason=WHY)


async def test_a_link_is_bound_anew_and_the_recording_has_its_bind(rig: Rig) -> None:
    started = await told(rig, "recorder.start", link="smpp-own/1", reason=WHY)
    await told(rig, "links.rebind", link="smpp-own/1", reason=WHY)
    link = rig.gateway.pool.find("smpp-own/1")
    assert link is not None
    await until(lambda: not link.is_bound, "unbound")
    await until(lambda: link.is_bound, "bound again")
    await told(rig, "recorder.stop", recording=started["recording"])
    recording, text = await fetched(rig, started["recording"])
    names = [line.name for line in dissect(recording) if line.name]
    assert [
        name for name in names if "bind" in name
    ] == ["unbind", "unbind_resp", "bind_transceiver", "bind_transceiver_resp"]
    assert PASSWORD.encode().hex() not in text
    assert recording.why == "stopped"


async def test_a_recording_of_a_session_hides_people_and_wireshark_reads_it(
    rig: Rig, tmp_path: Path, foreign: Callable[[object, str], None]
) -> None:
    foreign(shutil.which("tshark"), "tshark")
    for login, bind in (("esme", rig.smpp), (SP_CODE, rig.cmpp)):
        client = await bind(login)
        session, = (await told(rig, "sessions.list", account=login))["sessions"]
        started = await told(rig, "recorder.start", session=session["session"], reason=WHY)
        number = phone()
        if login == "esme":
            await say(client, number)
        else:
            answer = await client.ask(cmpp.Submit(
                msg_src=SP_CODE, src_id="10690002", dest_terminal_id=(number,), registered_delivery=1, msg_fmt=8,
                msg_content=TEXT.encode("utf-16-be"), service_id="TEST",
            ))
            assert answer.result == 0
        await until(partial(getattr, client, "receipts"), "a receipt")
        await told(rig, "recorder.stop", recording=started["recording"])
        recording, text = await fetched(rig, started["recording"])
        assert number.encode().hex() not in text
        assert TEXT.encode("utf-16-be").hex() not in text
        file = tmp_path / f"{login}.pcapng"
        file.write_bytes(capture(recording))
        packets = await dissected(file)
        protocol = "smpp" if login == "esme" else "cmpp"
        assert len(packets) == len(recording.frames) >= 3
        assert all(protocol in packet for packet in packets)
        assert not any("malformed" in key for packet in packets for key in packet)
        await rig.part()


async def dissected(file: Path) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        "tshark", "-r", str(file), "-T", "json", "--no-duplicate-keys", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [packet["_source"]["layers"] for packet in json.loads(out)]


async def test_a_recording_begins_with_a_whole_frame_though_the_last_one_is_under_way(rig: Rig) -> None:
    client = await rig.smpp("esme")
    session, = (await told(rig, "sessions.list"))["sessions"]
    octets = codec.encode(smpp.EnquireLink(), 77) + codec.encode(smpp.EnquireLink(), 78)
    client.raw(octets[:21])
    found = rig.gateway.live.session(session["session"])
    assert found is not None
    await until(lambda: found.pump.session.unfinished, "half a frame")
    started = await told(rig, "recorder.start", session=session["session"], reason=WHY)
    client.raw(octets[21:])
    await until(lambda: len(rig.gateway.live.recording_lines(started["recording"])) >= 4, "asked and answered")
    recording, _ = await fetched(rig, started["recording"])
    assert [(line.name, line.sequence) for line in dissect(recording) if line.name] == [
        ("enquire_link", 78), ("enquire_link_resp", 78)
    ]
    await told(rig, "recorder.stop", recording=started["recording"])


async def test_what_is_not_recorded_any_more_goes_on_without_a_detour(rig: Rig) -> None:
    client = await rig.smpp("esme")
    session, = (await told(rig, "sessions.list"))["sessions"]
    found = rig.gateway.live.session(session["session"])
    assert found is not None
    before = found.pump.transport
    started = await told(rig, "recorder.start", session=session["session"], octets_max=1_000, reason=WHY)
    assert found.pump.transport is not before
    for _ in range(10):
        await say(client, phone())
    shown = (await told(rig, "recorder.list"))["recordings"][0]
    assert shown["why"] == "its octets are used up"
    assert shown["octets"] <= 1_000
    assert found.pump.transport is before
    assert before is not None
    assert before.get_protocol() is found.pump
    await say(client, phone())
    assert started["recording"] == shown["recording"]


async def test_recordings_are_few_and_say_why_not(rig: Rig) -> None:
    clients = [await rig.smpp("esme") for _ in range(4)]
    assert clients
    names = [each["session"] for each in (await told(rig, "sessions.list"))["sessions"]]
    numbers = [(await told(rig, "recorder.start", session=name, reason=WHY))["recording"] for name in names]
    with pytest.raises(Refused, match="4 recordings run already"):
        await told(rig, "recorder.start", link="smpp-own/1", reason=WHY)
    await told(rig, "recorder.stop", recording=numbers[0])
    with pytest.raises(Refused, match="is being recorded"):
        await told(rig, "recorder.start", session=names[1], reason=WHY)
    for fields in ({}, {"link": "a", "session": "b"}):
        with pytest.raises(Refused, match="one of the two"):
            await told(rig, "recorder.start", reason=WHY, **fields)
    for operation, fields in (
        ("recorder.start", {"link": "nowhere/1", "reason": WHY}), ("recorder.fetch", {"recording": 9_999}),
        ("recorder.stop", {"recording": 9_999}), ("links.drain", {"link": "nowhere/1", "reason": WHY}),
    ):
        with pytest.raises(Refused):
            await told(rig, operation, **fields)
    await rig.part()
    running_ = [each for each in (await told(rig, "recorder.list"))["recordings"] if each["ended_at"] is None]
    assert running_ == [], "a recording of a session ends with it"
    assert {row["result"] for row in await audited(rig, "recorder fetch")} >= {"done"}


async def test_a_drained_link_stays_away_until_it_is_resumed(rig: Rig) -> None:
    link = rig.gateway.pool.find("cmpp-own/1")
    assert link is not None
    await told(rig, "links.drain", link="cmpp-own/1", reason=WHY)
    await until(lambda: link.state == "held", "held")
    assert (await told(rig, "links.resume", link="cmpp-own/1", reason=WHY))["link"] == "cmpp-own/1"
    await until(lambda: link.is_bound, "bound again")


# --- replay ----------------------------------------------------------------------------------------------------------


async def recorded_session(rig: Rig, login: str = "esme") -> tuple[Recording, int]:
    """Record three messages and their receipts; return the recording, and how many submits it has."""
    client = await (rig.smpp(login) if login == "esme" else rig.cmpp(login))
    session, = (await told(rig, "sessions.list", account=login))["sessions"]
    started = await told(rig, "recorder.start", session=session["session"], reason=WHY)
    for _ in range(3):
        if login == "esme":
            await say(client, phone())
        else:
            await client.ask(cmpp.Submit(
                msg_src=SP_CODE, src_id="10690002", dest_terminal_id=(phone(),), registered_delivery=1, msg_fmt=8,
                msg_content=TEXT.encode("utf-16-be"), service_id="TEST",
            ))
    await until(lambda: len(client.receipts) == 3, "receipts")
    await rig.part()
    return (await fetched(rig, started["recording"]))[0], 3


@pytest.mark.parametrize("login", ["esme", SP_CODE])
async def test_a_session_is_played_once_more_and_is_the_same(rig: Rig, login: str) -> None:
    recording, submits = await recorded_session(rig, login)
    terms = ReplayTerms(login, PASSWORD, speed=0, wait_s=5.0)
    port = rig.tcp_port(recording.heading.protocol)
    report = await replay(recording, terms, "127.0.0.1", port, rig.gateway.clock)
    assert (report.sent, report.same, report.unanswered, report.differences) == (submits, submits, 0, [])
    assert (report.seen, report.expected) == (submits, submits)
    assert report.is_same


async def test_a_gateway_that_answers_otherwise_is_told(rig: Rig) -> None:
    recording, submits = await recorded_session(rig)
    await told(rig, "accounts.suspend", account="esme")
    try:
        terms = ReplayTerms("esme", PASSWORD, speed=0, wait_s=2.0)
        report = await replay(recording, terms, "127.0.0.1", rig.tcp_port("smpp"), rig.gateway.clock)
    finally:
        await told(rig, "accounts.resume", account="esme")
    assert [(each.name, each.recorded) for each in report.differences] == [("submit_sm", "ESME_ROK")] * submits
    assert all(each.now != "ESME_ROK" for each in report.differences)
    terms = ReplayTerms("esme", "wrong", speed=0, wait_s=2.0)
    wrong = await replay(recording, terms, "127.0.0.1", rig.tcp_port("smpp"), rig.gateway.clock)
    assert not wrong.is_same
    assert [each.name for each in wrong.differences] == ["bind"]
    assert wrong.unanswered == submits


@pytest.mark.parametrize(("name", "login"), [("smpp-own/1", "esme"), ("cmpp-own/1", SP_CODE)])
async def test_a_link_is_played_as_its_carrier(rig: Rig, name: str, login: str, tmp_path: Path) -> None:
    """The gateway of the rig is the one that connects; here another one does, whose channel leads to the replay."""
    started = await told(rig, "recorder.start", link=name, reason=WHY)
    await recorded_session(rig, login)
    await told(rig, "recorder.stop", recording=started["recording"])
    recording, _ = await fetched(rig, started["recording"])
    found: list[int] = []
    terms = ReplayTerms("", PASSWORD, speed=0, wait_s=5.0)
    playing = asyncio.create_task(replay(recording, terms, "127.0.0.1", 0, rig.gateway.clock, found.append))
    await until(lambda: found, "it listens")
    loop = asyncio.get_running_loop()
    kind, role = (SmppSession, ESME) if login == "esme" else (CmppSession, SP)
    peer = Peer(kind(role, LIMITS, now=loop.time()), loop, take_all)
    await loop.create_connection(lambda: peer.pump, "127.0.0.1", found[0])
    if login == "esme":
        peer.session.bind(BINDS["trx"]("901234", PASSWORD, "", 0x34), now=loop.time())
    else:
        peer.session.bind(auth.connect("901234", PASSWORD, 0x30, rig.gateway.clock()), now=loop.time())
    peer.pump.run()
    await until(lambda: peer.bind_status == 0, "bound")
    answers = []
    for _ in range(3):
        if login == "esme":
            answers.append(await peer.ask(smpp.SubmitSm(source_addr=CODE, destination_addr=phone())))
        else:
            answers.append(await peer.ask(cmpp.Submit(msg_src="901234", src_id=CODE, dest_terminal_id=(phone(),))))
    report = await playing
    assert report.is_same, report
    assert (report.sent, report.seen) == (3, 3)
    await until(lambda: len(peer.receipts) == 3, "the recorded receipts")
    peer.cut()


# --- commands --------------------------------------------------------------------------------------------------------


async def run(rig: Rig, *words: str) -> Result:
    """Run a command of `hongyan` on the rig's configuration, beside it."""
    return await asyncio.to_thread(
        CliRunner().invoke, app, [*words, "--config", str(rig.gateway.settings.directory)]
    )


def document(result: Result) -> Any:
    """Return the JSON of a command; what the gateway of this process logs meanwhile lands beside it."""
    begins = re.search(r"^[\[{]", result.stdout, re.M)
    assert begins is not None, result.output
    return json.JSONDecoder().raw_decode(result.stdout, begins.start())[0]


async def run_replay(*words: str) -> tuple[int | None, str]:
    """Run `simulate replay` in a process of its own, for it listens to signals; return its end and its words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "simulate", "replay", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_commands_list_record_fetch_and_replay(rig: Rig, tmp_path: Path) -> None:
    client = await rig.smpp("esme")
    listed = document(await run(rig, "sessions", "list", "--json"))
    links = document(await run(rig, "links", "list", "--json"))
    assert {each["link"] for each in links} == {"smpp-own/1", "cmpp-own/1"}
    session = listed[0]["session"]
    started = document(await run(
        rig, "recorder", "start", "--session", session, "--reason", WHY, "--minutes", "1", "--json"
    ))
    await say(client, phone())
    await until(lambda: client.receipts, "a receipt")
    number = str(started["recording"])
    assert (await run(rig, "recorder", "stop", number)).exit_code == 0
    shown = document(await run(rig, "recorder", "list", "--json"))
    assert (shown[0]["recording"], shown[0]["why"]) == (started["recording"], "stopped")
    file, packets = tmp_path / "session.jsonl", tmp_path / "session.pcapng"
    for each in (file, packets):
        done = await run(rig, "recorder", "fetch", number, str(each))
        assert (done.exit_code, each.exists()) == (0, True), done.output
    assert packets.read_bytes()[:4] == bytes.fromhex("0a0d0d0a")
    port = str(rig.tcp_port("smpp"))
    keys = ["--port", port, "--account", "esme", "--speed", "0", "--wait", "1.5", "--json"]
    end, words = await run_replay(str(file), *keys)
    assert end == 0, words
    assert json.loads(words)["same"] == 1
    await told(rig, "accounts.suspend", account="esme", reason=WHY)
    try:
        assert (await run_replay(str(file), *keys))[0] == 1
    finally:
        await told(rig, "accounts.resume", account="esme")
    assert (await run_replay(str(packets)))[0] == 2, "that is no recording"
    assert (await run(rig, "recorder", "fetch", "9999", str(file))).exit_code == 1
    gone = await run(rig, "sessions", "disconnect", session, "--reason", WHY, "--json")
    assert document(gone)["account"] == "esme"
    await until(lambda: client.is_closed, "it went")
    assert (await run(rig, "links", "rebind", "cmpp-own/1", "--reason", WHY)).exit_code == 0
    link = rig.gateway.pool.find("cmpp-own/1")
    assert link is not None
    await until(lambda: link.is_bound, "bound again")
