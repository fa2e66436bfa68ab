"""Between claim and write: whatever stops a segment there, it ends and is told; others of the same step go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.submit_times import LAST_AT
from gateway.domain.message import ReceiptWish, Submission
from gateway.domain.outcome import Inbound, State
from gateway.flows.rates.open_hours import SuspendedCodes
from protocols.text.codings import Encoding, encode_text
from tests.simulation.checked_runs import WIRES, taken
from tests.simulation.loop import simulate
from tests.simulation.simulation import Simulation, channel


class Nobody:
    """A responder of whom nothing is asked but the answers."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    def accepted(self, context: Any, segment_id: int) -> None:
        self.ids.append(segment_id)

    def refused(self, context: Any, reject: Any) -> None:
        raise AssertionError(reject)


def submission(sim: Simulation, number: int, **changes: Any) -> Submission:
    known = sim.config.accounts["acme"]
    made = Submission(
        known, "smpp", known.service_codes[0].code, f"138{number:08d}", Encoding.UCS2,
        encode_text(f"您的验证码{number}", Encoding.UCS2), sim.loop.clock(), ReceiptWish.FINAL,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("text", ["short", "长" * 200])
def test_what_cannot_be_written_ends_and_the_others_of_its_step_go_on(wire: str, text: str) -> None:
    """A time that no listener lets in any more stands for every value that a carrier's form cannot say."""

    async def whole() -> None:
        sim = await Simulation(channels=[channel(wire=WIRES[wire], window_max=16)]).start()
        responder = Nobody()
        octets = encode_text(text, Encoding.UCS2)
        for number in range(60):
            bad = number % 3 == 0
            one = submission(sim, number, expires_at=LAST_AT + 1.0 if bad else None, octets=octets)
            sim.node.flows.intake.submit(one, responder, number)
        await sim.until(lambda: len(sim.disk.outcomes) == 60, "all ended", 20.0)
        outcomes = sim.disk.outcomes
        states = [State(outcomes[id_]["state"]) for id_ in responder.ids]
        assert states == [State.REJECTED if number % 3 == 0 else State.DELIVERED for number in range(60)]
        assert {row["error"] for row in outcomes.values() if row["state"] == State.REJECTED} == {"GW:0008"}
        assert set(taken(sim)) == {f"138{number:08d}" for number in range(60) if number % 3}
        parts = len(taken(sim)) // 40
        meters = sim.node.meters.channel("a")
        assert meters.unwritten == 20 * parts
        told = [values for _, event, values in sim.process.events if event == "submit_not_written"]
        assert len(told) == 20 * parts and all(each["message"] for each in told)
        assert [link._claimed for link in sim.links()] == [0] * len(sim.links())
        sim.node.flows.dispatch.senders["a"].watch_claims()
        await sim.sleep(1.0)
        assert meters.claims_lost == 0
        assert not any(sim.node.flows.book.held(name) for name in sim.config.accounts)
        await sim.end()

    simulate(whole)


def test_a_claim_that_nobody_writes_is_told_and_its_room_comes_back() -> None:
    """Only a fault of ours makes one; claims that commit meanwhile are none."""

    async def whole() -> None:
        sim = await Simulation(channels=[channel(window_max=16)]).start()
        client = await sim.client()
        link, sender, meters = sim.links()[0], sim.node.flows.dispatch.senders["a"], sim.node.meters.channel("a")
        link.claim(2)
        for _ in range(20):
            sim.order(client, 30)
            sender.watch_claims()
            await sim.sleep(0.01)
        assert meters.claims_lost == 2
        told = [values for _, event, values in sim.process.events if event == "claims_lost"]
        assert told == [{"channel": "a", "link": link.name, "segments": 2}]
        await sim.rest()
        assert link.room == 16
        await sim.end()

    simulate(whole)


@pytest.mark.sources
@pytest.mark.parametrize("look", [2, 3])
def test_a_fault_of_ours_on_the_way_ends_the_message_and_not_those_behind_it(look: int) -> None:
    """The look at a port's state fails for one message: as it is claimed out of the queue, or departs."""

    class Failing(SuspendedCodes):
        looks = 0

        def __bool__(self) -> bool:
            return True

        def holds(self, message: Any, now: float) -> bool:
            if message.destination == f"138{7:08d}":
                self.looks += 1
                if self.looks == look:
                    raise LookupError(message.destination)
            return False

    async def whole() -> None:
        sim = await Simulation(channels=[channel(window_max=4)], terms={"a": {"answer_s": (0.2, 0.2)}}).start()
        hours = sim.node.flows.open_hours
        hours.suspended_codes = Failing(sim.node.flows.policies)
        hours.load({}, {})
        responder = Nobody()
        for number in range(20):
            sim.node.flows.intake.submit(submission(sim, number), responder, number)
        await sim.until(lambda: len(sim.disk.outcomes) == 20, "all ended", 30.0)
        states = [State(sim.disk.outcomes[id_]["state"]) for id_ in responder.ids]
        assert states == [State.REJECTED if number == 7 else State.DELIVERED for number in range(20)]
        assert [link._claimed for link in sim.links()] == [0]
        [told] = [values for _, event, values in sim.process.events if event == "submit_not_written"]
        assert told["problem"].startswith("LookupError in holds")
        await sim.end()

    simulate(whole)


@pytest.mark.parametrize("protocol", ["smpp", "cmpp30"])
def test_a_deliver_that_cannot_be_written_holds_up_nothing(protocol: str) -> None:
    """A number in letters that no protocol's field holds stands for whatever a client's form cannot say."""

    async def whole() -> None:
        sim = await Simulation().start()
        client = await sim.client(protocol=protocol)
        acked: list[int] = []
        for number in range(6):
            source = "鸿雁" if number % 2 else f"1380000000{number}"
            one = Inbound(
                "", 0, "a", source, "106901", Encoding.UCS2, 8, "上行".encode("utf-16-be"), b"", sim.loop.clock(), "",
                f"上行{number}",
            )
            sim.node.flows.inbound.arrived(one, acked.append, number)
        await sim.until(lambda: not sim.owed and len(acked) == 6, "every MO is acknowledged or kept", 20.0)
        assert [heard.source for heard in client.heard] == [f"1380000000{number}" for number in (0, 2, 4)]
        assert client.is_bound and len([event for _, event, _ in sim.process.events if event == "session_bound"]) == 1
        told = [values["problem"] for _, event, values in sim.process.events if event == "deliver_not_written"]
        assert len(told) == 3 and not any("鸿" in problem for problem in told)
        await sim.end()

    simulate(whole)
