"""Clients that break every rule, over real TCP, while another client's traffic goes on."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

import gateway.transport.pump
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp import tlv
from protocols.smpp.codec import encode
from tests.gateway.transport.traffic import going_on
from tests.peers import PASSWORD, Rig, Simulated, account, gather_within, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODE, SP_CODE = "10690001", "10690002"
BIND_TIMEOUT_S, KEEPALIVE_S, DELAY_S, BAN_S, FAILURES_MAX, LOGINS_MAX = 0.6, 0.5, 0.05, 0.8, 3, 4
UNBOUND_MAX, UNBOUND_OF_ADDRESS = 90, 70
LISTED = "127.0.2.1"  # in the network of an account
THROTTLED, TOO_MANY, WRONG = 0x58, 0x0D, 0x0E
ENQUIRE_LINK = 0x15
_addresses = itertools.count(2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    keys = (
        f"bind_timeout_s = {BIND_TIMEOUT_S}\nkeepalive_idle_s = {KEEPALIVE_S}\nkeepalive_response_s = {KEEPALIVE_S}\n"
        f"login_delay_s = {DELAY_S}\nban_s = {BAN_S}\nlogin_failures_max = {FAILURES_MAX}\n"
        f"ban_logins_max = {LOGINS_MAX}\nunbound_max = {UNBOUND_MAX}\n"
        f"unbound_per_address_max = {UNBOUND_OF_ADDRESS}\n"
    )
    accounts = [
        account("good", "10690900"), account("bad", CODE, window_max=10, quirks=["rich_refusals"]),
        account("200030", SP_CODE, window_max=10), account("two", "10690003", sessions_max=2),
        account("listed", "10690004", networks=["127.0.2.0/24"]),
    ]
    carriers = {"smpp-sim": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), window_max=200))}
    async with running(
        tmp_path_factory.mktemp("rig"), carriers, "\n".join(accounts), smpp_keys=keys, cmpp_keys=keys
    ) as rig:
        yield rig


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(rig: Rig) -> AsyncIterator[None]:
    """While each test misbehaves, the other client's traffic must go on."""
    async with going_on(rig):
        yield
    await rig.part()


