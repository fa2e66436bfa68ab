"""A reload touches what changed: other sockets, sessions and links stay the same objects all the while."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.node.reload import ReloadRefused
from gateway.settings import load
from gateway.simulator.core_interfaces import CarrierTerms
from protocols.smpp import pdus as smpp
from tests.gateway.operations.asking import ask
from tests.peers import Carrier, Peer, Rig, Simulated, account, channel, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CODES = {"shop": "10690001", "bank": "10690002", "club": "10690003", "late": "10690004"}
SUSPENDED = 0x402


@dataclass
class ReloadRig:
    """A gateway with the accounts shop and bank, the channels near and far, and its files."""

    rig: Rig
    directory: Path
    far: Carrier

    def files(self, *, accounts: dict[str, dict[str, Any]], channels: dict[str, dict[str, Any]]) -> None:
        tables = [account(name, CODES[name], **keys) for name, keys in accounts.items()]
        (self.directory / "accounts" / "a.toml").write_text("\n".join(tables))
        tcp_ports = {"near": self.rig.carriers["smpp-near"].tcp_port, "far": self.far.tcp_port}
        tables = [channel(f"smpp-{name}", "smpp", tcp_ports[name], **keys) for name, keys in channels.items()]
        (self.directory / "carriers" / "c.toml").write_text("\n".join(tables))

    async def reload(
        self, accounts: dict[str, dict[str, Any]] | None = None, channels: dict[str, dict[str, Any]] | None = None
    ) -> str:
        """Reload with changed tables; what is not given is as it was at first."""
        self.files(accounts=accounts or {"shop": {}, "bank": {}}, channels=channels or {"near": {}})
        return await self.rig.gateway.reload(load(self.directory, environ={}))

    def sockets(self, *names: str) -> set[Any]:
        """The transports of these accounts' sessions."""
        return {
            connection.pump._transport for connection in self.rig.gateway.listeners["smpp"].connections
            if connection.account is not None and connection.account.name in names
        }

    def links(self, name: str) -> set[Any]:
        """The transports of a channel's links that are bound."""
        links = self.rig.gateway.pool.links.get(name, ())
        return {link.pump._transport for link in links if link.is_bound and link.pump is not None}

    async def up(self, name: str) -> None:
        await until(lambda: self.links(name), f"{name} is bound")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reloaded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReloadRig]:
    directory = tmp_path_factory.mktemp("rig")
    far = Carrier("smpp")
    await far.open()
    accounts = "\n".join(account(name, CODES[name]) for name in ("shop", "bank"))
    carriers = {"smpp-near": Simulated(CarrierTerms(receipt_s=(0.0, 0.02), window_max=200))}
    async with running(directory, carriers, accounts) as rig:
        yield ReloadRig(rig, directory, far)
    await far.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def as_it_was(reloaded: ReloadRig) -> AsyncIterator[None]:
    yield
    await reloaded.rig.part()
    await reloaded.reload()
    await reloaded.up("smpp-near")


async def submit(client: Peer, name: str, number: int = 1) -> Any:
    pdu = smpp.SubmitSm(
        source_addr=CODES[name], destination_addr=f"138{number:08}", registered_delivery=1, short_message=b"hello"
    )
    return await client.ask(pdu)


async def test_nothing_changed(reloaded: ReloadRig) -> None:
    client = await reloaded.rig.smpp("shop")
    before = reloaded.sockets("shop"), reloaded.links("smpp-near")
    assert await reloaded.reload() == "nothing"
    assert (await submit(client, "shop")).status == 0
    assert (reloaded.sockets("shop"), reloaded.links("smpp-near")) == before


async def test_an_added_account_binds_has_its_opening_balance_and_hears_its_receipts(reloaded: ReloadRig) -> None:
    other = await reloaded.rig.smpp("shop")
    before = reloaded.sockets("shop"), reloaded.links("smpp-near")
    assert (await reloaded.rig.smpp("club")).bind_status != 0
    assert await reloaded.reload({"shop": {}, "bank": {}, "club": {"opening_balance_yuan": "7.00"}}) == "accounts +club"
    client = await reloaded.rig.smpp("club")
    assert client.bind_status == 0
    state_dir = reloaded.rig.gateway.settings.state_dir
    assert (await ask(state_dir, "accounts.show", account="club"))["available_hao"] == 70_000
    assert (await submit(client, "club")).status == 0
    await until(lambda: client.receipts, "its receipt")
    assert (await submit(other, "shop")).status == 0
    assert (reloaded.sockets("shop"), reloaded.links("smpp-near")) == before


