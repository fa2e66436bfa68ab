"""What must hold at the end of every scenario, whatever went wrong in it. Checkers know the promises, not the faults.

They read three ledgers that know nothing of each other: the clients' books, the disk, the carriers' ledgers.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from gateway.domain.account import UnknownPolicy
from gateway.domain.entry import EntryKind
from gateway.domain.ids import from_msg_id
from gateway.domain.outcome import Answer, State
from gateway.simulator.traffic import PartState
from tests.simulation.loop import STARTS_AT
from tests.simulation.simulation import Simulation
from tests.simulation.store import Disk, Record

SLACK = 1  # segments: a submit may travel a little faster than the one before


def check_all(
    sim: Simulation, *, may_tell_twice: bool = False, late_answers: bool = False, charges_delivered: bool = True,
    faults_of_ours: bool = False,
) -> None:
    """Check every promise.

    `may_tell_twice`: acknowledgements of receipts were lost, by a crash or by a client. `late_answers`: the carrier
    answers after our deadline, so its count of what is unanswered is not ours. `charges_delivered`: every contract
    charges what was delivered, as S0 does; else only the books are looked at by the scenario itself. `faults_of_ours`:
    the scenario makes tasks of the node fail.
    """
    if not faults_of_ours:
        found = [fault for process in sim.processes for fault in process.faults if "problem" not in fault[1]]
        assert not found, found[:3]
    assert not sim.disk.violations, sim.disk.violations[:3]
    check_outcomes(sim)
    check_receipts(sim, may_tell_twice=may_tell_twice or bool(sim.crashes))
    if charges_delivered:
        check_money(sim)
    assert sum(sim.disk.balances.values()) == 0, sim.disk.balances
    check_carriers(sim)
    if not late_answers:
        check_limits(sim)


def check_outcomes(sim: Simulation) -> None:
    """Every accepted segment ends in exactly one final state; keys on the disk already forbid a second one."""
    for message_id, record in sim.disk.messages.items():
        for segment_id in record["segment_ids"] or (message_id,):
            outcome = sim.disk.outcomes.get(segment_id)
            assert outcome is not None, f"message {message_id} segment {segment_id} has no outcome"
            assert State(outcome["state"]).is_final, outcome


def our_id(sim: Simulation, protocol: str, text: str) -> int:
    """The id behind what a client was told."""
    if not protocol.startswith("cmpp"):
        return int(text)
    found = from_msg_id(int(text), now=sim.loop.clock())
    assert found is not None, text
    return found


def check_receipts(sim: Simulation, *, may_tell_twice: bool) -> None:
    """A client got the one right receipt for each segment that asked for it; more copies only where allowed."""
    for name, client in sim.clients.items():
        for order in client.book.orders:
            for part in order.parts:
                assert part.state not in (PartState.WAITING, PartState.IN_FLIGHT), (name, order.text, part.state)
                if part.state is not PartState.ACCEPTED:
                    assert not part.stats
                    continue
                outcome = sim.disk.outcomes.get(our_id(sim, client.terms.protocol, part.message_id))
                assert outcome is not None, f"{name} was told {part.message_id}, which has no outcome"
                stat = word_told(client.terms.protocol, outcome)
                times = len(part.stats) if may_tell_twice and part.stats else 1
                wanted = [stat] * (times if order.wants_receipt else 0)
                assert part.stats == wanted, f"{name}: {order.text[:20]!r} heard {part.stats}, not {wanted}"


def word_told(protocol: str, outcome: Record) -> str:
    """The word of a receipt: the state's; in CMPP the code of a failure, a carrier's or ours, where it has one."""
    state = State(outcome["state"])
    is_code = protocol.startswith("cmpp") and state not in (State.DELIVERED, State.DELETED) and ":" in outcome["error"]
    return str(outcome["error"]) if is_code else state.stat


def check_money(sim: Simulation) -> None:
    """The books sum to zero, nothing is held, and what was charged is what was delivered."""
    disk = sim.disk
    assert sum(disk.balances.values()) == 0, disk.balances
    held = {book: amount for book, amount in disk.balances.items() if book.startswith("held") and amount}
    assert not held, held
    charged: Counter[int] = Counter()
    entries = disk.entries()
    for (message_id, phase), entry in entries.items():
        if phase == 1:
            assert (message_id, 0) in entries, f"resolution without a hold: {entry}"
        if entry["kind"] == EntryKind.SETTLE:
            charged[message_id] += entry["amount_hao"]
    for message_id, record in disk.messages.items():
        assert (message_id, 1) in entries, f"the hold of {message_id} is open"
        assert charged[message_id] == owed_hao(disk, record), (message_id, charged[message_id])
    assert disk.balances.get("revenue", 0) == sum(charged.values())


def owed_hao(disk: Disk, record: Record) -> int:
    """What a message costs by its receipts: S0 charges what was delivered."""
    first: dict[int, State] = {}
    for row in disk.facts["receipts"].get(record["id"], ()):
        if State(row["state"]).is_final:
            first.setdefault(row["index"], State(row["state"]))
    if record["cuts"] is None:  # one wire segment: its outcome is its receipt
        first = dict(enumerate(State(row["state"]) for row in disk.outcomes_of.get(record["id"], ())))
    wire = len(first)
    delivered = sum(state is State.DELIVERED for state in first.values())
    return delivered * record["billed"] // wire * record["price_hao"] if wire else 0


def check_carriers(sim: Simulation) -> None:
    """No carrier takes a segment twice, unless its first outcome was unknown and the account says resend once."""
    taken: Counter[tuple[str, int, bytes]] = Counter()
    for carrier in sim.carriers.values():
        for segment, times in carrier.ledger.times.items():
            taken[domestic(segment.destination), segment.number, segment.body] += times
    by_destination = defaultdict(list)
    for record in sim.disk.messages.values():
        by_destination[domestic(record["destination"])].append(record)
    asked = {order.destination for client in sim.clients.values() for order in client.book.orders}
    for key, times in taken.items():
        assert key[0] in asked, f"nobody asked for {key}"
        records = by_destination[key[0]]
        assert records, f"a carrier took {key}, which was never accepted"
        # A client that resubmits what was not answered may have made two messages of one order.
        allowed = sum(allowed_times(sim, record) for record in records)
        assert times <= allowed, (key, times, [sim.disk.facts["answers"].get(record["id"]) for record in records])
    reached = {key[0] for key in taken}
    for destination, records in by_destination.items():
        for record in records:
            if any(row["state"] == State.DELIVERED for row in sim.disk.outcomes_of.get(record["id"], ())):
                assert destination in reached, f"{record} delivered by nobody"


def domestic(number: str) -> str:
    """A number without the country code that SMPP puts before it."""
    return number[-11:]


def allowed_times(sim: Simulation, record: Record) -> int:
    account = sim.config.accounts[record["account"]]
    answers = sim.disk.facts["answers"].get(record["id"], ())
    was_unknown = any(row["answer"] == Answer.UNKNOWN for row in answers) or sim.crashes
    return 2 if was_unknown and account.unknown_policy is UnknownPolicy.RESEND_ONCE else 1


def check_limits(sim: Simulation) -> None:
    """Neither the window of a link nor the rate of a channel was ever exceeded, as the carrier saw it."""
    for name, channel in sim.config.channels.items():
        ledger = sim.carriers[name].ledger
        assert ledger.unanswered_peak <= channel.window_max, (name, ledger.unanswered_peak)
        if channel.rate_per_s:
            check_rate(channel.rate_per_s, [segment.taken_at - STARTS_AT for segment in ledger.segments])


def check_rate(rate_per_s: float, times: list[float]) -> None:
    """In any span of t seconds at most burst + rate * t: the bucket as a running level."""
    burst = max(1.0, rate_per_s / 10)
    level, at = 0.0, 0.0
    for time in times:
        level = max(0.0, level - (time - at) * rate_per_s) + 1
        at = time
        assert level <= burst + SLACK + 1e-6, f"{level:.2f} above the rate of {rate_per_s}/s at {time:.3f} s"


def check_order(sim: Simulation, channel: str, destinations: list[str]) -> None:
    """A carrier took messages in the order of their acceptance."""
    taken = [domestic(segment.destination) for segment in sim.carriers[channel].ledger.segments]
    assert taken == destinations, first_difference(taken, destinations)


def first_difference(found: list[str], wanted: list[str]) -> str:
    for place, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one != other:
            return f"place {place}: {found[place : place + 5]} instead of {wanted[place : place + 5]}"
    return f"{len(found)} instead of {len(wanted)}"


def check_inbound(sim: Simulation, client_name: str, texts: list[str]) -> None:
    """A client heard every MO; first hearings came in order."""
    heard = list(dict.fromkeys(heard.text for heard in sim.clients[client_name].heard))
    assert heard == texts, first_difference(heard, texts)