class Raw:
    """A socket from an address of its own, so that its sins are counted alone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @staticmethod
    async def open(rig: Rig, protocol: str = "smpp", address: str = "", buffer_octets: int = 0) -> Raw:
        sock = socket.socket()
        sock.setblocking(False)
        if buffer_octets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_octets)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_octets)
        sock.bind((address or new_address(), 0))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", rig.tcp_port(protocol)))
        return Raw(*await asyncio.open_connection(sock=sock, limit=1 << 16))

    async def frame(self) -> bytes:
        """The next frame; empty at the end of the stream."""
        try:
            async with asyncio.timeout(30):
                head = await self.reader.readexactly(4)
                return head + await self.reader.readexactly(struct.unpack(">I", head)[0] - 4)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    async def frames(self, count: int) -> list[bytes]:
        return [await self.frame() for _ in range(count)]

    async def rest(self) -> bytes:
        """Everything until the gateway closes."""
        async with asyncio.timeout(30):
            try:
                return await self.reader.read(-1)
            except ConnectionError:
                return b""

    async def ask(self, pdu: Any, sequence: int = 1) -> int:
        """Send an SMPP request; the status of its answer."""
        self.writer.write(encode(pdu, sequence))
        return status_of(await self.frame())

    def cut(self) -> None:
        self.writer.transport.abort()


def new_address() -> str:
    return f"127.0.1.{next(_addresses)}"


def status_of(frame: bytes) -> int:
    return int(struct.unpack_from(">8xI", frame)[0])


def command_of(frame: bytes) -> int:
    return int(struct.unpack_from(">4xI", frame)[0])


def bind(login: str = "bad", password: str = PASSWORD) -> smpp.BindTransceiver:
    return smpp.BindTransceiver(login, password, "", 0x34)


def submit(number: int = 0, **fields: Any) -> smpp.SubmitSm:
    known = {"source_addr": CODE, "destination_addr": f"135{number:08}", "short_message": b"x"}
    return smpp.SubmitSm(**{**known, **fields})


def header(command_id: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


# --- before a bind ---------------------------------------------------------------------------------------------------

GREETINGS = [
    b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n", bytes.fromhex("16030100a5010000a1030377"), b"\0" * 64, b"\xff" * 64,
    b"\n" * 100, header(0x00000009, 1, b"no nul anywhere" * 3), header(0x80000009, 1), header(0x15, 1)[:7],
    struct.pack(">I", 0x7FFFFFFF), struct.pack(">I", 3),
]


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
async def test_garbage_ends_its_own_connection_only(rig: Rig, protocol: str) -> None:
    rng = random.Random(7)
    greetings = GREETINGS + [rng.randbytes(rng.randrange(1, 3000)) for _ in range(60)]
    address = new_address()

    async def greet(octets: bytes) -> None:
        raw = await Raw.open(rig, protocol, address)
        raw.writer.write(octets)
        assert len(await raw.rest()) < 1_000
        raw.cut()

    began_at = time.monotonic()
    await gather_within(*(greet(octets) for octets in greetings))
    assert time.monotonic() - began_at < BIND_TIMEOUT_S + 2
    await until(lambda: len(rig.gateway.listeners[protocol].connections) <= 1)  # the other client's


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
async def test_who_does_not_bind_in_time_is_closed(rig: Rig, protocol: str) -> None:
    silent, talks = await Raw.open(rig, protocol), await Raw.open(rig, protocol)
    talks.writer.write(header(0x15, 1) if protocol == "smpp" else struct.pack(">III", 12, 8, 1))
    began_at = time.monotonic()
    answers = await gather_within(silent.rest(), talks.rest())
    assert BIND_TIMEOUT_S / 2 < time.monotonic() - began_at < BIND_TIMEOUT_S + 1
    assert answers[0] == b""
    assert len(answers[1]) in (13, 16)  # its keepalive was answered; that does not prolong anything


async def test_traffic_before_the_bind_is_refused(rig: Rig) -> None:
    raw = await Raw.open(rig)
    for sequence in range(1, 501):
        raw.writer.write(encode(submit(), sequence))
    assert {(command_of(frame), status_of(frame)) for frame in await raw.frames(500)} == {(0x80000004, 4)}
    assert await raw.ask(bind()) == 0


# --- logging in ------------------------------------------------------------------------------------------------------


async def test_wrong_passwords_are_slowed_then_this_login_is_shut_out_from_there(rig: Rig) -> None:
    """Nobody else behind that address is: it may be a router's."""
    address, waits = new_address(), []
    for password in ("wrong", "Secret01", ""):
        raw = await Raw.open(rig, address=address)
        began_at = time.monotonic()
        assert await raw.ask(bind("bad", password)) == WRONG
        waits.append(time.monotonic() - began_at)
        assert await raw.rest() == b""
    assert all(wait >= DELAY_S * (1 + number) * 0.9 for number, wait in enumerate(waits))
    assert await (await Raw.open(rig, address=address)).ask(bind("bad")) == WRONG
    assert await (await Raw.open(rig, address=address)).ask(bind("two")) == 0
    assert await (await Raw.open(rig)).ask(bind("bad")) == 0
    await _pass_ban()
    assert await (await Raw.open(rig, address=address)).ask(bind("bad")) == 0


async def _pass_ban() -> None:
    asyncio.get_running_loop().call_later(BAN_S, (over := asyncio.Event()).set)
    await gather_within(over.wait())


async def test_who_tries_many_logins_is_shut_out_but_no_listed_network_is(rig: Rig) -> None:
    async def try_logins(address: str) -> None:
        for number in range(LOGINS_MAX):
            raw = await Raw.open(rig, address=address)
            assert await raw.ask(bind(f"login{number}", "wrong")) == WRONG

    address = new_address()
    await gather_within(try_logins(address), try_logins(LISTED))
    assert await (await Raw.open(rig, address=address)).rest() == b""
    assert await (await Raw.open(rig, "cmpp", address)).rest() == b""  # at one listener, so at each
    assert await (await Raw.open(rig, address=LISTED)).ask(bind("listed")) == 0
    assert await (await Raw.open(rig)).ask(bind("bad")) == 0
    await _pass_ban()
    assert await (await Raw.open(rig, address=address)).ask(bind("bad")) == 0


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
async def test_silent_connections_shut_no_door(rig: Rig, protocol: str) -> None:
    """A listener's own share, the oldest of an address first; from a good client's address too."""
    addresses = [new_address(), new_address(), LISTED]
    limiter = rig.gateway.listeners[protocol].limiter
    displaced = limiter.ended["displaced"]
    silent = [await Raw.open(rig, protocol, addresses[number % 3]) for number in range(3 * UNBOUND_MAX)]
    await until(
        lambda: limiter.ended["displaced"] - displaced >= 3 * (UNBOUND_MAX - UNBOUND_OF_ADDRESS), "all accepted"
    )
    assert limiter.counts()["unbound"] <= 3 * UNBOUND_OF_ADDRESS
    for address in addresses:
        for each in ("smpp", "cmpp"):
            raw = await Raw.open(rig, each, address)
            if each == "smpp":
                assert await raw.ask(bind("listed" if address == LISTED else "bad")) == 0
            else:
                raw.writer.write(CMPP30.encode(auth.connect("200030", PASSWORD, 0x30, rig.gateway.clock()), 1))
                assert CMPP30.decode(await raw.frame()).status == 0  # type: ignore[union-attr]
            raw.cut()
    for raw in silent:
        raw.cut()


