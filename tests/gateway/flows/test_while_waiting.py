"""What happens to messages while they wait: words of operators and recipients, limits that come and go, new texts."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.content.kills import Kill, KillKind
from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.templates import Template, TemplateBook
from gateway.contracts.profile import Profile, revise
from gateway.contracts.sending_port_standing import PortLimit
from gateway.dialects.message_requests import ReplaceRequest
from gateway.domain.account import MessageClass, ServiceCode
from gateway.domain.list_entry import EVERYWHERE, ListKind
from gateway.domain.message import Message, ReceiptWish
from gateway.domain.numbers import key_of
from gateway.domain.outcome import State
from gateway.flows.interfaces import FlowLimits
from gateway.store.memory.memory_journal import MemoryStore
from protocols.text.codings import Encoding, encode_text
from tests.gateway.contracts.shipped import S0
from tests.gateway.flows.bench import PRICE_HAO, Bench, channel, run_on_bench
from tests.gateway.pipeline.builders import account

DOUBTFUL = "您的待审样例123456"
DOUBT = Category("doubt", "存疑", "S1-5(7) S0-7.5", WordAction.REVIEW, ("待审样例",))
TEMPLATES = TemplateBook((
    Template("code", "您的验证码是{digits 6}", MessageClass.TRIGGERED),
    Template("news", "本周新品到店{digits 5}", MessageClass.BATCH),
))
LISTS = ContentLists(Lexicon((DOUBT,)))
HOUR_S = 3600.0


def load(bench: Bench, lists: ContentLists = LISTS, profile: Profile = S0, **channels: Any) -> None:
    bench.flows.load({"acme": bench.account}, {"a": channel(**channels)}, {S0.name: profile}, lists)


async def judging(
    lists: ContentLists = LISTS, profile: Profile = S0, *, limits: FlowLimits | None = None,
    disk: MemoryStore | None = None, **changes: Any,
) -> Bench:
    """Return a bench whose texts are judged."""
    own = account(**{"price_hao": PRICE_HAO} | changes)
    bench = Bench(accounts=[own], limits=limits, disk=disk)
    load(bench, lists, profile)
    return await bench.start()


def left(bench: Bench) -> list[int]:
    return [message.id for hand in bench.hands for message, _ in hand.segments]


# --- a word of an operator ------------------------------------------------------------


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_approved_message_that_lay_in_the_store_only_leaves(is_restarted: bool) -> None:
    async def scenario() -> Bench:
        limits = FlowLimits(active_max=1, refill_page=2)
        bench = await judging(limits=limits)
        bench.link()
        ids = await bench.submit(*(bench.made(DOUBTFUL) for _ in range(4)))
        assert isinstance(ids[3], int) and bench.flows.dispatch.waiting(ids[3]) is None
        if is_restarted:
            bench = await judging(limits=limits, disk=await bench.die())
            bench.link()
        await bench.flows.reviews.approve(ids[3])
        await bench.settle(10.0)
        assert left(bench) == [ids[3]] and bench.flows.dispatch.senders["a"].deferred.find(ids[3]) is None
        return bench

    run_on_bench(scenario)


def test_a_spilled_message_that_is_approved_for_later_holds_the_floor_down() -> None:
    async def scenario() -> Bench:
        bench = await judging(limits=FlowLimits(active_max=1, refill_page=2))
        later = bench.now + 2 * HOUR_S
        ids = await bench.submit(bench.made(DOUBTFUL), bench.made(DOUBTFUL, deliver_at=later))
        assert isinstance(ids[0], int) and isinstance(ids[1], int)
        await bench.flows.reviews.approve(ids[1])
        await bench.settle()
        await bench.flows.reviews.reject(ids[0])
        bench.link()
        await bench.settle(4 * HOUR_S - 1)
        assert left(bench) == [ids[1]]
        return bench

    run_on_bench(scenario)


# --- another text ------------------------------------------------------------


async def replaced(bench: Bench, id_: int, text: str) -> bool:
    told: list[bool] = []
    wanted = ReplaceRequest(
        segment_id=id_, source="", octets=encode_text(text, Encoding.UCS2), receipt_wish=ReceiptWish.FINAL,
        deliver_at=None, expires_at=None,
    )
    bench.flows.amend.replace("acme", wanted, told.append)
    await bench.settle()
    return told == [True]


def test_a_doubtful_text_does_not_replace_one_that_needed_no_word() -> None:
    async def scenario() -> Bench:
        bench = await judging()
        (id_,) = await bench.submit()
        assert isinstance(id_, int)
        assert not await replaced(bench, id_, DOUBTFUL)
        assert await replaced(bench, id_, "您的验证码是654321")
        hand = bench.link()
        await bench.settle()
        assert [message.body for message, _ in hand.segments] == ["您的验证码是654321"]
        return bench

    run_on_bench(scenario)


def test_a_text_of_another_class_does_not_replace_one() -> None:
    async def scenario() -> Bench:
        profile = revise(S0, class_source="template")
        bench = await judging(ContentLists(None, {"acme": TEMPLATES}), profile)
        (id_,) = await bench.submit()
        assert isinstance(id_, int)
        assert not await replaced(bench, id_, "本周新品到店12345")
        return bench

    run_on_bench(scenario)


def test_a_new_text_is_no_new_message_to_its_number() -> None:
    async def scenario() -> Bench:
        bench = await judging(profile=revise(S0, otp_per_minute=1))
        (id_,) = await bench.submit()
        assert isinstance(id_, int)
        assert await replaced(bench, id_, "您的验证码是654321")
        return bench

    run_on_bench(scenario)


# --- limits that come and go ------------------------------------------------------------


def test_a_limit_that_ends_while_one_is_let_out_leaves_nothing_behind() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[account(price_hao=PRICE_HAO)]).start()
        await bench.submit(*(bench.made() for _ in range(2)))
        bench.flows.rates.limit_code("10690123", PortLimit(1.0, "S4-A3-3"))
        link = bench.link(window=1)
        await bench.settle(10.0)  # the other one is let out of its lane, and its link is full
        bench.flows.rates.limit_code("10690123", None)
        await bench.settle(1.0)
        link._window = 100
        bench.flows.dispatch.senders["a"].claim_waiting()
        await bench.settle(1.0)
        assert len(left(bench)) == 2
        bench.flows.rates.limit_code("10690123", PortLimit(1.0, "S4-A3-3"))
        for number in range(4):
            bench.flows.intake.submit(bench.made(), bench.client, 10 + number)
        await bench.settle(30.0)
        assert len(left(bench)) == 6 and bench.queued == 0
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("codes", [("1069012",), ("10690123", "1069")])
def test_codes_that_change_while_one_is_let_out_hold_nobody_up(codes: tuple[str, ...]) -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[account(price_hao=PRICE_HAO)]).start()
        await bench.submit(*(bench.made() for _ in range(4)))
        bench.flows.rates.limit_code("10690123", PortLimit(1.0, "S4-A3-3"))
        link = bench.link(window=1)
        await bench.settle(10.0)  # one left, one is let out of its lane, two stay there
        services = tuple(ServiceCode(code, rate_per_s=1.0) for code in codes)
        bench.account = account(service_codes=services, price_hao=PRICE_HAO)
        load(bench)
        link._window = 100
        await bench.settle(30.0)
        assert len(link.segments) == 4
        return bench

    run_on_bench(scenario)


# --- stopped contents ------------------------------------------------------------


def test_a_sweep_reaches_what_waits_for_its_rate() -> None:
    async def scenario() -> Bench:
        bench = await judging()
        bench.link()
        bench.flows.rates.limit_code("10690123", PortLimit(0.0, "S4-4.4"))
        bench.flows.policies["acme"].suspended_codes.clear()  # accepted while the order was on its way
        await bench.submit(*(bench.made("本周上新一二三") for _ in range(3)))
        contents = bench.flows.contents
        for kind, value, whose, count in (
            (KillKind.PHRASE, "上新", "", 3), (KillKind.PHRASE, "打折", "", 0), (KillKind.PHRASE, "上新", "another", 0),
            (KillKind.TEXT, "本周上新九八七", "", 0), (KillKind.TEXT, "本周上新一二三", "acme", 3),
        ):
            found = await contents.preview(Kill(0, kind, value, whose))
            assert (found.messages, found.segments) == (count, count)
        assert State.REJECTED not in bench.states  # nothing has ended by looking
        kill = await contents.store.add_kill(Kill(0, KillKind.PHRASE, "上新", "", "", at=bench.now), None)
        await bench.flows.contents.restore()
        swept = await bench.flows.contents.sweep(lambda message: True)
        await bench.settle()
        assert kill.id and swept.messages == 3
        assert bench.states == [State.REJECTED] * 3
        return bench

    run_on_bench(scenario)


# --- a recipient's word ------------------------------------------------------------


def unsubscribe(bench: Bench, message: Message, kind: ListKind = ListKind.UNSUBSCRIBED) -> None:
    bench.flows.lists.open(kind, EVERYWHERE).set(key_of(message.destination), True)


@pytest.mark.parametrize("kind", [ListKind.UNSUBSCRIBED, ListKind.BLACKLIST])
def test_who_is_listed_while_a_message_waits_does_not_get_it(kind: ListKind) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        ids = await bench.submit(bench.made(), bench.made())
        assert isinstance(ids[0], int)
        waiting = bench.flows.dispatch.waiting(ids[0])
        assert waiting is not None
        unsubscribe(bench, waiting, kind)
        bench.link()
        await bench.settle()
        assert left(bench) == ids[1:]
        assert bench.outcomes == {ids[0]: (State.REJECTED, "GW:0069")}
        assert bench.flows.book.held("acme") == PRICE_HAO
        return bench

    run_on_bench(scenario)


# --- on its way already -----------------------------------------------------------


def test_a_message_whose_claim_is_being_committed_is_not_cancelled() -> None:
    """The store still says that it waits: it leaves, and is to be paid for."""

    async def scenario() -> Bench:
        bench = await Bench(commit_s=0.2).start()
        await bench.settle(1.0)
        bench.flows.intake.submit(bench.made(), bench.client, 0)
        await bench.settle(1.0)
        id_ = bench.client.answers[0]
        assert isinstance(id_, int)
        link = bench.link()
        told: list[bool] = []
        bench.flows.amend.cancel("acme", id_, "", told.append)
        await bench.settle(1.0)
        assert told == [False] and len(link.segments) == 1
        assert bench.outcomes == {} and bench.flows.book.held("acme") == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_each_part_refused_by_receipt_is_answered_ok() -> None:
    async def scenario() -> Bench:
        bench = await judging(reject_mode="receipt")
        parts = bench.parts(2)
        unsubscribe(bench, Message(1, parts[0]))
        answers = await bench.submit(*parts)
        assert all(isinstance(answer, int) for answer in answers)
        assert bench.states == [State.REJECTED] * 2
        return bench

    run_on_bench(scenario)