async def test_an_account_is_credited_once_however_often_it_is_added(reloaded: ReloadRig) -> None:
    with_bank: dict[str, dict[str, Any]] = {"shop": {}, "bank": {"opening_balance_yuan": "9.00"}}
    before = reloaded.rig.gateway.flows.book.available("bank")
    without: dict[str, dict[str, Any]] = {"shop": {}}
    for accounts in (without, with_bank, without, with_bank):
        await reloaded.reload(accounts)
    assert reloaded.rig.gateway.flows.book.available("bank") == before


async def test_a_removed_account_is_asked_to_go_and_stays_out(reloaded: ReloadRig) -> None:
    """Its messages under way still end; what they owe is kept and delivered when it is there again."""
    shop, bank = await reloaded.rig.smpp("shop"), await reloaded.rig.smpp("bank", "tx")
    before = reloaded.sockets("shop")
    assert (await submit(bank, "bank")).status == 0
    assert await reloaded.reload({"shop": {}}) == "accounts -bank"
    await until(lambda: bank.is_closed, "the removed account's session ends")
    assert (await reloaded.rig.smpp("bank")).bind_status != 0
    assert reloaded.sockets("shop") == before and (await submit(shop, "shop")).status == 0
    assert await reloaded.reload() == "accounts +bank"
    back = await reloaded.rig.smpp("bank")
    await until(lambda: back.receipts, "what was owed")


async def test_a_changed_rate_holds_for_sessions_that_are_there(reloaded: ReloadRig) -> None:
    client = await reloaded.rig.smpp("shop")
    before = reloaded.sockets("shop", "bank")

    async def span_of(count: int) -> float:
        began_at = time.monotonic()
        answers = await asyncio.gather(*(submit(client, "shop", number) for number in range(count)))
        assert {answer.status for answer in answers} == {0}
        return time.monotonic() - began_at

    assert await span_of(30) < 0.5
    assert await reloaded.reload({"shop": {"rate_per_s": 20}, "bank": {}}) == "accounts ~shop"
    assert await span_of(30) >= 0.4  # a second's worth may go at once
    await reloaded.reload()
    assert await span_of(30) < 0.5
    assert reloaded.sockets("shop", "bank") == before


async def test_a_changed_rate_of_a_channel_leaves_its_links_bound(reloaded: ReloadRig) -> None:
    """S4-4.4: the flow changes live; what a link itself reads makes it begin again."""
    sender, before = reloaded.rig.gateway.flows.dispatch.senders["smpp-near"], reloaded.links("smpp-near")
    assert before
    assert await reloaded.reload(channels={"near": {"rate_per_s": 50, "weight": 3}}) == "channels ~smpp-near"
    assert reloaded.links("smpp-near") == before and sender._pace.is_on
    assert reloaded.rig.gateway.flows.table.views["smpp-near"].weight == 3
    await reloaded.reload()
    assert reloaded.links("smpp-near") == before and not sender._pace.is_on
    await reloaded.reload(channels={"near": {"window_max": 50}})
    await until(lambda: bool(reloaded.links("smpp-near")))
    assert reloaded.links("smpp-near") != before


async def test_who_was_suspended_by_an_operator_stays_so(reloaded: ReloadRig) -> None:
    client, other = await reloaded.rig.smpp("shop"), await reloaded.rig.smpp("bank")
    state_dir = reloaded.rig.gateway.settings.state_dir
    await ask(state_dir, "accounts.suspend", account="shop")
    assert (await submit(client, "shop")).status == SUSPENDED
    for changes in ({}, {"rate_per_s": 500}):
        await reloaded.reload({"shop": changes, "bank": {}})
        assert (await submit(client, "shop")).status == SUSPENDED
        assert (await submit(other, "bank")).status == 0
    await ask(state_dir, "accounts.resume", account="shop")
    await reloaded.reload()
    assert (await submit(client, "shop")).status == 0


