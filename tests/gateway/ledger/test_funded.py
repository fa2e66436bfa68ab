"""A tariff over pools: what a message draws, what comes back, and what a month, a trial, a cap and a new price cost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.lots import Lot, draw
from gateway.contracts.prices import PriceVersion
from gateway.contracts.profile import Profile, revise
from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key
from gateway.ledger.book import Book
from gateway.ledger.charging import ChargingTerms, Tariff
from gateway.ledger.draws import parse_draws
from gateway.ledger.funded import Funded, Funds, resolve_drawn, true_up
from gateway.ledger.pools import Pool, PoolKind
from gateway.pipeline.policy.funding import tariff_of
from tests.gateway.contracts.shipped import S0, S1, S4
from tests.gateway.ledger.test_charging import ended
from tests.gateway.pipeline.builders import account

NOV = dt.datetime(2026, 11, 5, 12, tzinfo=SHANGHAI).timestamp()
DAY = 86_400.0


def at(*parts: int) -> float:
    return dt.datetime(*parts, tzinfo=SHANGHAI).timestamp()  # type: ignore[arg-type, misc]


class FundedAccount:
    """Sends messages under a tariff and ends them, as intake and settlement do."""

    def __init__(self, tariff: Tariff, *, paid_hao: int = 0) -> None:
        self.tariff, self.book = tariff, Book()
        self.next_id = 1
        if paid_hao:
            self.book.top_up("acme", 10**6, paid_hao, NOV)

    @property
    def used(self) -> dict[str, int]:
        return {pool: used for pool, used in self.book.purse("acme").used.items() if used}

    def accept(self, segments: int, now: float = NOV) -> Message | Key:
        message = ended("D" * segments, billed=segments)
        message.id = self.next_id
        message.submission.account = account(name="acme")
        self.next_id += 1
        assert self.tariff.price(message, now) is ACCEPT
        key = self.tariff.draw(message, self.book.purse("acme"), now) if self.tariff.is_funded else None
        if key is not None:
            return key
        hold = self.book.hold(
            "acme", message.id, message.amount_hao, self.tariff.floor_hao, now, draws=message.draws
        )
        return message if hold is not None else Key.BALANCE

    def end(self, message: Message | Key, results: str, now: float = NOV) -> Entry | None:
        assert isinstance(message, Message)
        other = ended(results, billed=message.billed)
        message.results, message.states = other.results, other.states
        found = resolve_drawn(self.book, self.tariff, message, now)
        assert self.book.total() == 0
        return found

    def true_up(self, included: int) -> None:
        wrong = true_up(included, self.book.purse("acme").used, "sms:2026-11")
        kind = EntryKind.REBATE if wrong > 0 else EntryKind.CHARGE
        draws = (Draw("sms:2026-11", wrong), Draw("sms:2026-11+", -wrong, 500))
        self.next_id += 1
        self.book.book(kind, "acme", self.next_id, abs(wrong) * 500, NOV, "", draws)

    def send(self, count: int, segments: int = 1, now: float = NOV) -> int:
        """Send and deliver; return what all of them cost."""
        before = self.book.purse("acme").accrued_hao
        for _ in range(count):
            self.end(self.accept(segments, now), "D" * segments, now)
        return self.book.purse("acme").accrued_hao - before


def lot(number: int, quantity: int, price_hao: int = 600, opens: float = 0.0, closes: float = at(2027, 1, 1)) -> Pool:
    return Pool(f"lot:{number}", PoolKind.CREDITS, quantity, price_hao, opens, closes)


def credits(*lots: Pool) -> FundedAccount:
    paid_hao = sum(one.quantity * one.price_hao for one in lots)
    return FundedAccount(tariff_of(account(), S1, pools=lots), paid_hao=paid_hao)


def test_the_lot_that_ends_first_is_used_first() -> None:
    """Scenario 16."""
    funded = credits(lot(2, 5_000, closes=at(2027, 7, 1)), lot(1, 1_000, closes=at(2027, 1, 1)))
    assert funded.send(1_200) == 1_200 * 600
    assert funded.used == {"lot:1": 1_000, "lot:2": 200}


def test_a_message_across_two_lots_gives_back_to_the_later() -> None:
    funded = credits(lot(1, 1), lot(2, 5, 580, closes=at(2027, 7, 1)))
    message = funded.accept(3)
    assert isinstance(message, Message)
    assert (message.draws, message.amount_hao) == ((Draw("lot:1", 1, 600), Draw("lot:2", 2, 580)), 1_760)
    assert message.price_version.endswith("[lot:1*1@600 lot:2*2@580]"), "the store keeps the draws there"
    assert parse_draws(message.price_version) == message.draws
    entry = funded.end(message, "DDU", NOV + 3)
    assert entry is not None and entry.at == NOV + 3
    assert (entry.kind.name, entry.amount_hao, entry.returned_hao) == ("SETTLE", 1_180, 580)
    assert funded.used == {"lot:1": 1, "lot:2": 1}
    failed = funded.end(funded.accept(1), "U")
    assert failed is not None and failed.kind.name == "RELEASE"
    assert funded.used == {"lot:1": 1, "lot:2": 1}


@pytest.mark.parametrize(
    ("now", "key"),
    [(at(2026, 12, 31, 23, 59, 59) + 0.999, None), (at(2027, 1, 1), Key.EXPIRED)],
)
def test_a_lot_is_open_to_its_last_instant(now: float, key: Key | None) -> None:
    found = credits(lot(1, 10)).accept(1, now)
    assert (None if isinstance(found, Message) else found) is key


def test_no_credits_is_a_balance_that_is_used_up() -> None:
    funded = credits(lot(1, 3))
    assert funded.accept(4) is Key.BALANCE
    assert funded.send(1, 3) == 1_800
    assert funded.accept(1) is Key.BALANCE
    assert FundedAccount(tariff_of(account(), S1)).accept(1) is Key.BALANCE


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(-3, 3), st.integers(-1, 6)), max_size=5),
    st.lists(st.integers(1, 12), max_size=12),
)
def test_draws_are_those_of_the_contract(lots: list[tuple[int, int, int]], wanted: list[int]) -> None:
    """The pools of the hot path and the plain rule of contracts.lots agree."""
    today = dt.date(2026, 11, 5)
    pools, plain = [], []
    for number, (quantity, opens, closes) in enumerate(lots):
        first, last = today + dt.timedelta(days=opens), today + dt.timedelta(days=closes)
        plain.append(Lot(f"lot:{number}", quantity, 600, first, last))
        end = last + dt.timedelta(days=1)
        opens, closes = (at(day.year, day.month, day.day) for day in (first, end))
        pools.append(lot(number, quantity, 600, opens, closes))
    funded = credits(*pools)
    for segments in wanted:
        found = funded.accept(segments)
        drawn = draw(plain, segments, today)
        assert isinstance(found, Message) == (drawn is not None)
        if drawn is not None and isinstance(found, Message):
            plain = drawn[0]
            assert [(one.pool, one.quantity) for one in found.draws] == [(one.lot_id, one.quantity) for one in drawn[1]]


MONTH = [(0, 0), (6_000, 0), (6_001, 500), (10_000, 2_000_000)]


@pytest.mark.parametrize(("pieces", "beyond_hao"), MONTH)
def test_a_package_includes_its_pieces(pieces: int, beyond_hao: int) -> None:
    """Scenario 18; the base fee is an entry of its own."""
    assert FundedAccount(tariff_of(account(price_hao=0), S4)).send(pieces) == beyond_hao


def test_a_package_counts_pieces_of_long_messages_by_month() -> None:
    funded = FundedAccount(tariff_of(account(price_hao=0), S4))
    assert funded.send(3_500, 2) == 1_000 * 500
    assert funded.send(1, 2, NOV + 31 * DAY) == 0, "a new month includes as many again"
    assert funded.used == {"sms:2026-11": 6_000, "sms:2026-11+": 1_000, "sms:2026-12": 2}


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("DURX?")), max_size=25), st.randoms())
def test_a_month_costs_its_pieces_in_whatever_order_they_end(sent: list[tuple[int, str]], chance: Random) -> None:
    package = {"service": "sms", "base_fee": "300", "included": 8, "overage_price": "0.05"}
    small = revise(S4, packages=[package], cap="0")
    funded = FundedAccount(tariff_of(account(price_hao=0), small))
    open_ = [(funded.accept(segments), letter * segments, segments) for segments, letter in sent]
    chance.shuffle(open_)
    for message, results, _ in open_:
        funded.end(message, results)
        funded.true_up(8)
    owed = sum(segments for _, results, segments in open_ if results[0] in "DU?")  # S4: all but what was refused
    assert funded.book.purse("acme").accrued_hao == max(0, owed - 8) * 500
    assert sum(funded.used.values()) == owed
    assert funded.book.held("acme") == 0


@pytest.mark.parametrize(
    ("days", "free", "sent", "cost_hao"), [(0, 0, 20, 10_000), (10, 100, 130, 15_000), (10, 100, 100, 0)]
)
def test_a_trial_pays_the_excess(days: int, free: int, sent: int, cost_hao: int) -> None:
    """Scenario 19: before billing begins a segment beyond the free ones costs the package's unit price."""
    trial = revise(S4, test_days=days, test_free=free)
    tariff = tariff_of(account(price_hao=0, billing_from="2026-12-01"), trial, opened_at=NOV - DAY)
    assert FundedAccount(tariff).send(sent) == cost_hao


