"""The book: ASCII tables of movements, and what must hold after any of them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.entry import RESOLUTIONS, Draw, Entry, EntryKind
from gateway.domain.ids import IdSource
from gateway.ledger.book import Book, HeldTooSmall, HoldExists, LedgerError, legs
from gateway.ledger.purse import RecentIds
from tests.gateway.tables import rows

NOW = 1_772_420_000.0

# `hold` is the amount that a resolution names; the last three columns stand after the step; `refused`: None came back
PREPAID = """
| step    | id | hold | amount | floor | result      | available | held | revenue |
| top_up  | 1  |      | 1000   |       | ok          | 1000      | 0    | 0       |
| hold    | 10 |      | 400    | 0     | ok          | 600       | 400  | 0       |
| hold    | 11 |      | 601    | 0     | refused     | 600       | 400  | 0       |
| hold    | 11 |      | 600    | 0     | ok          | 0         | 1000 | 0       | # to the last hao
| hold    | 12 |      | 1      | 0     | refused     | 0         | 1000 | 0       |
| hold    | 13 |      | 0      | 0     | ok          | 0         | 1000 | 0       | # a free message
| hold    | 10 |      | 0      | 0     | HoldExists  | 0         | 1000 | 0       |
| settle  | 10 | 400  | 400    |       | ok          | 0         | 600  | 400     |
| settle  | 10 | 400  | 400    |       | refused     | 0         | 600  | 400     | # replayed
| release | 10 | 400  |        |       | refused     | 0         | 600  | 400     | # resolved otherwise
| expire  | 10 | 400  |        |       | refused     | 0         | 600  | 400     |
| settle  | 11 | 600  | 250    |       | ok          | 350       | 0    | 650     | # delivered in part
| settle  | 14 | 600  | 601    |       | LedgerError | 350       | 0    | 650     |
| settle  | 14 | 1    | 1      |       | HeldTooSmall| 350       | 0    | 650     |
| refund  | 2  |      | 351    |       | refused     | 350       | 0    | 650     |
| refund  | 2  |      | 350    |       | ok          | 0         | 0    | 650     |
| charge  | 3  |      | 30     |       | ok          | -30       | 0    | 680     | # a fee makes arrears
| hold    | 15 |      | 1      | 0     | refused     | -30       | 0    | 680     |
| hold    | 16 |      | 0      | 0     | ok          | -30       | 0    | 680     |
| credit  | 4  |      | 30     |       | ok          | 0         | 0    | 650     |
| top_up  | 5  |      | -1     |       | LedgerError | 0         | 0    | 650     |
| hold    | 17 |      | -1     | 0     | LedgerError | 0         | 0    | 650     |
"""

POSTPAID = """
| step    | id | hold | amount | floor | result  | available | held | revenue |
| hold    | 10 |      | 500    | -500  | ok      | -500      | 500  | 0       |
| hold    | 11 |      | 1      | -500  | refused | -500      | 500  | 0       |
| release | 10 | 500  |        |       | ok      | 0         | 0    | 0       |
| hold    | 12 |      | 501    | -500  | refused | 0         | 0    | 0       |
| hold    | 12 |      | 499    | -500  | ok      | -499      | 499  | 0       |
| expire  | 12 | 499  |        |       | ok      | 0         | 0    | 0       |
| hold    | 13 |      | 200    | -500  | ok      | -200      | 200  | 0       |
| settle  | 13 | 200  | 150    |       | ok      | -150      | 0    | 150     |
"""


def step(book: Book, row: dict[str, str]) -> str:
    """Do one row; return its result as the table spells it."""
    id, amount = int(row["id"]), int(row["amount"] or 0)
    held = int(row["hold"] or 0)
    calls = {
        "hold": lambda: book.hold("a", id, amount, int(row["floor"] or 0), NOW),
        "settle": lambda: book.settle("a", id, held, amount, NOW),
        "release": lambda: book.release("a", id, held, NOW),
        "expire": lambda: book.expire("a", id, held, NOW),
        "top_up": lambda: book.top_up("a", id, amount, NOW),
        "refund": lambda: book.refund("a", id, amount, NOW),
        "charge": lambda: book.charge("a", id, amount, NOW),
        "credit": lambda: book.credit("a", id, amount, NOW),
    }
    try:
        entry = calls[row["step"]]()
    except LedgerError as error:
        return type(error).__name__
    return "refused" if entry is None else "ok"


@pytest.mark.parametrize("table", [PREPAID, POSTPAID], ids=["prepaid", "postpaid"])
def test_table(table: str) -> None:
    book = Book()
    for row in rows(table):
        assert step(book, row) == row["result"], row
        after = {"available": book.available("a"), "held": book.held("a"), "revenue": book.revenue_hao}
        assert after == {name: int(row[name]) for name in after}, row
    assert book.total() == 0


@given(
    kind=st.sampled_from(EntryKind),
    amount=st.integers(0, 10**12),
    returned=st.integers(0, 10**12),
)
def test_legs_of_every_kind_sum_to_zero(kind: EntryKind, amount: int, returned: int) -> None:
    entry = Entry(1, kind, "a", amount, returned if kind in RESOLUTIONS else 0, NOW)
    moves = legs(entry)
    assert sum(delta for _, delta in moves) == 0
    assert all(delta for _, delta in moves)
    assert len({book for book, _ in moves}) == len(moves)


# Each kind between its books, by what it means to the client (the kinds in domain/entry.py, with their clauses).
KINDS = """
| kind             | from        | to          |
| TOP_UP           | cash:a      | available:a |
| REFUND           | available:a | cash:a      |
| HOLD             | available:a | held:a      |
| SETTLE           | held:a      | revenue     |
| CHARGE           | available:a | revenue     |
| VIOLATION_CHARGE | available:a | revenue     | # S1-6
| VOID             | available:a | revenue     | # S1-3a
| MONTHLY_FEE      | available:a | revenue     | # S4-5.1, S2c-3
| DAMAGES          | available:a | revenue     | # S0-9.1
| LATE_FEE         | available:a | revenue     | # S4-6.2
| CREDIT           | revenue     | available:a |
| PENALTY          | revenue     | available:a | # S2a-7.1
| MAKEUP           | revenue     | available:a | # S0-6.6
| REBATE           | revenue     | available:a | # S4-5.1
"""


@pytest.mark.parametrize("row", rows(KINDS), ids=lambda row: row["kind"])
def test_each_kind_moves_between_its_books(row: dict[str, str]) -> None:
    entry = Entry(1, EntryKind[row["kind"]], "a", 300, 0, NOW)
    assert dict(legs(entry)) == {row["from"]: -300, row["to"]: 300}
    book = Book()
    book._apply(entry, 1)
    assert {name: hao for name, hao in book.balances().items() if hao} == {row["from"]: -300, row["to"]: 300}


@pytest.mark.parametrize(("charged", "returned"), [(0, 300), (100, 200)])
@pytest.mark.parametrize("kind", sorted(RESOLUTIONS))
def test_what_a_resolution_does_not_charge_goes_back(kind: EntryKind, charged: int, returned: int) -> None:
    found = dict(legs(Entry(1, kind, "a", charged, returned, NOW)))
    assert found == {"held:a": -300, "available:a": returned} | ({"revenue": charged} if charged else {})


DRAWS = (Draw("lot:1", 2, 600), Draw("lot:2", 1, 580))


def test_an_entry_tells_all_that_was_done() -> None:
    """The journal writes entries; what they leave out is in no statement."""
    book = Book()
    moved = [
        book.top_up("a", 1, 900, NOW, "bank slip 17"), book.credit("a", 2, 50, NOW + 1, "S2a-7.1"),
        book.charge("a", 3, 20, NOW + 2, "S2c-3"), book.refund("a", 4, 30, NOW + 3, "contract ended"),
        book.book(EntryKind.VOID, "a", 5, 10, NOW + 4, "S1-3a", DRAWS),
        book.hold("a", 6, 200, 0, NOW + 5, draws=DRAWS),
        book.resolve(EntryKind.SETTLE, "a", 6, 200, 150, NOW + 6, (Draw("lot:2", -1, 580),)),
    ]
    assert moved == [
        Entry(1, EntryKind.TOP_UP, "a", 900, 0, NOW, "bank slip 17"),
        Entry(2, EntryKind.CREDIT, "a", 50, 0, NOW + 1, "S2a-7.1"),
        Entry(3, EntryKind.CHARGE, "a", 20, 0, NOW + 2, "S2c-3"),
        Entry(4, EntryKind.REFUND, "a", 30, 0, NOW + 3, "contract ended"),
        Entry(5, EntryKind.VOID, "a", 10, 0, NOW + 4, "S1-3a", DRAWS),
        Entry(6, EntryKind.HOLD, "a", 200, 0, NOW + 5, "", DRAWS),
        Entry(6, EntryKind.SETTLE, "a", 150, 50, NOW + 6, "", (Draw("lot:2", -1, 580),)),
    ]
    for id in (7, 8, 9):
        book.hold("a", id, 40, 0, NOW)
    assert book.settle("a", 7, 40, 15, NOW + 7) == Entry(7, EntryKind.SETTLE, "a", 15, 25, NOW + 7)
    assert book.release("a", 8, 40, NOW + 8) == Entry(8, EntryKind.RELEASE, "a", 0, 40, NOW + 8)
    assert book.expire("a", 9, 40, NOW + 9) == Entry(9, EntryKind.EXPIRE, "a", 0, 40, NOW + 9)
    assert book.purse("a").used == {"lot:1": 4, "lot:2": 1}


@pytest.mark.parametrize("kind", [EntryKind.RELEASE, EntryKind.EXPIRE])
def test_what_failed_costs_nothing_whatever_was_asked_for(kind: EntryKind) -> None:
    book = Book()
    book.top_up("a", 1, 40, NOW)
    book.hold("a", 2, 40, 0, NOW)
    assert book.resolve(kind, "a", 2, 40, 15, NOW) == Entry(2, kind, "a", 0, 40, NOW)
    assert (book.available("a"), book.held("a"), book.revenue_hao) == (40, 0, 0)


def test_a_movement_without_words_has_none() -> None:
    book = Book()
    moved = [move("b:c", id, 10, NOW) for id, move in enumerate((book.top_up, book.credit, book.charge, book.refund))]
    moved.append(book.book(EntryKind.VOID, "b:c", 9, 10, NOW))
    assert [entry and (entry.note, entry.draws) for entry in moved] == [("", ())] * 5
    assert (book.available("b:c"), book.purse("b:c").cash_hao, book.revenue_hao) == (-10, 0, 10), "names have colons"


def test_draws_of_an_entry_that_is_withdrawn_are_undone() -> None:
    book = Book()
    hold = book.hold("a", 1, 0, 0, NOW, draws=DRAWS)
    assert hold is not None and book.purse("a").used == {"lot:1": 2, "lot:2": 1}
    back = book.resolve(EntryKind.RELEASE, "a", 1, 0, 0, NOW, (Draw("lot:1", -2, 600),))
    assert back is not None and book.purse("a").used == {"lot:1": 0, "lot:2": 1}
    book.withdraw(back)
    assert book.purse("a").used == {"lot:1": 2, "lot:2": 1}
    book.withdraw(hold)
    assert not any(book.purse("a").used.values())


@pytest.mark.parametrize("watch_hao", [100, -200])
def test_a_level_is_told_when_a_hold_reaches_it(watch_hao: int) -> None:
    told: list[str] = []
    book = Book(on_low=told.append)
    book.top_up("a", 1, watch_hao + 10, NOW) if watch_hao > 0 else book.charge("a", 1, -watch_hao - 10, NOW)
    book.purse("a").watch_hao = watch_hao
    assert book.hold("a", 2, 9, -1_000, NOW) is not None and told == []
    assert book.hold("a", 3, 1, -1_000, NOW) is not None and told == ["a"], "at the level, not only below it"
    assert book.hold("a", 4, 1, -1_000, NOW) is not None and told == ["a", "a"]


def test_who_is_refused_for_his_balance_is_told() -> None:
    told: list[str] = []
    book = Book(on_short=told.append)
    assert book.hold("a", 1, 1, 0, NOW) is None and told == ["a"]
    assert book.hold("a", 1, 0, 0, NOW) is not None and told == ["a"], "what is free is never short"


def test_nobody_needs_to_listen() -> None:
    book = Book()
    book.purse("a").watch_hao = 0
    assert book.hold("a", 1, 1, 0, NOW) is None
    assert book.hold("a", 1, 0, 0, NOW) is not None


@pytest.mark.parametrize(
    ("movement", "words"),
    [
        (lambda book: book.hold("a", 1, -7, 0, NOW), "-7 hao"),
        (lambda book: book.hold("a", 9, 1, 0, NOW), "id 9 exists"),
        (lambda book: book.settle("a", 9, 40, 41, NOW), "cannot charge 41 of a hold of 40 hao"),
        (lambda book: book.settle("a", 9, 40, -1, NOW), "cannot charge -1 of a hold of 40 hao"),
        (lambda book: book.settle("a", 9, 41, 0, NOW), "id 9 resolves 41 hao, a has 40 held"),
        (lambda book: book.credit("a", 2, -5, NOW), "CREDIT of -5 hao"),
        (lambda book: book.book(EntryKind.HOLD, "a", 2, 5, NOW), "HOLD belongs to a message"),
        (lambda book: book.book(EntryKind.EXPIRE, "a", 2, 5, NOW), "EXPIRE belongs to a message"),
        (lambda book: book.resolve(EntryKind.VOID, "a", 9, 40, 0, NOW), "VOID resolves no hold"),
    ],
)
def test_a_movement_that_must_not_be_says_why_and_moves_nothing(movement: Callable[[Book], object], words: str) -> None:
    book = Book()
    book.top_up("a", 8, 100, NOW)
    book.hold("a", 9, 40, 0, NOW)
    before = book.balances()
    with pytest.raises(LedgerError, match=words):
        movement(book)
    assert book.balances() == before


def test_what_the_store_holds_is_loaded_whole() -> None:
    book = Book()
    book.load(
        {"available:a": 5, "held:a": 2, "cash:a": -9, "available:b:c": 1, "cash:b:c": -1, "revenue": 2},
        {("a", "lot:1"): 3, ("new", "trial"): 4},
    )
    assert book.balances() == {
        "revenue": 2, "available:a": 5, "held:a": 2, "cash:a": -9, "available:b:c": 1, "held:b:c": 0, "cash:b:c": -1,
        "available:new": 0, "held:new": 0, "cash:new": 0,
    }
    assert [book.purse(name).used for name in ("a", "b:c", "new")] == [{"lot:1": 3}, {}, {"trial": 4}]
    assert sorted(book.accounts()) == ["a", "b:c", "new"]
    book.load({})
    assert book.balances() == {"revenue": 0}


def test_balances_survive_a_round_trip() -> None:
    book = Book()
    book.top_up("a", 1, 500, NOW)
    book.hold("a", 2, 200, 0, NOW)
    book.hold("b", 3, 70, -100, NOW)
    again = Book()
    again.load(book.balances())
    assert again.balances() == book.balances()
    assert again.settle("a", 2, 200, 50, NOW) is not None, "a hold of an earlier run is resolved as well"
    assert again.total() == 0


@pytest.mark.parametrize("name", ["available", "held:", "revenue:a", "cash", "gold:a", ""])
def test_load_refuses_what_is_no_book(name: str) -> None:
    with pytest.raises(LedgerError, match="is no book"):
        Book().load({name: 1})


def test_withdraw_makes_an_entry_unseen() -> None:
    book = Book()
    before = book.balances()
    hold = book.hold("a", 7, 10, -10, NOW)
    assert hold is not None
    book.withdraw(hold)
    assert book.available("a") == book.held("a") == 0
    hold = book.hold("a", 7, 10, -10, NOW)
    settle = book.settle("a", 7, 10, 4, NOW)
    assert hold is not None and settle is not None
    book.withdraw(settle)
    assert (book.available("a"), book.held("a"), book.revenue_hao) == (-10, 10, 0)
    assert book.release("a", 7, 10, NOW) is not None
    assert {name: hao for name, hao in book.balances().items() if hao} == {n: h for n, h in before.items() if h}


@pytest.mark.parametrize(
    ("available", "amount", "floor", "is_held"),
    [(100, 101, 0, True), (1, 500, 0, True), (0, 1, 0, False), (-1, 1, 0, False), (-100, 1, -100, False)],
)
def test_the_last_message_may_pass_the_floor(available: int, amount: int, floor: int, is_held: bool) -> None:
    book = Book()
    book.load({"available:a": available, "cash:a": -available})
    assert book.hold("a", 1, amount, floor, NOW) is None
    assert (book.hold("a", 1, amount, floor, NOW, allows_last=True) is not None) == is_held
    assert book.hold("a", 2, 1, floor, NOW, allows_last=True) is None, "it was the last"


def test_resolve_refuses_a_kind_that_resolves_nothing() -> None:
    with pytest.raises(LedgerError, match="TOP_UP"):
        Book().resolve(EntryKind.TOP_UP, "a", 1, 0, 0, NOW)


@given(st.integers(1, 20), st.lists(st.integers(0, 40), max_size=200))
def test_recent_is_bounded_and_never_forgets_the_last(least: int, ids: list[int]) -> None:
    recent = RecentIds(least)
    order: list[int] = []
    for id in ids:
        is_new = recent.add(id)
        if is_new:
            order.append(id)
        else:
            assert id in order
        assert all(known in recent for known in order[-least:])
        assert len(recent) <= 2 * least


IDS = st.integers(0, 30) | st.integers(0, (1 << 63) - 1)


@given(st.integers(1, 12), st.lists(st.tuples(st.booleans(), IDS), max_size=300))
def test_recent_knows_what_it_was_told_and_not_made_to_forget(least: int, steps: list[tuple[bool, int]]) -> None:
    recent, known, used = RecentIds(least), [set[int](), set[int]()], 0  # the model: young, old
    for is_added, id in steps:
        if is_added:
            assert recent.add(id) == (id not in known[0] and id not in known[1])
            if id not in known[0] and id not in known[1]:
                known[0].add(id)
                used += 1
            if used >= least:
                known, used = [set[int](), known[0]], 0
        else:
            recent.discard(id)
            known[0].discard(id)
            known[1].discard(id)
        assert len(recent) == len(known[0]) + len(known[1])
        assert (id in recent) == (id in known[0] or id in known[1])


@pytest.mark.parametrize("remembered_min", [0, -1, 1 << 29, 10**12])
def test_recent_refuses_a_bound_that_is_none(remembered_min: int) -> None:
    with pytest.raises(ValueError, match=f"remembered_min is {remembered_min}, must be 1 or more, and no billion"):
        RecentIds(remembered_min)


def test_recent_keeps_no_object_for_an_id() -> None:
    """25 MB of them grew over the first minutes of traffic; now all the memory is there from the start."""
    recent, source = RecentIds(20_000), IdSource(1)
    before = sys.getallocatedblocks()
    for number in range(100_000):
        recent.add(source.take(1_800_000_000.0 + number / 3_000))
    assert sys.getallocatedblocks() - before < 100


class Money(RuleBasedStateMachine):
    """Any order of movements against a plain model of what is held under which id."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.open: dict[int, int] = {}
        self.done: dict[int, int] = {}
        self.floor = -300
        self.next_id = 100
        self.sums: dict[str, int] = {}

    def note(self, entry: Entry | None) -> None:
        """Keep books of our own by the legs."""
        for book, delta in legs(entry) if entry else ():
            self.sums[book] = self.sums.get(book, 0) + delta

    @rule(amount=st.integers(0, 500))
    def top_up(self, amount: int) -> None:
        self.next_id += 1
        self.note(self.book.top_up("a", self.next_id, amount, NOW))

    @rule(amount=st.integers(0, 400), is_withdrawn=st.booleans())
    def hold(self, amount: int, is_withdrawn: bool) -> None:
        self.next_id += 1
        before = self.book.available("a")
        entry = self.book.hold("a", self.next_id, amount, self.floor, NOW)
        assert (entry is None) == (amount > 0 and before - amount < self.floor)
        if entry is not None and is_withdrawn:
            self.book.withdraw(entry)
            assert self.book.available("a") == before
        elif entry is not None:
            self.open[entry.id] = amount
            self.note(entry)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), kind=st.sampled_from(sorted(RESOLUTIONS)), share=st.floats(0, 1))
    def resolve(self, data: st.DataObject, kind: EntryKind, share: float) -> None:
        id = data.draw(st.sampled_from(sorted(self.open)))
        held = self.open.pop(id)
        amount = int(held * share)
        entry = self.book.resolve(kind, "a", id, held, amount, NOW)
        assert entry is not None
        assert entry.amount_hao + entry.returned_hao == held
        assert kind is EntryKind.SETTLE or entry.amount_hao == 0
        self.done[id] = held
        self.note(entry)

    @precondition(lambda self: self.done)
    @rule(data=st.data(), kind=st.sampled_from(sorted(RESOLUTIONS)))
    def replay(self, data: st.DataObject, kind: EntryKind) -> None:
        id = data.draw(st.sampled_from(sorted(self.done)))
        before = self.book.balances()
        assert self.book.resolve(kind, "a", id, self.done[id], self.done[id], NOW) is None
        with pytest.raises(HoldExists):
            self.book.hold("a", id, 0, self.floor, NOW)
        assert self.book.balances() == before

    @rule(extra=st.integers(1, 9))
    def resolve_too_much(self, extra: int) -> None:
        before = self.book.balances()
        with pytest.raises(HeldTooSmall):
            self.book.release("a", 1, self.book.held("a") + extra, NOW)
        assert {n: h for n, h in self.book.balances().items() if h} == {n: h for n, h in before.items() if h}

    @invariant()
    def books_balance(self) -> None:
        assert self.book.total() == 0
        assert self.book.held("a") == sum(self.open.values())
        assert self.book.available("a") >= self.floor
        assert {n: h for n, h in self.book.balances().items() if h} == {n: h for n, h in self.sums.items() if h}


Money.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestMoney = Money.TestCase