async def test_who_is_suspended_while_a_reload_is_under_way_stays_so(reloaded: ReloadRig) -> None:
    """A reload waits for the links of a channel that goes; what operators do meanwhile holds."""
    await reloaded.reload(channels={"near": {}, "far": {}})
    await reloaded.up("smpp-far")
    state_dir = reloaded.rig.gateway.settings.state_dir
    changed = dict(reloaded.rig.gateway.pool.links)
    reloading = asyncio.create_task(reloaded.reload())
    while reloaded.rig.gateway.pool.links == changed:
        await asyncio.sleep(0)
    reloaded.rig.gateway.flows.policies["shop"].suspend("what the command does once it is stored")
    assert not reloading.done()
    await reloading
    client = await reloaded.rig.smpp("shop")
    assert (await submit(client, "shop")).status == SUSPENDED
    await ask(state_dir, "accounts.resume", account="shop")
    assert (await submit(client, "shop")).status == 0


async def test_suspended_by_configuration_and_back(reloaded: ReloadRig) -> None:
    client = await reloaded.rig.smpp("shop")
    await reloaded.reload({"shop": {"suspended": True}, "bank": {}})
    assert (await submit(client, "shop")).status == SUSPENDED
    await reloaded.reload()
    assert (await submit(client, "shop")).status == 0


async def test_a_channel_is_added_changed_and_removed(reloaded: ReloadRig) -> None:
    """Each time its links only are made again or ended; the other channel's socket is the same throughout."""
    client = await reloaded.rig.smpp("shop")
    near, sessions = reloaded.links("smpp-near"), reloaded.sockets("shop")
    narrow = {"prefixes": ["86139"]}
    assert await reloaded.reload(channels={"near": {}, "far": narrow}) == "channels +smpp-far"
    await reloaded.up("smpp-far")
    (first,) = reloaded.links("smpp-far")
    assert (await submit(client, "shop")).status == 0
    assert await reloaded.reload(channels={"near": {}, "far": narrow | {"window_max": 50}}) == "channels ~smpp-far"
    await until(lambda: reloaded.links("smpp-far") - {first}, "a new link of the changed channel")
    assert reloaded.rig.gateway.flows.dispatch.senders["smpp-far"].channel.window_max == 50
    assert await reloaded.reload() == "channels -smpp-far"
    assert not reloaded.links("smpp-far")
    await until(lambda: all(peer.is_closed for peer in reloaded.far.links), "its links are gone")
    assert (await submit(client, "shop")).status == 0
    assert (reloaded.links("smpp-near"), reloaded.sockets("shop")) == (near, sessions)


async def test_a_changed_channel_forgets_nothing_that_waits(reloaded: ReloadRig) -> None:
    """The far carrier is the only one, takes a segment without an answer, then its channel is changed."""
    client = await reloaded.rig.smpp("shop")
    reloaded.far.script = None
    await reloaded.reload(channels={"far": {}})
    await reloaded.up("smpp-far")
    taken = len(reloaded.far.taken)
    ids = [(await submit(client, "shop", number)).message_id for number in range(5)]
    await until(lambda: len(reloaded.far.taken) == taken + 5, "taken")
    for peer in reloaded.far.links:
        for number, pdu in enumerate(peer.of(smpp.SubmitSm)):
            peer.respond(pdu, smpp.SubmitSmResp(message_id=f"f{number}"))
    await reloaded.reload(channels={"far": {"window_max": 7}})
    await reloaded.up("smpp-far")
    for message_id in ids:
        assert (await client.ask(smpp.QuerySm(message_id=message_id, source_addr=CODES["shop"]))).message_state == 1