def test_a_trial_ends_at_midnight_of_its_last_day() -> None:
    trial = revise(S4, test_days=10, test_free=100)
    funded = FundedAccount(tariff_of(account(price_hao=0), trial, opened_at=NOV))
    funded.send(1, 1, at(2026, 11, 15, 23, 59, 59))
    funded.send(1, 1, at(2026, 11, 16))
    assert funded.used == {"trial": 1, "sms:2026-11": 1}


def test_the_cap_is_exact() -> None:
    """Scenario 20: 39,999.95 + 0.05 is taken, 39,999.96 + 0.05 is not."""
    capped = revise(S4, packages=[{"service": "sms", "base_fee": "0", "included": 0, "overage_price": "0.05"}])
    for before_hao, key in ((399_999_500, None), (399_999_600, Key.CAP), (400_000_000, Key.CAP)):
        funded = FundedAccount(tariff_of(account(price_hao=0), capped))
        funded.book.charge("acme", 0, before_hao, NOV)
        found = funded.accept(1)
        assert (None if isinstance(found, Message) else found) is key
    assert funded.book.purse("acme").accrued_hao == 400_000_000


def test_at_the_cap_nothing_leaves_not_even_what_a_package_includes() -> None:
    """S4-11.1: the cap ends the service; included segments are part of it."""
    funded = FundedAccount(tariff_of(account(price_hao=0), S4))
    funded.book.charge("acme", 0, 399_999_999, NOV)
    assert isinstance(funded.accept(1), Message)
    funded.book.charge("acme", 0, 1, NOV)
    assert funded.accept(1) is Key.CAP


