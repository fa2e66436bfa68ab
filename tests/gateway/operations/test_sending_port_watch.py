"""The watch over ports: tickets in, states out, at the midnights of China; over either store, across restarts."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from gateway.contracts.sending_port_standing import PortLimit
from gateway.contracts.sending_port_terms import PortBook, PortTerms
from gateway.dialects.cmpp.protocol_rows import CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account, ServiceCode
from gateway.domain.channel import Channel
from gateway.domain.china_time import start_of
from gateway.domain.complaint import ComplaintStore
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.operations.operation_errors import OperationRefused
from gateway.store.facts.complaint_rows import PostgresComplaints
from gateway.store.memory.memory_complaints import MemoryComplaints
from tests.gateway.contracts.shipped import S0, S4
from tests.gateway.operations.asking import ask_sending_ports
from tests.store.server import Server

HOUR_S = 3600.0
ACCOUNTS = (
    Account("bank", "bank01", "x", contract=S4.name, service_codes=(
        ServiceCode("10690123", rate_per_s=100.0, regime="whitelist"), ServiceCode("10690456", rate_per_s=6.0),
    )),
    Account("shop", "shop01", "x", contract=S0.name, service_codes=(ServiceCode("10690789"),)),
)
CHANNELS = (
    Channel("mobile", CMPP30, "901234", "x", rate_per_s=200.0, service_code="10657", contract=S4.name),
    Channel("plain", SMPP34, "hongyan", "x"),
)
PROFILES = {S4.name: S4, S0.name: S0}


@dataclass
class SeenEffects:
    limits: dict[str, PortLimit | None] = field(default_factory=dict)
    opt_ins: dict[str, float | None] = field(default_factory=dict)
    drained: set[str] = field(default_factory=set)

    def limit(self, terms: PortTerms, limit: PortLimit | None) -> None:
        self.limits[terms.key] = limit

    def drain(self, terms: PortTerms, is_drained: bool) -> None:
        (self.drained.add if is_drained else self.drained.discard)(terms.key)

    def opt_in(self, terms: PortTerms, since: float | None) -> None:
        self.opt_ins[terms.key] = since

    def rate(self, key: str) -> float | None:
        limit = self.limits[key]
        return None if limit is None else limit.per_s


class Life:
    """A watch on a clock that the test moves; `restart` is another process on the same store."""

    def __init__(self, store: ComplaintStore) -> None:
        self.store = store
        self.at = start_of(dt.date(2026, 3, 2)) + 10 * HOUR_S
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.effects = SeenEffects()

    async def restart(self, accounts: tuple[Account, ...] = ACCOUNTS) -> Life:
        self.effects = SeenEffects()
        self.watch = PortWatch(
            self.store, self.effects, lambda: self.at, lambda name, **v: self.events.append((name, v))
        )
        await self.watch.start(PortBook(accounts, CHANNELS, PROFILES))
        return self

    async def advance_to(self, day: str, hour: float = 0.0) -> None:
        """Let the clock reach a moment of a day (03-17), every midnight between noticed."""
        goal = dt.date.fromisoformat(f"2026-{day}")
        self.at = start_of(goal) + hour * HOUR_S
        await self.watch.advance()

    async def do(self, name: str, **body: Any) -> Any:
        return await ask_sending_ports(self.watch, name, **body)

    async def add(self, count: int = 1, code: str = "10690123", **fields: str) -> list[Any]:
        """Take complaints of as many people."""
        rows = [{"number": f"1380000{n:04}", "code": code, **fields} for n in range(count)]
        document = await self.do("complaints.add", tickets=rows)
        assert document["faults"] == []
        found: list[Any] = document["tickets"]
        return found


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def life(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Life]:
    if request.param == "memory":
        yield await Life(MemoryComplaints()).restart()
        return
    dsn = await server.fresh_database()

    @asynccontextmanager
    async def acquire() -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()

    lend: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]] = acquire
    yield await Life(PostgresComplaints(lend)).restart()


async def test_two_on_a_day_halve_the_rate_from_midnight(life: Life) -> None:
    await life.add(2)
    assert life.effects.rate("10690123") is None
    await life.advance_to("03-02", 23.999)
    assert life.effects.rate("10690123") is None
    await life.advance_to("03-03")
    limit = life.effects.limits["10690123"]
    assert limit == PortLimit(50.0, "S4-A3-3", "REDUCED for complaints since 2026-03-03")
    shown = await life.do("ports.show", port="10690123")
    assert (shown["state"], shown["live_rate"], shown["next_check"]) == ("REDUCED", 50, "2026-03-17")
    assert [(each["date"], each["rule"]) for each in shown["changes"]] == [("2026-03-03", "T1")]
    await life.advance_to("03-17")
    assert life.effects.rate("10690123") is None
    assert [event["rule"] for name, event in life.events if name == "port_changed"] == ["T1", "R1"]


async def test_every_change_is_told_in_a_notice(life: Life) -> None:
    await life.add(2)
    await life.advance_to("03-03")
    [notice] = (await life.do("ports.notices", port="10690123"))["notices"]
    for words in ("降速", "自2026年3月3日00:00起", "每秒50条", "原速率每秒100条", "S4-A3-3", "03-02 2起",
                  "下次检查日期：2026年3月17日", "致：bank"):
        assert words in notice["text"], notice["text"]
    assert (await life.do("ports.notices", account="shop"))["notices"] == []


async def test_eleven_in_a_week_stop_at_once_until_rectified(life: Life) -> None:
    await life.add(10)
    assert life.effects.rate("10690123") is None
    await life.add(1, number="13911112222")
    limit = life.effects.limits["10690123"]
    assert limit is not None and limit.per_s == 0.0 and "not back before 2026-03-12" in limit.detail
    await life.advance_to("03-20")
    assert life.effects.rate("10690123") == 0.0
    shown = await life.do("complaints.rectify", port="10690123", reason="report 7")
    assert (shown["state"], life.effects.rate("10690123")) == ("HALF_AFTER_SUSPEND", 50.0)
    with pytest.raises(ValueError, match="not suspended"):
        await life.do("complaints.rectify", port="10690123", reason="again")


async def test_one_person_port_and_day_count_once(life: Life) -> None:
    first, = await life.add(ref="A-1", source="12321")
    second, = await life.add(source="carrier")
    assert (first["counts"], second["counts"], second["duplicate_of"]) == (True, False, first["id"])
    again, = await life.add(ref="A-1", source="12321")
    assert (again["is_new"], again["id"]) == (False, first["id"])
    tail, = await life.add(code="1069012377", source="hotline")
    assert tail["duplicate_of"] == first["id"]
    await life.advance_to("03-03")
    assert life.effects.rate("10690123") is None
    assert len((await life.do("complaints.list", port="10690123"))["tickets"]) == 3


async def test_late_and_uncounted_tickets(life: Life) -> None:
    await life.add(1)
    await life.advance_to("03-05", 9)
    await life.add(1, number="13911112222", date="2026-03-02", arrived_at="2026-03-04T08:00:00")
    await life.advance_to("03-05", 23)
    assert life.effects.rate("10690123") is None
    await life.advance_to("03-06")
    assert life.effects.rate("10690123") == 50.0
    await life.add(2, cause="carrier", date="2026-03-05")
    await life.advance_to("03-07")
    assert life.effects.rate("10690123") == 50.0


async def test_a_restart_goes_on_and_makes_up_for_midnights(life: Life) -> None:
    await life.add(2)
    life.at = start_of(dt.date(2026, 3, 10)) + 5 * HOUR_S  # nobody ran over all those midnights
    await life.restart()
    assert life.effects.rate("10690123") == 50.0
    shown = await life.do("ports.show", port="10690123")
    assert (shown["since"], shown["changes"][0]["recorded_at"][:10]) == ("2026-03-03", "2026-03-10")
    await life.restart()
    assert len((await life.do("ports.show", port="10690123"))["changes"]) == 1


async def test_judged_anew_it_stands_as_if_it_had_never_counted(life: Life) -> None:
    found = await life.add(2)
    await life.advance_to("03-04")
    assert life.effects.rate("10690123") == 50.0
    judged = await life.do("complaints.judge", id=found[0]["id"], kind="", cause="carrier", reason="their loop")
    assert (judged["counts"], life.effects.rate("10690123")) == (False, None)
    back = await life.do("complaints.judge", id=found[0]["id"], kind="", cause="client", reason="it was ours")
    assert (back["counts"], life.effects.rate("10690123")) == (True, 50.0)
    shown = await life.do("ports.show", port="10690123")
    assert [each["rule"] for each in shown["changes"]] == ["J", "J", "T1"]
    await life.advance_to("03-17")
    assert life.effects.rate("10690123") is None


async def test_black_port_of_a_small_rate_is_never_sped_up(life: Life) -> None:
    """Scenario 45: 6 a second, 1.5 for all of the treatment, 6 again on 05-11."""
    seen = []
    await life.add(2, code="10690456")
    for day in ("03-03", "03-06", "04-19", "04-20", "05-10", "05-11"):
        await life.advance_to(day)
        seen.append(life.effects.rate("10690456"))
        if day == "03-03":
            await life.advance_to("03-05", 12)
            await life.add(2, code="10690456")
    assert seen == [1.5, 1.5, 1.5, 1.5, 1.5, None]


async def test_complaints_count_upstream_too(life: Life) -> None:
    """Our code at the carrier, with the client's behind it: both ports are meant."""
    found = await life.add(2, code="1065710690123")
    assert found[0]["ports"] == ["10690123", "channel:mobile"]
    await life.advance_to("03-03")
    assert (life.effects.rate("10690123"), life.effects.rate("channel:mobile")) == (50.0, 50.0)  # black, 200 a second
    assert (await life.do("ports.show", port="mobile"))["state"] == "REDUCED"


