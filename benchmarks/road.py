"""All Python of a message without kernel and database, phase by phase: CPU µs a message.

    road.smpp_smpp_decode       octets of submits to PDUs
    …_intake                    submission, pipeline, hold, claim, rows
    …_answer_and_send           after the commit: the client's answer, the carrier's submit
    …_carrier_answer            the carrier's answer matched
    …_carrier_receipt           its receipt matched, settled, written down
    …_deliver                   after the commit: the carrier's acknowledgement, the client's receipt
    …_client_answer             the client's acknowledgement and its commit
    …_sum                       all of them
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from time import process_time

from benchmarks.figures import Figure, Scale, calm_collector
from benchmarks.stage import Stage
from benchmarks.wires import CMPP, SMPP, Wire

PAIRS: tuple[tuple[Wire, Wire], ...] = ((SMPP, SMPP), (CMPP, CMPP), (SMPP, CMPP))
MESSAGES = 200  # messages at once: what comes in while a commit is under way
REPEATS, ROUNDS = 15, 9


def pass_messages(stage: Stage, messages: int, spent: dict[str, float]) -> None:
    """Take messages from submit to the client's last word, and add up the CPU seconds of each phase."""
    loop, now = stage.loop, stage.loop.time()
    for pump, octets in stage.submits(messages):
        began = process_time()
        pump.session.receive_data(octets, now=now)
        read_at = process_time()
        pump.run()
        done_at = process_time()
        spent["decode"] += read_at - began
        spent["intake"] += done_at - read_at
    began = process_time()
    loop.run()
    stage.flush()
    spent["answer_and_send"] += process_time() - began
    answers, receipts = stage.answers()
    for name, feeds in (("carrier_answer", answers), ("carrier_receipt", receipts)):
        began = process_time()
        stage.feed(feeds)
        spent[name] += process_time() - began
    began = process_time()
    stage.flush()
    spent["deliver"] += process_time() - began
    acknowledgements = stage.acknowledgements()
    stage.answers()  # nothing new; what the links wrote last is taken away
    began = process_time()
    stage.feed(acknowledgements)
    stage.flush()
    spent["client_answer"] += process_time() - began


def phases(stage: Stage, scale: Scale, *, messages: int = MESSAGES) -> dict[str, float]:
    """Return the µs a message of each phase, every one the best of several rounds."""
    best: dict[str, float] = {}
    repeats = scale.of(REPEATS, 1)
    pass_messages(stage, messages, defaultdict(float))
    calm_collector()
    for _ in range(scale.of(ROUNDS, 1)):
        spent: dict[str, float] = defaultdict(float)
        before = stage.counts
        for _ in range(repeats):
            pass_messages(stage, messages, spent)
        stage.tidy()
        done = [after - known for after, known in zip(stage.counts, before, strict=True)]
        assert done == [messages * repeats] * 2, f"{done} accepted and delivered of {messages * repeats}"
        for name, seconds in spent.items():
            best[name] = min(best.get(name, 1e9), seconds / (messages * repeats) * 1e6)
    return best


def run(scale: Scale) -> Iterator[Figure]:
    for client, carrier in PAIRS:
        pair = f"{client.protocol}_{carrier.protocol}"
        found = phases(Stage(client, carrier), scale)
        for name, value in found.items():
            yield Figure(f"road.{pair}_{name}", value, "us")
        yield Figure(f"road.{pair}_sum", sum(found.values()), "us")