def test_a_package_is_used_up_in_the_middle_of_a_message() -> None:
    package = {"service": "sms", "base_fee": "300", "included": 3, "overage_price": "0.05"}
    funded = FundedAccount(tariff_of(account(price_hao=0), revise(S4, packages=[package])))
    assert [funded.send(1, 2), funded.send(1, 2), funded.send(1, 2)] == [0, 500, 1_000]
    assert funded.used == {"sms:2026-11": 3, "sms:2026-11+": 3}
    late = funded.accept(1)
    assert isinstance(late, Message) and late.draws == (Draw("sms:2026-11+", 1, 500),)
    assert funded.send(1, 3, NOV + 31 * DAY) == 0, "a whole month's in one message"
    inside, across = funded.accept(2, NOV + 62 * DAY), funded.accept(2, NOV + 62 * DAY)
    assert isinstance(inside, Message) and inside.draws == (Draw("sms:2027-01", 2),)
    assert isinstance(across, Message) and across.draws == (Draw("sms:2027-01", 1), Draw("sms:2027-01+", 1, 500))


@pytest.mark.parametrize(("month", "instant", "next_month"), [
    ("2026-11", at(2026, 11, 5, 12, 34, 56) + 0.5, at(2026, 12, 1)),
    ("2026-12", at(2026, 12, 31, 23, 59, 59) + 0.999, at(2027, 1, 1)),
    ("2028-02", at(2028, 2, 29, 0, 0, 1), at(2028, 3, 1)),
])
def test_a_month_is_chinas_natural_month_to_its_last_instant(month: str, instant: float, next_month: float) -> None:
    package = {"service": "sms", "base_fee": "300", "included": 9, "overage_price": "0.05"}
    funded = FundedAccount(tariff_of(account(price_hao=0), revise(S4, packages=[package], cap="0")))
    for now in (instant, next_month - 0.001, next_month, next_month + 0.001, instant):
        funded.send(1, 1, now)
    following = f"{dt.datetime.fromtimestamp(next_month, SHANGHAI):%Y-%m}"
    assert funded.used == {f"sms:{month}": 3, f"sms:{following}": 2}