async def test_wrong_cmpp_secrets_are_refused_without_a_proof(rig: Rig) -> None:
    raw = await Raw.open(rig, "cmpp")
    raw.writer.write(CMPP30.encode(auth.connect("200030", "wrong", 0x30, rig.gateway.clock()), 9))
    answer = CMPP30.decode(await raw.frame())
    assert isinstance(answer, cmpp.ConnectResp)
    assert (answer.status, answer.authenticator_ismg, answer.sequence) == (3, bytes(16), 9)
    assert await raw.rest() == b""


async def test_an_account_has_so_many_sessions_and_no_more(rig: Rig) -> None:
    sessions = [await Raw.open(rig) for _ in range(3)]
    assert [await raw.ask(bind("two")) for raw in sessions] == [0, 0, TOO_MANY]
    assert await sessions[0].ask(smpp.Unbind(), 2) == 0
    await until(lambda: rig.gateway.admission.sessions("two") == 1)
    sessions[1].cut()
    await until(lambda: rig.gateway.admission.sessions("two") == 0)
    sessions = [await Raw.open(rig) for _ in range(3)]
    assert [await raw.ask(bind("two")) for raw in sessions] == [0, 0, TOO_MANY]


async def test_a_second_bind_on_a_session_is_refused_and_harmless(rig: Rig) -> None:
    raw = await Raw.open(rig)
    raw.writer.write(encode(bind(), 1) + encode(bind(), 2) + encode(submit(1), 3))
    statuses = {struct.unpack_from(">12xI", frame)[0]: status_of(frame) for frame in await raw.frames(3)}
    # What is pipelined behind a bind is handled behind its answer: the bind is answered at once.
    assert statuses[1] == 0
    assert statuses[2] == 5
    assert statuses[3] in (0, 4)


# --- floods ----------------------------------------------------------------------------------------------------------


async def test_a_flood_past_the_window_is_answered_each_and_once(rig: Rig) -> None:
    client, count = await rig.smpp("bad"), 2_000
    requests = [client.send(submit(number)) for number in range(count)]
    statuses = Counter(response.status for response in await gather_within(*requests))
    assert set(statuses) == {0, THROTTLED}
    assert statuses.total() == count
    assert statuses[0] >= 40
    assert (await client.ask(submit(1))).status == 0
    refused = await _one_past_the_window(client)
    assert (tlv.get_text(refused.tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT) or "").startswith("WINDOW account.window_max")


async def _one_past_the_window(client: Any) -> Any:
    """Four windows and one in one write are all read before the first is committed."""
    responses = await gather_within(*[client.send(submit(number)) for number in range(41)])
    [refused] = [response for response in responses if response.status]
    return refused


async def test_the_same_over_cmpp_is_result_8(rig: Rig) -> None:
    client = await rig.cmpp("200030")
    pdus = [
        cmpp.Submit(msg_src="200030", src_id=SP_CODE, dest_terminal_id=(f"135{number:08}",), msg_content=b"x")
        for number in range(41)
    ]
    responses = await gather_within(*[client.send(pdu) for pdu in pdus])
    assert Counter(response.result for response in responses) == {0: 40, 8: 1}
    assert all(bool(response.msg_id) != bool(response.result) for response in responses)


async def test_a_flood_of_queries_and_unknown_commands_is_answered(rig: Rig) -> None:
    raw = await Raw.open(rig)
    assert await raw.ask(bind()) == 0
    queries = b"".join(encode(smpp.QuerySm(message_id=str(number)), number) for number in range(2, 402))
    unknown = b"".join(header(0x00010200, number, b"vendor") for number in range(402, 802))
    raw.writer.write(queries + unknown)
    found: Counter[tuple[int, int]] = Counter()
    while found.total() < 800:
        frame = await raw.frame()
        if command_of(frame) != ENQUIRE_LINK:  # look-ups may take longer than the silence it asks after
            found[command_of(frame), status_of(frame)] += 1
    # Look-ups count in the window, too: what a client may have us do at a time is bounded.
    assert found == {(0x80000000, 3): 400, (0x80000003, 0x67): 40, (0x80000003, THROTTLED): 360}
    assert await raw.ask(submit(), 9_000) == 0


