"""Every field that is read, taken and written again, on all four crossings and on the way back.

Whatever a client's submit says, it is refused, or sent and answered, or it ends: each accepted id within seconds. What
a carrier delivers is acknowledged, and what is for a client reaches it. No connection is lost, nothing of ours fails.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.account import Account
from gateway.domain.channel import Channel, Quirks
from gateway.domain.ids import from_msg_id
from gateway.domain.outcome import Answer
from gateway.flows.interfaces import FlowLimits
from gateway.simulator.carrier import Job
from protocols.smpp import pdus as smpp
from protocols.text.codings import Encoding
from tests.simulation.checked_runs import WIRES
from tests.simulation.loop import simulate
from tests.simulation.raw import CODE, RawClient, cmpp_delivers, cmpp_submits, smpp_delivers, smpp_submits
from tests.simulation.simulation import Simulation, account, channel

SOON_S = 30.0
LIMITS = FlowLimits(receipt_wait_s=20.0, joiner_timeout_s=10.0)
FAULTS = {
    "submit_not_written", "answer_not_read", "deliver_not_read", "claims_lost", "deliver_not_written",
    "submit_not_read",
}
FEW = settings(
    max_examples=max(8, settings.default.max_examples // 8), deadline=None, suppress_health_check=list(HealthCheck)
)

ACCOUNTS = {
    "plain": account(),
    "lenient": account(
        quirks=frozenset({"international", "empty_sp_id"}), default_alphabet=Encoding.LATIN1, service_ids=frozenset()
    ),
}
CHANNELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "odd": {
        "service_code": "1069", "service_id": "SERVICE123", "split": "plain70",
        "encodings": frozenset({Encoding.UCS2, Encoding.ASCII, Encoding.GBK, Encoding.BINARY}),
        "quirks": Quirks(
            default_alphabet=Encoding.LATIN1, udhi_as_one=True, gbk_allowed=True, last_part_receipt_only=True
        ),
    },
}


def play_and_sweep(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario, and keep nothing of its simulation: each remembers megabytes, and there are hundreds."""
    simulate(scenario)
    gc.collect()


async def simulation_of(theirs: str, kind: str) -> Simulation:
    one: Account = ACCOUNTS[kind if kind in ACCOUNTS else "plain"]
    via: Channel = channel(wire=WIRES[theirs], **CHANNELS["odd" if kind == "lenient" else "plain"])
    terms = {"a": {"receipt_s": (0.1, 0.5)}}
    return await Simulation(accounts=[one], channels=[via], limits=LIMITS, terms=terms).start()


async def bound(sim: Simulation, protocol: str) -> RawClient:
    client = RawClient(protocol, sim.loop)
    await client.bind()
    await sim.until(lambda: client.is_bound, "bound", 10.0)
    return client


def check_sound(sim: Simulation, client: RawClient) -> None:
    assert not client.is_closed
    assert not sim.disk.violations
    told = [(event, values) for _, event, values in sim.process.events if event in FAULTS]
    assert not told
    assert all(link.is_bound for link in sim.links())


def accepted_ids(sim: Simulation, client: RawClient, pdus: list[Any]) -> list[int]:
    """The ids that were answered OK, of every destination."""
    found = []
    for place, pdu in enumerate(pdus):
        answer = client.answers[place]
        if client.protocol != "smpp":
            if not answer.result:
                first = from_msg_id(answer.msg_id, now=sim.loop.clock())
                assert first is not None
                found += [first + nth for nth in range(len(pdu.dest_terminal_id))]
        elif not answer.status:
            found.append(int(answer.message_id))
    return found


def still_open(sim: Simulation, ids: list[int]) -> list[int]:
    """What was accepted and has not ended; of a submit to several, ids that no answer named as well."""
    return [id_ for id_ in ids if id_ not in sim.disk.outcomes] + sim.open_messages + [0] * sim.open_parts