async def relisten(reloaded: ReloadRig, **keys: Any) -> str:
    """Reload with other keys of the SMPP listener."""
    settings = load(reloaded.directory, environ={})
    listener = settings.listeners.smpp
    assert listener is not None
    changed = settings.listeners.model_copy(update={"smpp": listener.model_copy(update=keys)})
    return await reloaded.rig.gateway.reload(replace(settings, listeners=changed))


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_listener_moves_and_sessions_stay(reloaded: ReloadRig) -> None:
    client = await reloaded.rig.smpp("shop")
    old, tcp_port = reloaded.rig.gateway.listeners["smpp"].tcp_port, free_tcp_port()
    assert await relisten(reloaded, port=tcp_port) == "listeners ~smpp"
    assert reloaded.rig.gateway.listeners["smpp"].tcp_port == tcp_port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", old)
    assert (await submit(client, "shop")).status == 0
    other = await reloaded.rig.smpp("bank")
    assert (await submit(other, "bank")).status == 0


async def test_a_listener_that_cannot_listen_changes_nothing(reloaded: ReloadRig) -> None:
    client, before = await reloaded.rig.smpp("shop"), reloaded.rig.gateway.settings
    old = reloaded.rig.gateway.listeners["smpp"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            await relisten(reloaded, port=taken.getsockname()[1])
    assert reloaded.rig.gateway.settings is before
    assert reloaded.rig.gateway.listeners["smpp"] is old
    assert (await submit(client, "shop")).status == 0


async def test_new_bounds_hold_for_who_comes_next(reloaded: ReloadRig) -> None:
    tcp_port = free_tcp_port()
    await relisten(reloaded, port=tcp_port)
    client, listener = await reloaded.rig.smpp("shop"), reloaded.rig.gateway.listeners["smpp"]
    await relisten(reloaded, port=tcp_port, frame_max_octets=300)
    assert reloaded.rig.gateway.listeners["smpp"] is listener, "its socket stays"
    other = await reloaded.rig.smpp("bank")
    octets = {"short_message": b"x" * 254, "tlvs": ((0x1400, b"y" * 100),)}
    fields = {"source_addr": CODES["shop"], "destination_addr": "13900000000"}
    assert (await client.ask(smpp.SubmitSm(**fields, **octets))).status == 0
    other.send(smpp.SubmitSm(**fields, **octets))
    await until(lambda: other.is_closed, "a frame above the new bound ends the session")


# --- a reload that fails, and one that meets the end ------------------------------------------------------------------


async def sql(reloaded: ReloadRig, *statements: str) -> None:
    connection = await reloaded.rig.gateway.store.connect()
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_reload_that_fails_late_leaves_links_and_listeners_as_they_were(reloaded: ReloadRig) -> None:
    """The store does not answer for the ports; the same reload is good once it does."""
    client, gateway = await reloaded.rig.smpp("shop"), reloaded.rig.gateway
    before = reloaded.sockets("shop"), reloaded.links("smpp-near"), gateway.settings
    listener, tcp_port = gateway.listeners["smpp"], free_tcp_port()
    reloaded.files(accounts={"shop": {}}, channels={"near": {"window_max": 33}})
    await sql(reloaded, "ALTER TABLE port_snapshots RENAME TO port_snapshots_away")
    for _ in range(2):
        with pytest.raises(Exception, match="port_snapshots"):
            await relisten(reloaded, port=tcp_port)
        assert (reloaded.sockets("shop"), reloaded.links("smpp-near"), gateway.settings) == before
        assert gateway.listeners["smpp"] is listener
        assert (await reloaded.rig.smpp("bank")).bind_status == 0
        assert (await submit(client, "shop")).status == 0
    await sql(reloaded, "ALTER TABLE port_snapshots_away RENAME TO port_snapshots")
    changes = await relisten(reloaded, port=tcp_port)
    assert changes == "listeners ~smpp; accounts -bank; channels ~smpp-near"
    assert gateway.listeners["smpp"].tcp_port == tcp_port
    await reloaded.up("smpp-near")
    assert reloaded.links("smpp-near") != before[1]
    assert not client.is_closed and (await submit(client, "shop")).status == 0
    assert (await reloaded.rig.smpp("shop")).bind_status == 0


async def test_a_reload_whose_account_cannot_be_opened_listens_nowhere_new(reloaded: ReloadRig) -> None:
    tcp_port, listener = free_tcp_port(), reloaded.rig.gateway.listeners["smpp"]
    reloaded.files(accounts={"shop": {}, "bank": {}, "late": {}}, channels={"near": {}})
    await sql(
        reloaded,
        "CREATE FUNCTION say_no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$",
        "CREATE TRIGGER no BEFORE INSERT ON account_states FOR EACH ROW EXECUTE FUNCTION say_no()",
    )
    for _ in range(2):
        with pytest.raises(Exception, match="not now"):
            await relisten(reloaded, port=tcp_port)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", tcp_port)
        assert reloaded.rig.gateway.listeners["smpp"] is listener
    await sql(reloaded, "DROP TRIGGER no ON account_states", "DROP FUNCTION say_no")
    assert await relisten(reloaded, port=tcp_port) == "listeners ~smpp; accounts +late"
    assert (await reloaded.rig.smpp("late")).bind_status == 0


async def test_two_listeners_exchange_their_addresses(reloaded: ReloadRig) -> None:
    """Neither can be bound again while the other still listens: each goes on with the other's socket."""
    first, second = free_tcp_port(), free_tcp_port()
    await relisten(reloaded, port=first)
    settings = reloaded.rig.gateway.settings
    cmpp = settings.listeners.cmpp
    assert cmpp is not None
    for tcp_ports in ((first, second), (second, first), (first, second)):
        listeners = settings.listeners.model_copy(update={
            "smpp": settings.listeners.smpp.model_copy(update={"port": tcp_ports[0]}),  # type: ignore[union-attr]
            "cmpp": cmpp.model_copy(update={"port": tcp_ports[1]}),
        })
        await reloaded.rig.gateway.reload(replace(settings, listeners=listeners))
        assert tuple(reloaded.rig.tcp_port(name) for name in ("smpp", "cmpp")) == tcp_ports
        assert (await reloaded.rig.smpp("shop")).bind_status == 0
        bound = await reloaded.rig.cmpp("106900")  # nobody's login, but it is answered as CMPP
        assert bound.bind_status not in (0, None)


async def test_one_reload_at_a_time(reloaded: ReloadRig) -> None:
    """The second begins when the first is over, and both hold."""
    changes = await asyncio.gather(
        reloaded.reload(channels={"near": {"window_max": 7}}), reloaded.reload(channels={"near": {"window_max": 9}})
    )
    assert changes == ["channels ~smpp-near", "channels ~smpp-near"]
    await reloaded.up("smpp-near")
    assert {link.channel.window_max for link in reloaded.rig.gateway.pool.links["smpp-near"]} == {9}


async def test_a_drain_waits_for_the_reload_under_way_and_refuses_the_next(tmp_path: Path) -> None:
    """The carrier of a changed channel does not answer our unbind, so the reload waits; nothing opens after the end."""
    accounts, tcp_port = account("shop", CODES["shop"]), free_tcp_port()
    mute = Carrier("smpp")
    async with running(tmp_path, {"smpp-mute": mute}, accounts) as rig:
        gateway = rig.gateway
        (link,) = mute.links
        link.pump.transport.pause_reading()
        changed = channel("smpp-mute", "smpp", mute.tcp_port, window_max=7)
        (tmp_path / "carriers" / "c.toml").write_text(changed)
        settings = load(tmp_path, environ={})
        listener = settings.listeners.smpp
        assert listener is not None
        listeners = settings.listeners.model_copy(update={"smpp": listener.model_copy(update={"port": tcp_port})})
        reloading = asyncio.create_task(gateway.reload(replace(settings, listeners=listeners)))
        await until(lambda: gateway.listeners["smpp"].tcp_port == tcp_port, "the commit")
        draining = asyncio.create_task(gateway.drain(2.0))
        await asyncio.sleep(0)
        with pytest.raises(ReloadRefused, match="drains"):
            await gateway.reload(settings)
        await draining
        assert reloading.done()
        assert not gateway.pool.links
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", tcp_port)
        link.pump.transport.resume_reading()
        await until(lambda: link.is_closed, "its link is cut")
        assert mute.links == [link]
