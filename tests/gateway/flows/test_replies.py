"""An MO that means what the last message offered: looked up, committed with its MO, in order, over a restart."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gateway.domain.list_entry import ListKind, code_scope
from gateway.domain.numbers import key_of
from gateway.domain.outcome import Inbound
from gateway.flows.inbound import OFFERS_STAND_S, RETRY_S
from protocols.text.codings import Encoding
from tests.gateway.flows.bench import Bench, run_on_bench

A, B = "13800138000", "13800138001"
CODE = "10690123"
N = "【示例商城】新品上架，回N退订"
APPOINTMENT = "【示例商城】明日到店，回Y确认，回T改期"


class Handsets:
    """Phones that write to the service code of a bench; `answered` are the MO that the carrier has an answer to."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.answered: list[str] = []

    def say(self, text: str, number: str = A, code: str = CODE) -> None:
        octets = text.encode("utf-16-be")
        inbound = Inbound("", 0, "a", number, code, Encoding.UCS2, 8, octets, b"", self.bench.now, "", text)
        self.bench.flows.inbound.arrived(inbound, self.answered.append, text)

    async def says(self, text: str, number: str = A, code: str = CODE) -> bool:
        """Write, let it be committed, and tell whether the number is unsubscribed now."""
        self.say(text, number, code)
        await self.bench.settle()
        return is_unsubscribed(self.bench, number)


def is_unsubscribed(bench: Bench, number: str = A) -> bool:
    live = bench.flows.lists.find(ListKind.UNSUBSCRIBED, code_scope(CODE))
    return live is not None and key_of(number) in live


async def sent(bench: Bench, texts: Iterable[str], number: str = A, source: str = CODE) -> None:
    for text in texts:
        answers = await bench.submit(bench.made(text, destination=number, source=source))
        assert isinstance(answers[0], int)
        await bench.settle(61)  # one a minute to a number


@pytest.mark.parametrize(("texts", "reply", "is_out"), [
    ([], "N", False), ([], "T", True), ([], "我要退订", True), ([], "取消订单", False),
    ([N], "N", True), ([N], "n。", True), ([N], "Y", False),
    ([APPOINTMENT], "T", False), ([APPOINTMENT], "Y", False), ([APPOINTMENT], "TD", True),
    ([N, APPOINTMENT], "N", False), ([APPOINTMENT, N], "N", True), ([APPOINTMENT, N], "T", True),
    ([N, "【示例商城】您的验证码是123456"], "N", True),
])
def test_a_bare_letter_means_what_the_last_message_offered(texts: list[str], reply: str, is_out: bool) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, texts)
        assert await Handsets(bench).says(reply) is is_out
        return bench

    run_on_bench(scenario)


def test_another_number_was_offered_nothing() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N])
        phones = Handsets(bench)
        assert not await phones.says("N", B)
        phones.say("N", f"+86{A}")
        await bench.settle()
        assert is_unsubscribed(bench, A)
        return bench

    run_on_bench(scenario)


def test_a_message_from_the_very_number_written_to_goes_before_others_of_the_code() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N], source=f"{CODE}1")
        await sent(bench, [APPOINTMENT], source=f"{CODE}2")
        phones = Handsets(bench)
        assert not await phones.says("N", code=f"{CODE}2")
        assert await phones.says("N", code=f"{CODE}1")
        return bench

    run_on_bench(scenario)


def test_what_was_offered_stands_over_a_restart_and_not_for_ever() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N])
        await sent(bench, [N], number=B)
        again = await Bench(disk=await bench.die()).start()
        assert await Handsets(again).says("N")
        await again.settle(OFFERS_STAND_S + 60)
        assert not await Handsets(again).says("N", B)
        return again

    run_on_bench(scenario)


def test_while_the_store_is_away_the_carrier_waits_and_nothing_is_lost() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N])
        phones = Handsets(bench)
        bench.disk.is_away = True
        phones.say("N")
        phones.say("你好", B)  # behind it: order is kept
        await bench.settle(RETRY_S * 3)
        assert phones.answered == [] and not bench.disk.rows["inbound"]
        bench.disk.is_away = False
        await bench.settle(RETRY_S * 3)
        assert phones.answered == ["N", "你好"]
        assert is_unsubscribed(bench)
        return bench

    run_on_bench(scenario)


def test_a_later_word_outranks_an_earlier_one_that_is_still_looked_up() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N])
        phones = Handsets(bench)
        phones.say("N")
        phones.say("请订阅短信")  # needs no look-up, and still comes second
        await bench.settle()
        assert phones.answered == ["N", "请订阅短信"]
        assert not is_unsubscribed(bench)
        return bench

    run_on_bench(scenario)


def test_a_crash_before_the_look_up_leaves_the_mo_with_the_carrier() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await sent(bench, [N])
        phones = Handsets(bench)
        phones.say("N")
        disk = await bench.die()
        assert phones.answered == [] and not disk.rows["inbound"]
        again = await Bench(disk=disk).start()
        assert await Handsets(again).says("N")  # told again
        return again

    run_on_bench(scenario)