async def test_mo_opt_in_begins_with_the_second_relapse_and_ends_by_hand(life: Life) -> None:
    for day in ("03-02", "03-20", "04-25"):
        await life.advance_to(day, 10)
        await life.add(2)
    await life.advance_to("04-26")
    assert life.effects.opt_ins["10690123"] == start_of(dt.date(2026, 4, 26))
    await life.restart()
    assert life.effects.opt_ins["10690123"] == start_of(dt.date(2026, 4, 26))
    await life.advance_to("06-16")
    assert (life.effects.rate("10690123"), life.effects.opt_ins["10690123"]) == (None, start_of(dt.date(2026, 4, 26)))
    await life.do("ports.leave-mo-optin", port="10690123", reason="the client asked")
    assert life.effects.opt_ins["10690123"] is None


async def test_adjusting_isolating_and_draining(life: Life) -> None:
    await life.do("ports.rate", port="10690123", rate=20, reason="their gateway is small")
    assert life.effects.limits["10690123"] == PortLimit(20.0, "S4-4.4", "adjusted to the capacity there is")
    with pytest.raises(ValueError, match="agreed rate of 10690123 is 100"):
        await life.do("ports.rate", port="10690123", rate=101, reason="more")
    await life.do("ports.isolate", port="10690123", reason="leak")
    assert life.effects.rate("10690123") == 0.0
    await life.restart()
    assert life.effects.rate("10690123") == 0.0
    await life.do("ports.resume", port="10690123")
    assert life.effects.rate("10690123") == 20.0
    await life.do("ports.rate", port="10690123", rate=None, reason="large again")
    assert life.effects.rate("10690123") is None
    await life.do("ports.drain", port="plain", reason="works")
    assert life.effects.drained == {"channel:plain"}
    with pytest.raises(ValueError, match="only a channel"):
        await life.do("ports.drain", port="10690123")