async def test_a_client_that_never_reads_costs_its_own_buffer_and_is_cut(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.transport.pump, "STALLED_WRITE_S", 0.5)
    raw = await Raw.open(rig, buffer_octets=4_096)
    assert await raw.ask(bind()) == 0
    [connection] = [each for each in rig.gateway.listeners["smpp"].connections if each.peer.startswith("127.0.1.")]
    raw.reader._transport.pause_reading()  # type: ignore[attr-defined]
    most = 0

    async def flood() -> None:
        nonlocal most
        try:
            for _ in range(4_000):
                raw.writer.write(header(0x15, 2) * 1_000)
                await raw.writer.drain()
                transport = connection.pump._transport
                most = max(most, transport.get_write_buffer_size() if transport else 0)
        except ConnectionError:  # the gateway had enough
            return

    await gather_within(flood(), until(lambda: connection.pump.lost.done()))
    assert gateway.transport.pump.WRITE_HIGH_OCTETS <= most < 2 * gateway.transport.pump.WRITE_HIGH_OCTETS


async def test_a_half_open_client_is_noticed_and_what_it_had_goes_to_another(rig: Rig) -> None:
    raw = await Raw.open(rig)
    assert await raw.ask(bind()) == 0
    assert await raw.ask(submit(5, registered_delivery=1), 2) == 0
    receipt = await raw.frame()  # and from now on it says nothing, not even to keepalives
    assert command_of(receipt) == 0x00000005
    began_at = time.monotonic()
    rest = await raw.rest()
    assert KEEPALIVE_S < time.monotonic() - began_at < 2 * KEEPALIVE_S + 1
    assert command_of(rest) == 0x15
    client = await rig.smpp("bad")
    await until(lambda: client.receipts)
    assert client.receipts[0].short_message in receipt


# --- any field -------------------------------------------------------------------------------------------------------


async def test_any_submit_that_can_be_read_gets_one_answer(rig: Rig) -> None:
    rng, client = random.Random(11), await rig.smpp("bad")

    def text(limit: int) -> str:
        pool = rng.choice(("0123456789", "+86 -", "".join(map(chr, range(1, 256)))))
        return "".join(rng.choices(pool, k=rng.randrange(limit)))

    def octet() -> int:
        return rng.choice((0, 1, 4, 8, 0x40, 0xF1, rng.randrange(256)))

    for _ in range(150):
        tlvs = tuple((rng.choice((0x0424, 0x020C, 0x020E, 0x020F, 0x1400, rng.randrange(65536))),
                      rng.randbytes(rng.randrange(40))) for _ in range(rng.randrange(4)))
        pdu = smpp.SubmitSm(
            text(6), octet(), octet(), rng.choice((CODE, text(21))), octet(), octet(),
            rng.choice(("13500000000", text(21))), octet(), octet(), octet(), rng.choice(("", "", text(17))),
            rng.choice(("", "", text(17))), octet(), octet(), octet(), rng.choice((0, 0, octet())),
            rng.randbytes(rng.choice((0, 1, 7, 140, 254))), tlvs=tlvs,
        )
        response = await client.ask(pdu)
        assert type(response) in (smpp.SubmitSmResp, smpp.GenericNack)
    assert not client.is_closed
    assert (await client.ask(submit())).status == 0


async def test_any_cmpp_submit_that_can_be_read_gets_one_answer(rig: Rig) -> None:
    rng, client = random.Random(12), await rig.cmpp("200030")

    def text(limit: int) -> str:
        pool = rng.choice(("0123456789", "".join(map(chr, range(1, 256)))))
        return "".join(rng.choices(pool, k=rng.randrange(limit)))

    def octet() -> int:
        return rng.choice((0, 1, 8, 15, 0x40, rng.randrange(256)))

    for _ in range(150):
        pdu = cmpp.Submit(
            rng.randrange(1 << 64), octet(), octet(), octet(), octet(), text(10), octet(), text(32), octet(), octet(),
            octet(), octet(), rng.choice(("200030", text(6))), text(2), text(6), rng.choice(("", text(17))),
            rng.choice(("", text(17))), rng.choice((SP_CODE, text(21))),
            tuple(rng.choice(("13500000000", text(32))) for _ in range(rng.randrange(5))), octet(),
            rng.randbytes(rng.choice((0, 1, 7, 140, 200))),
        )
        assert type(await client.ask(pdu)) is cmpp.SubmitResp
    assert not client.is_closed
