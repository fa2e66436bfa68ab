"""Which link of a channel takes the next message: filled one by one, or each one where a carrier limits them."""

from __future__ import annotations

from gateway.flows.messages.channel_sender import LinkRotation
from tests.gateway.flows.bench import Bench, Hand, run_on_bench
from tests.gateway.pipeline.builders import message


async def rotation(bench: Bench, *windows: int) -> tuple[LinkRotation, list[Hand]]:
    hands = [Hand(bench, f"a/{number}", window) for number, window in enumerate(windows, 1)]
    links = LinkRotation()
    for hand in hands:
        links.add(hand)
    return links, hands


def picks(links: LinkRotation, count: int, *, is_even: bool) -> list[str]:
    found = []
    for _ in range(count):
        link = links.pick(message(), is_even=is_even)
        if link is not None:
            link.claim(1)
        found.append("-" if link is None else link.name)
    return found


def test_links_are_filled_one_by_one_or_each_takes_one() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        links, _ = await rotation(bench, 2, 1, 2)
        assert picks(links, 6, is_even=False) == ["a/1", "a/1", "a/2", "a/3", "a/3", "-"]
        links, _ = await rotation(bench, 2, 1, 2)
        assert picks(links, 6, is_even=True) == ["a/1", "a/2", "a/3", "a/1", "a/3", "-"]
        return bench

    run_on_bench(scenario)


def test_the_parts_of_a_message_stay_on_their_link_while_it_is_bound() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        links, (first, second) = await rotation(bench, 1, 5)
        whole = message()
        whole.link = first.name
        assert links.pick(whole) is first
        first.claim(1)
        assert links.pick(whole) is None, "it waits for its own link"
        first.is_bound = False
        assert links.pick(whole) is second
        links.remove(second)
        links.remove(second)
        assert links.pick(message()) is None and list(links.links) == [first.name]
        return bench

    run_on_bench(scenario)