def test_the_cap_is_for_one_term() -> None:
    tariff = tariff_of(account(price_hao=0), S4, accrued_hao=400_000_000)
    funded = FundedAccount(tariff)
    funded.book.charge("acme", 0, 400_000_000, NOV)
    assert isinstance(funded.accept(1), Message)


@pytest.mark.parametrize(
    ("profile", "confirmed_at", "cost_hao"),
    [
        (S1, None, 950_000), (S0, None, 900_000), (S0, at(2026, 3, 20), 950_000), (S0, at(2026, 4, 2), 900_000),
        (revise(S0, price_change="addendum"), None, 900_000), (revise(S0, price_change="pass_through"), None, 950_000),
    ],
)
def test_the_price_is_that_of_the_acceptance(profile: Profile, confirmed_at: float | None, cost_hao: int) -> None:
    """Scenario 21: 1,000 segments at 23:59 and 1,000 at 00:00, ended later."""
    profile = revise(profile, pay_mode="postpaid", price="0.045")
    versions = [PriceVersion("v2", 500, at(2026, 4, 1), confirmed_at)]
    funded = FundedAccount(tariff_of(account(price_hao=450, credit_limit_hao=10**9), profile, versions=versions))
    early = [funded.accept(1, at(2026, 3, 31, 23, 59)) for _ in range(1_000)]
    late = [funded.accept(1, at(2026, 4, 1)) for _ in range(1_000)]
    for message in early + late:
        funded.end(message, "D", at(2026, 4, 3))
    assert funded.book.purse("acme").accrued_hao == cost_hao
    versions_seen = {message.price_version for message in late if isinstance(message, Message)}
    assert versions_seen == ({"v2:500"} if cost_hao == 950_000 else {"account:450"})
    assert funded.send(1, 1, at(2026, 5, 1)) == (450 if confirmed_at is None and cost_hao == 900_000 else 500)


PRICES = ((0.0, 450, "v1"), (100.0, 500, "v2"), (200.0, 480, "v3"))