async def cross(ours: str, theirs: str, kind: str, pdus: list[Any]) -> None:
    sim = await simulation_of(theirs, kind)
    client = await bound(sim, ours)
    for pdu in pdus:
        client.send(pdu)
    await sim.until(lambda: len(client.answers) == len(pdus) or client.is_closed, "every submit is answered", 10.0)
    assert not client.is_closed
    ids = accepted_ids(sim, client, pdus)
    try:
        await sim.until(lambda: not still_open(sim, ids), "every accepted id is accounted for", SOON_S)
    except AssertionError:
        facts = sim.disk.facts["answers"]
        raise AssertionError(
            [(id_, sim.disk.messages.get(id_), facts.get(id_)) for id_ in still_open(sim, ids)]
        ) from None
    await sim.until(lambda: not sim.owed, "every receipt is acknowledged", SOON_S)
    unknown = [row for rows in sim.disk.facts["answers"].values() for row in rows if row["answer"] == Answer.UNKNOWN]
    assert not unknown
    assert not any(sim.node.flows.book.held(name) for name in sim.config.accounts)
    check_sound(sim, client)
    await sim.end()


SUBMITS = {"smpp": smpp_submits(), "cmpp20": cmpp_submits(), "cmpp30": cmpp_submits()}
DELIVERS = {"smpp": smpp_delivers(), "cmpp20": cmpp_delivers(), "cmpp30": cmpp_delivers()}


@pytest.mark.parametrize("kind", ACCOUNTS)
@pytest.mark.parametrize("theirs", ["smpp", "cmpp20", "cmpp30"])
@pytest.mark.parametrize("ours", ["smpp", "cmpp20", "cmpp30"])
def test_what_is_taken_is_accounted_for(ours: str, theirs: str, kind: str) -> None:
    @FEW
    @given(st.lists(SUBMITS[ours], min_size=1, max_size=25))
    def crossing(pdus: list[Any]) -> None:
        play_and_sweep(lambda: cross(ours, theirs, kind, pdus))

    crossing()


async def come_back(ours: str, theirs: str, pdus: list[Any]) -> None:
    sim = await simulation_of(theirs, "plain")
    client = await bound(sim, ours)
    await sim.until(lambda: bool(sim.carriers["a"].links), "the link is bound", 10.0)
    carrier = sim.carriers["a"]
    for pdu in pdus:
        link = carrier.links[0]
        link.session.deliver(pdu, Job("drawn"), now=sim.now)
        link.line.touch()
        await sim.sleep(0.02)
    await sim.until(
        lambda: carrier.ledger.counts["drawn_acked"] == len(pdus), "every deliver is acknowledged", SOON_S
    )
    await sim.until(lambda: not sim.owed, "every MO is acknowledged", SOON_S)
    owed = sum(row["account"] == "acme" for row in sim.disk.rows["inbound"].values())
    assert len(client.delivers) >= owed
    check_sound(sim, client)
    await sim.end()


@pytest.mark.parametrize("theirs", ["smpp", "cmpp20", "cmpp30"])
@pytest.mark.parametrize("ours", ["smpp", "cmpp20", "cmpp30"])
def test_what_a_carrier_delivers_is_kept_and_reaches_its_client(ours: str, theirs: str) -> None:
    @FEW
    @given(st.lists(DELIVERS[theirs], min_size=1, max_size=10))
    def crossing(pdus: list[Any]) -> None:
        play_and_sweep(lambda: come_back(ours, theirs, pdus))

    crossing()


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_part_to_several_is_answered_with_an_id_that_has_an_outcome(bad: int) -> None:
    """Found here: where the first number was refused, the answer named its id, of which nothing was ever heard."""
    numbers = [f"138{place:08d}" for place in range(3)]
    numbers[bad] = "nobody"
    several = tuple(smpp.SmeAddress(0, 1, number) for number in numbers)
    pdu = smpp.SubmitMulti(
        source_addr=CODE, dest_address=several, esm_class=0x40, data_coding=8, registered_delivery=1,
        short_message=b"\x05\x00\x03\x07\x02\x01" + "长短信".encode("utf-16-be"),
    )
    simulate(lambda: cross("smpp", "smpp", "plain", [pdu]))


def test_the_clients_code_is_the_accounts() -> None:
    assert account().service_codes[0].code == CODE