async def test_a_port_whose_contract_has_no_regime_keeps_its_rate(life: Life) -> None:
    await life.add(20, code="10690789")
    await life.advance_to("03-03")
    assert life.effects.rate("10690789") is None
    assert (await life.do("complaints.forecast", port="10690789"))["full_rate_on"] is None


async def test_forecast_of_a_suspended_port_counts_on_rectification(life: Life) -> None:
    await life.add(11)
    document = await life.do("complaints.forecast", port="10690123")
    assert document["needs_rectification"]
    assert [(each["date"], each["state"], each["rate"]) for each in document["timeline"]] == [
        ("2026-03-02", "SUSPENDED", 0), ("2026-03-12", "HALF_AFTER_SUSPEND", 50), ("2026-03-26", "NORMAL", 100),
    ]
    assert document["full_rate_on"] == "2026-03-26"


async def test_a_changed_rate_in_the_configuration_changes_what_is_half_of_it(life: Life) -> None:
    await life.add(2)
    await life.advance_to("03-03")
    code = replace(ACCOUNTS[0].service_codes[0], rate_per_s=40.0)
    await life.restart((replace(ACCOUNTS[0], service_codes=(code,)), ACCOUNTS[1]))
    assert life.effects.rate("10690123") == 40.0
    await life.advance_to("03-17")
    assert life.effects.rate("10690123") is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"code": "999"}, "999 is under no port"), ({"code": ""}, "code: is missing"),
        ({"date": "03-02"}, "is no date"),
        ({"date": "2026-03-03"}, "after the day it arrived"), ({"source": "fax"}, "'fax' is none of 12321"),
        ({"arrived_at": "2027-01-01"}, "in the future"), ({"number": "abc"}, "is no number"),
    ],
)
async def test_one_wrong_ticket_stops_all(fields: dict[str, str], fault: str) -> None:
    life = await Life(MemoryComplaints()).restart()
    good = {"number": "13800000001", "code": "10690123"}
    document = await life.do("complaints.add", tickets=[good, {**good, **fields}])
    assert len(document["faults"]) == 1 and document["faults"][0].startswith("2: ")
    assert fault in document["faults"][0]
    assert (await life.do("complaints.list"))["tickets"] == []


