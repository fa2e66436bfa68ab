"""A long message whose segments make no text: its last one is refused, the earlier ones learn by receipt."""

from __future__ import annotations

from gateway.domain.outcome import Outcome, State
from gateway.domain.verdict import Key, Reject
from protocols.text.codings import Encoding
from tests.gateway.flows.bench import Bench, Taker, run_on_bench


def test_parts_of_two_encodings_that_make_no_text_are_refused_and_nothing_is_held() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        taker = Taker()
        bench.flows.outbox.attach("acme", taker)
        first, second = bench.parts(2)
        second.encoding, second.octets = Encoding.ASCII, b"caf\xe9"
        answers = await bench.submit(first, second)
        assert isinstance(answers[0], int) and isinstance(answers[1], Reject) and answers[1].key is Key.CODING
        told = [item for item in taker.has if isinstance(item, Outcome)]
        assert [(item.answer_id, item.state) for item in told] == [(answers[0], State.REJECTED)]
        assert bench.flows.book.held("acme") == 0
        return bench

    run_on_bench(scenario)