@pytest.mark.parametrize("instants", [(-5.0, 0.0, 99.9, 100.0, 199.9, 200.0, 1e9), (200.0, 199.9, 100.0, 99.9, -5.0)])
def test_the_price_is_that_of_its_instant_whichever_way_the_clock_goes(instants: tuple[float, ...]) -> None:
    """A clock that is set back, and a replay of another month: the boundary belongs to the new price."""
    by_message, by_unit = (Funded(ChargingTerms(1), Funds(prices=PRICES), floor_hao=0) for _ in range(2))
    for now in instants:
        hao, version = (450, "v1") if now < 100.0 else (500, "v2") if now < 200.0 else (480, "v3")
        message = ended("DD", billed=2)
        assert by_message.price(message, now) is ACCEPT
        assert (message.price_hao, message.price_version, message.amount_hao) == (hao, version, 2 * hao)
        assert by_unit.unit_hao(now) == hao


def test_without_a_draw_the_floor_is_that_of_the_contract() -> None:
    assert Funded(ChargingTerms(1), Funds(), floor_hao=-500).floor_hao == -500


def test_what_lies_in_a_lapsed_lot_pays_for_nothing_from_its_last_instant_on() -> None:
    """S1-3a: until the lapse is booked its money is still there, and no other lot's message may take it."""
    for now, floor_hao in ((at(2027, 1, 1) - 0.001, 0), (at(2027, 1, 1), 5 * 600), (at(2027, 1, 2), 5 * 600)):
        funded = credits(lot(1, 5), lot(2, 9, closes=at(2027, 7, 1)))
        assert isinstance(funded.accept(2, now), Message)
        assert funded.tariff.floor_hao == floor_hao


@pytest.mark.parametrize(
    ("included", "used", "wrong"),
    [(8, {}, 0), (8, {"sms:2026-11+": 3}, 3), (8, {"sms:2026-11": 7, "sms:2026-11+": 3}, 1),
     (8, {"sms:2026-11": 9}, -1), (0, {"sms:2026-11+": 3}, 0)],
)
def test_overage_of_a_month_that_was_none(included: int, used: dict[str, int], wrong: int) -> None:
    """S4-5.1: a month costs the overage of its owed segments together, in whatever order they came back."""
    assert true_up(included, used, "sms:2026-11") == wrong


def test_a_makeup_goes_before_everything() -> None:
    makeup = Pool("lot:9", PoolKind.MAKEUP, 3, 0, 0.0)
    funded = FundedAccount(tariff_of(account(price_hao=450), S0, pools=[makeup]), paid_hao=10_000)
    assert funded.send(1, 2) == 0
    assert funded.send(1, 2) == 450
    assert funded.used == {"lot:9": 3}
    failed = funded.accept(1)
    funded.end(failed, "U")
    assert funded.send(1) == 450


def test_money_for_unused_credits_is_not_there_for_others() -> None:
    """Lots beside money: what the credits are worth stays theirs, though the lot is not open yet."""
    tariff = tariff_of(account(price_hao=500), S0, pools=[lot(1, 10, 600, opens=NOV + DAY)])
    funded = FundedAccount(tariff, paid_hao=6_000 + 700)
    assert funded.send(1) == 500
    assert funded.accept(1) is Key.BALANCE
    assert isinstance(funded.accept(10, NOV + DAY), Message)


def test_a_fine_takes_credits_first() -> None:
    """S1-6: the fee of a violating message is deducted; what the credits do not cover is owed in money."""
    funded = credits(lot(1, 3))
    assert funded.tariff.fine(2, funded.book.purse("acme"), NOV) == (1_200, (Draw("lot:1", 2, 600),))
    amount_hao, draws = funded.tariff.fine(5, funded.book.purse("acme"), NOV)
    assert (amount_hao, draws) == (5 * 600, (Draw("lot:1", 3, 600),))
    plain = tariff_of(replace(account(), price_hao=600), S0)
    assert plain.fine(10_000, funded.book.purse("acme"), NOV) == (6_000_000, ())


def test_nothing_funded_is_the_plain_tariff() -> None:
    assert not tariff_of(account(), S0).is_funded