async def test_answer_and_duties() -> None:
    store = MemoryComplaints()
    life = await Life(store).restart()
    await life.advance_to("05-01", 22)
    ticket, = await life.add(kind="nine_forbidden")
    assert ticket["reply_by"] == "2026-05-02T22:00:00+08:00"
    assert [(duty.kind, duty.due_at - life.at) for duty in store.duties] == [
        ("COMPLAINT_REPLY", 24 * HOUR_S), ("VIOLATION_NOTICE", HOUR_S),
    ]
    await life.advance_to("05-02", 22.5)
    answered = await life.do("complaints.answer", id=ticket["id"], words="stopped and apologised")
    assert (answered["answer"], answered["is_late"]) == ("stopped and apologised", True)
    assert store.duties_done == [(f"complaint:{ticket['id']}", "alice", "stopped and apologised")]
    assert (await life.do("complaints.list", open=True))["tickets"] == []
    with pytest.raises(OperationRefused, match="no complaint 99"):
        await life.do("complaints.answer", id=99, words="x")


async def test_what_is_not_committed_does_not_hold() -> None:
    class Failing(MemoryComplaints):
        is_away = False

        async def commit(self, facts: Any) -> Any:
            if self.is_away:
                raise OSError("away")
            return await super().commit(facts)

    store = Failing()
    life = await Life(store).restart()
    await life.add(2)
    store.is_away = True
    with pytest.raises(OSError, match="away"):
        await life.advance_to("03-03")
    assert life.effects.rate("10690123") is None
    with pytest.raises(OSError, match="away"):
        await life.do("ports.isolate", port="10690123", reason="x")
    assert life.effects.rate("10690123") is None
    store.is_away = False
    await life.watch.advance()
    assert life.effects.rate("10690123") == 50.0


async def test_operations_take_turns(life: Life) -> None:
    """Eleven at the same time are eleven: none is lost between reading and committing."""
    await asyncio.gather(*(life.add(1, number=f"139000000{n:02}") for n in range(11)))
    assert life.effects.rate("10690123") == 0.0


async def test_each_ticket_has_its_duty_by_its_number() -> None:
    """Three complaints of one day and code: three duties to answer, told apart by the tickets' numbers."""
    store = MemoryComplaints()
    life = await Life(store).restart()
    tickets = [(await life.add(number=f"1380000000{n}"))[0] for n in range(3)]
    replies = [duty for duty in store.duties if duty.kind == "COMPLAINT_REPLY"]
    assert [duty.key for duty in replies] == [f"complaint:{ticket['id']}" for ticket in tickets]
    assert [duty.subject.partition(":")[0] for duty in replies] == [f"complaint {each['id']}" for each in tickets]


async def test_what_the_carrier_caused_is_the_carrier_s_to_answer_within_48_hours() -> None:
    """S4-4.9 with S4-4.7; judged again, the duty passes on, also back, and the answer closes the one that is open."""
    store = MemoryComplaints()
    life = await Life(store).restart()
    await life.advance_to("05-01", 22)
    ticket, = await life.add(cause="carrier")
    assert ticket["reply_by"] == "2026-05-03T22:00:00+08:00"
    duty, = store.duties
    assert (duty.kind, duty.clause, duty.due_at - life.at) == ("CARRIER_REPLY", "S4-4.9", 48 * HOUR_S)
    mine = await life.do("complaints.judge", id=ticket["id"], cause="client", reason="our text")
    assert mine["reply_by"] == "2026-05-02T22:00:00+08:00"
    theirs = await life.do("complaints.judge", id=ticket["id"], cause="carrier", reason="their routing")
    assert theirs["reply_by"] == "2026-05-03T22:00:00+08:00"
    assert [(duty.kind, duty.key) for duty in store.duties] == [
        ("CARRIER_REPLY", "complaint:1"), ("COMPLAINT_REPLY", "complaint:1:1"), ("CARRIER_REPLY", "complaint:1:2"),
    ]
    await life.do("complaints.answer", id=ticket["id"], words="done")
    assert [key for key, _, _ in store.duties_done] == ["complaint:1", "complaint:1:1", "complaint:1:2"]
    assert len(await life.do("complaints.show", id=ticket["id"])) > 0
    await life.do("complaints.judge", id=ticket["id"], cause="client", reason="after the answer")
    assert len(store.duties) == 3


async def test_a_suspended_port_makes_the_duty_to_tell_its_client() -> None:
    """T4: at the eleventh complaint of a week the port stops, and somebody must say so."""
    store = MemoryComplaints()
    life = await Life(store).restart()
    for n in range(11):
        await life.add(number=f"138000000{n:02d}")
    duty, = [duty for duty in store.duties if duty.kind == "SUSPENSION_NOTICE"]
    assert (duty.clause, duty.account, duty.due_at - life.at) == ("S4-A3-3", "bank", 24 * HOUR_S)
    assert "10690123" in duty.subject
