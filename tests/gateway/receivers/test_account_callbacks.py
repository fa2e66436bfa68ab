"""Callbacks over the flows of a node on simulated time: in order, until taken, over crashes, beside sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.domain.callback_endpoint import CallState, Particulars
from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State
from gateway.flows.interfaces import FlowLimits
from gateway.receivers.callback_client import Call
from gateway.receivers.callback_states import CallResult
from gateway.store.memory.memory_journal import MemoryStore
from tests.gateway.flows.bench import Bench, Taker, run_on_bench
from tests.gateway.pipeline.builders import account
from tests.gateway.receivers.called_bench import (
    OK,
    Internet,
    KeptCallbacks,
    called,
    delivered,
    endpoint,
    named,
)

FAILED = CallResult(500)


def owed(bench: Bench) -> int:
    return bench.meters.account("acme").outbox_depth


def test_each_event_once_in_order_and_acknowledged() -> None:
    async def scenario() -> Bench:
        bench, internet = await Bench().start(), Internet()
        await called(bench, KeptCallbacks(endpoint()), internet)
        ids = await delivered(bench, 30)
        await bench.settle(1.0)
        assert [int(each["data"]["message_id"]) for told in internet.told for each in told.events] == ids
        assert internet.most == 1 and owed(bench) == 0
        assert bench.meters.account("acme").callbacks == {"taken": 30}
        assert bench.disk.cursors["acme"] > 0
        return bench

    run_on_bench(scenario)


def test_the_table_of_retries_with_one_id_and_a_fresh_signature() -> None:
    """5, 10, 20 seconds… up to a quarter of an hour; the receiver is told what it is that comes again."""

    async def scenario() -> Bench:
        bench, store = await Bench().start(), KeptCallbacks(endpoint())
        internet = Internet(answer=lambda call: OK if bench.loop.time() > since + 3_000 else FAILED)
        since = bench.loop.time()
        await called(bench, store, internet)
        await delivered(bench, 3)
        since = internet.told[0].at
        await bench.settle(6_000.0)
        waits = [round(b.at - a.at) for a, b in pairwise(internet.told)][:9]
        assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]
        first = internet.told[0]
        retries = [told for told in internet.told if told.id == first.id]
        assert len(retries) > 9 and {told.call.body for told in retries} == {first.call.body}
        assert len({told.call.headers["webhook-timestamp"] for told in retries}) == len(retries)
        assert len(dict.fromkeys(internet.taken)) == 3 and owed(bench) == 0
        assert list(dict.fromkeys(internet.taken)) == sorted(set(internet.taken))
        assert [values["tries"] for values in named(bench, "callback_failing")] == [3]
        assert len(named(bench, "callback_recovered")) == 1
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_time_is_given_it(status: int) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        internet = Internet(answer=lambda call: CallResult(status, 70.0) if len(internet.told) == 1 else OK)
        await called(bench, KeptCallbacks(endpoint()), internet)
        await delivered(bench, 2)
        await bench.settle(100.0)
        assert internet.told[1].at - internet.told[0].at == pytest.approx(70.0, abs=0.1)
        assert owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_one_that_is_gone_is_disabled_and_told() -> None:
    async def scenario() -> Bench:
        bench, store = await Bench().start(), KeptCallbacks(endpoint())
        internet = Internet(answer=lambda call: CallResult(410))
        callbacks = await called(bench, store, internet)
        await delivered(bench, 5)
        await bench.settle(10_000.0)
        assert len(internet.told) == 1 and store.disabled_for == [(1, "HTTP 410")]
        told = named(bench, "callback_disabled")
        assert told == [{"account": "acme", "callback": 1, "host": "client.example", "problem": "HTTP 410"}]
        assert owed(bench) == 5
        internet.answer = lambda call: OK
        store.rows[1] = replace(store.rows[1], state=CallState.DISABLED)
        await callbacks.refresh("acme")
        store.rows[1] = endpoint()
        await callbacks.refresh("acme")
        await bench.settle(1.0)
        assert owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_paused_by_command_and_gone_on_with() -> None:
    async def scenario() -> Bench:
        bench, store, internet = await Bench().start(), KeptCallbacks(endpoint()), Internet()
        callbacks = await called(bench, store, internet)
        store.rows[1] = endpoint(state=CallState.PAUSED)
        await callbacks.refresh("acme")
        await delivered(bench, 5)
        await bench.settle(1_000.0)
        assert internet.told == [] and owed(bench) == 5
        store.rows[1] = endpoint()
        await callbacks.refresh("acme")
        await bench.settle(1.0)
        assert len(internet.taken) == 5 and internet.taken == sorted(internet.taken) and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_nothing_is_lost_when_power_is_while_a_call_is_under_way() -> None:
    """What the receiver has and the store does not know of is told again, under the same id; then all that follows."""

    async def scenario() -> Bench:
        store, disk = KeptCallbacks(endpoint()), MemoryStore()
        seen: list[str] = []
        for life in range(4):
            bench = await Bench(disk=disk).start()
            internet = Internet(takes_s=lambda call: 0.4)
            await called(bench, store, internet)
            if life == 0:
                await delivered(bench, 20)
            await bench.settle(2.1)
            seen += internet.taken
            if life < 3:
                disk = await bench.die()
        await bench.settle(30.0)
        assert len(set(seen) | set(internet.taken)) == 20 and owed(bench) == 0
        firsts = list(dict.fromkeys([*seen, *internet.taken]))
        assert firsts == sorted(firsts, key=lambda each: int(each[4:]))
        return bench

    run_on_bench(scenario)


def test_several_events_a_call_are_tried_again_together() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        internet = Internet(answer=lambda call: FAILED if len(internet.told) <= 2 else OK)
        callbacks = await called(bench, KeptCallbacks(endpoint(batch_max=10, state=CallState.PAUSED)), internet)
        ids = await delivered(bench, 4)
        callbacks._store.rows[1] = endpoint(batch_max=10)  # type: ignore[attr-defined]
        await callbacks.refresh("acme")
        await bench.settle(1.0)
        ids += await delivered(bench, 4)
        await bench.settle(60.0)
        assert [told.id for told in internet.told][:3] == [internet.told[0].id] * 3
        assert [len(told.events) for told in internet.told] == [4, 4, 4, 4]
        assert [int(each["data"]["message_id"]) for told in internet.told[2:] for each in told.events] == ids
        assert Webhook(endpoint().secret)  # the secret is one that the library takes
        return bench

    run_on_bench(scenario)


def test_while_an_endpoint_fails_a_session_gets_all() -> None:
    """An item is owed once, and whoever has room may take it."""

    async def scenario() -> Bench:
        bench, internet = await Bench().start(), Internet(answer=lambda call: FAILED)
        await called(bench, KeptCallbacks(endpoint()), internet)
        await delivered(bench, 5)
        assert owed(bench) == 5
        taker = Taker()
        reception = bench.flows.outbox.attach("acme", taker, "smpp")
        await bench.settle(0.1)
        assert len(taker.has) == 5
        for item in taker.has:
            bench.flows.outbox.acked(item, reception)
        await bench.settle(2_000.0)
        assert owed(bench) == 0 and len(internet.told) == 1
        return bench

    run_on_bench(scenario)


def test_a_slow_account_delays_only_itself() -> None:
    async def scenario() -> Bench:
        slow, quick = account(name="acme", price_hao=500), account(name="other", login="other", price_hao=500)
        bench = await Bench(accounts=[slow, quick]).start()
        store = KeptCallbacks(
            endpoint(1, "acme", url="https://slow.example/"), endpoint(2, "other", url="https://quick.example/")
        )
        internet = Internet(takes_s=lambda call: 9.0 if "slow" in call.url else 0.01)
        await called(bench, store, internet)
        await delivered(bench, 10, slow)
        others = await delivered(bench, 10, quick)
        await bench.settle(1.0)
        quick_told = [told for told in internet.told if "quick" in told.call.url]
        assert [int(each.events[0]["data"]["message_id"]) for each in quick_told] == others
        assert bench.meters.account("other").outbox_depth == 0 and owed(bench) > 5
        # Each account's own events, with its own secret.
        for told in internet.told:
            mine = endpoint(2) if "quick" in told.call.url else endpoint(1)
            signature = told.call.headers["webhook-signature"]
            assert signature == _signature(mine.secret, told.call)
        return bench

    run_on_bench(scenario)


def _signature(secret: str, call: Call) -> str:
    at = datetime.fromtimestamp(int(call.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(call.headers["webhook-id"], at, call.body.decode())


def test_two_secrets_sign_while_one_takes_the_place_of_the_other() -> None:
    async def scenario() -> Bench:
        bench, internet = await Bench().start(), Internet()
        until = bench.now + 100.0
        both = endpoint(old_secret=endpoint(9).secret, old_until=until)
        await called(bench, KeptCallbacks(both), internet)
        await delivered(bench, 1)
        await bench.settle(200.0)
        await delivered(bench, 1)
        first, second = internet.told
        new, old = endpoint().secret, endpoint(9).secret
        assert first.call.headers["webhook-signature"] == f"{_signature(new, first.call)} {_signature(old, first.call)}"
        assert second.call.headers["webhook-signature"] == _signature(new, second.call)
        return bench

    run_on_bench(scenario)


def test_the_store_is_away_for_a_while() -> None:
    async def scenario() -> Bench:
        bench, store, internet = await Bench().start(), KeptCallbacks(endpoint()), Internet()
        await called(bench, store, internet)
        store.is_away = True
        await delivered(bench, 5)
        await bench.settle(10.0)
        assert internet.told == [] and owed(bench) == 5
        store.is_away = False
        await bench.settle(2.0)
        assert internet.taken == sorted(internet.taken) and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_the_time_is_over() -> None:
    """What an endpoint does not take for as long as it is owed is given up, as with a session that stays away."""

    async def scenario() -> Bench:
        bench, internet = await Bench().start(), Internet(answer=lambda call: FAILED)
        await called(bench, KeptCallbacks(endpoint()), internet)
        await delivered(bench, 5)
        await bench.settle(3_600.0)
        await bench.flows.outbox.give_up_before(first_id_at(bench.now))
        await bench.settle(1.0)
        assert owed(bench) == 0
        assert [values["items"] for values in named(bench, "outbox_given_up")] == [5]
        told = len(internet.told)
        internet.answer = lambda call: OK
        await bench.settle(3_600.0)
        await delivered(bench, 1)
        await bench.settle(1_000.0)
        assert len(internet.told) >= told + 1 and owed(bench) == 0
        return bench

    run_on_bench(scenario)


# --- URLs of messages' own -------------------------------------------------------------------------------------------


def test_a_message_s_own_callback_and_one_that_may_not_be_called() -> None:
    async def scenario() -> Bench:
        bench, store, internet = await Bench().start(), KeptCallbacks(endpoint()), Internet()
        await called(bench, store, internet)
        hand = bench.link()
        answers = await bench.submit(*[bench.made() for _ in range(3)])
        ids = [answer for answer in answers if isinstance(answer, int)]
        store.said[ids[0]] = Particulars("r0", callback_url="https://own.example/cb")
        store.said[ids[1]] = Particulars("r1", callback_url="https://10.0.0.1/cb")
        for id_ in ids:
            await hand.answer(carrier_id=f"c{id_}")
        for id_ in ids:
            await bench.receive(f"c{id_}")
        await bench.settle(1.0)
        called_at = {int(told.events[0]["data"]["message_id"]): told for told in internet.told}
        assert [called_at[id_].call.url for id_ in ids] == [
            "https://own.example/cb", "https://client.example/events", "https://client.example/events",
        ]
        assert [called_at[id_].events[0]["data"].get("reference") for id_ in ids] == ["r0", "r1", None]
        own = called_at[ids[0]].call
        assert own.headers["webhook-signature"] == _signature(endpoint().secret, own)
        assert owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_kannel_s_reports_without_any_endpoint() -> None:
    """What the mask asks for is got; the rest is done with; a receipt of another message waits for who takes it."""

    async def scenario() -> Bench:
        bench, store, internet = await Bench().start(), KeptCallbacks(), Internet()
        callbacks = await called(bench, store, internet)
        callbacks.expect("acme")
        hand = bench.link()
        answers = await bench.submit(*[bench.made() for _ in range(4)])
        ids = [answer for answer in answers if isinstance(answer, int)]
        url = "https://own.example/report?st=%d&id=%F"
        for id_, mask in zip(ids, (1, 2, 3), strict=False):
            store.said[id_] = Particulars(report_url=url, receipt_mask=mask)
        for id_ in ids:
            await hand.answer(carrier_id=f"c{id_}")
        for id_ in ids:
            await bench.receive(f"c{id_}", State.DELIVERED if id_ != ids[2] else State.UNDELIVERABLE)
        await bench.settle(1.0)
        assert sorted(told.call.url for told in internet.told) == [
            f"https://own.example/report?st=1&id={ids[0]}", f"https://own.example/report?st=2&id={ids[2]}",
        ]
        assert {told.call.method for told in internet.told} == {"GET"}
        assert owed(bench) == 1  # of the message without a URL
        taker = Taker()
        bench.flows.outbox.attach("acme", taker, "smpp")
        await bench.settle(0.1)
        assert [item.message_id for item in taker.has] == [ids[3]]  # type: ignore[union-attr]
        return bench

    run_on_bench(scenario)


def test_an_own_url_that_fails_waits_alone() -> None:
    """It holds up neither the account's other events nor those of other messages with URLs of their own."""

    async def scenario() -> Bench:
        bench, store = await Bench(limits=FlowLimits(outbox_tries_max=3)).start(), KeptCallbacks(endpoint())
        internet = Internet(answer=lambda call: FAILED if "bad" in call.url and bench.loop.time() < 20_000 else OK)
        await called(bench, store, internet)
        hand = bench.link()
        answers = await bench.submit(*[bench.made() for _ in range(6)])
        ids = [answer for answer in answers if isinstance(answer, int)]
        store.said[ids[0]] = Particulars(callback_url="https://bad.example/")
        store.said[ids[1]] = Particulars(callback_url="https://good.example/")
        for id_ in ids:
            await hand.answer(carrier_id=f"c{id_}")
        for id_ in ids:
            await bench.receive(f"c{id_}")
        await bench.settle(2.0)
        assert owed(bench) == 1
        assert len(bench.disk.outbox_aside) == 1
        await bench.settle(25_000.0)  # no number of tries ends it
        assert owed(bench) == 0 and not bench.disk.outbox_aside
        bad = [told.at for told in internet.told if "bad" in told.call.url]
        assert [round(b - a) for a, b in pairwise(bad)][:5] == [1, 5, 15, 60, 300]
        return bench

    run_on_bench(scenario)
