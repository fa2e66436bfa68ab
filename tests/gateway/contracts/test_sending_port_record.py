"""A sending port as JSON and back, under changed terms, its next check, and the notice that tells its client."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.complaints import SendingPort, complain, next_day, open_sending_port, rectify
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.replay import forecast
from gateway.contracts.sending_port_notice import notice_of
from gateway.contracts.sending_port_record import next_check, sending_port_from_dict, sending_port_to_dict, under_terms
from gateway.contracts.sending_port_standing import PortEvent, PortLimit, PortStanding, judged_again
from gateway.contracts.sending_port_terms import PortTerms, regime_of
from gateway.domain.china_time import SHANGHAI
from tests.gateway.contracts.shipped import S4

RULES = ComplaintRules()
DAY = dt.date(2026, 3, 2)
WRITTEN = dt.datetime(2026, 3, 12, 8, 5, tzinfo=SHANGHAI)
TERMS = PortTerms("10690123", "10690123", "acme", "", S4, "whitelist", 100.0, 100.0, True)
WALKS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 2, 3, 11]), st.booleans()), max_size=60)


def walked(counts: list[tuple[int, bool]], rate: float = 100.0) -> SendingPort:
    sending_port = open_sending_port("whitelist", rate, DAY)
    for count, is_rectified in counts:
        sending_port = next_day(complain(sending_port, RULES, count=count)[0], RULES, is_rectified=is_rectified)[0]
    return sending_port


@given(WALKS, st.integers(0, 3))
def test_a_port_comes_back_from_json(counts: list[tuple[int, bool]], today: int) -> None:
    sending_port = complain(walked(counts), RULES, count=today)[0]
    assert sending_port_from_dict(json.loads(json.dumps(sending_port_to_dict(sending_port)))) == sending_port


@pytest.mark.parametrize("name", ["regime", "state", "counts", "touched", "late", "since", "rate"])
def test_a_record_without_a_field_is_none(name: str) -> None:
    record = sending_port_to_dict(walked([(2, False)]))
    del record[name]
    with pytest.raises(KeyError, match=name):
        sending_port_from_dict(record)


@given(WALKS)
def test_the_next_check_is_the_first_day_of_the_forecast(counts: list[tuple[int, bool]]) -> None:
    sending_port = walked(counts)
    if sending_port.rate > 0.0:
        changes = forecast(sending_port, RULES)
        assert next_check(sending_port, RULES) == (changes[0].day if changes else None)


@pytest.mark.parametrize(("quiet_days", "check"), [(0, dt.date(2026, 3, 12)), (9, dt.date(2026, 3, 12)),
                                                  (15, dt.date(2026, 3, 17))])
def test_a_suspension_is_looked_at_when_a_rectification_may_end_it(quiet_days: int, check: dt.date) -> None:
    sending_port = complain(open_sending_port("whitelist", 100.0, DAY), RULES, count=11)[0]
    for _ in range(quiet_days):
        sending_port = next_day(sending_port, RULES)[0]
    assert next_check(sending_port, RULES) == check


@pytest.mark.parametrize(
    ("counts", "rate", "now_rate"),
    [
        ([], 100.0, 100.0), ([], 20.0, 20.0), ([], 300.0, 300.0),
        ([(2, False)], 300.0, 50.0), ([(2, False)], 20.0, 20.0),  # reduced to 50: no rate undoes a punishment
    ],
)
def test_changed_terms_leave_a_punishment_as_it_was(
    counts: list[tuple[int, bool]], rate: float, now_rate: float
) -> None:
    sending_port = walked(counts)
    changed = under_terms(sending_port, replace(TERMS, rate=rate, regime="blacklist"))
    assert (changed.original_rate, changed.regime, changed.rate) == (rate, "blacklist", now_rate)
    assert changed.state is sending_port.state
    assert under_terms(sending_port, TERMS) is sending_port


def test_a_notice_of_a_reduced_port() -> None:
    sending_port = complain(open_sending_port("whitelist", 100.0, DAY), RULES, count=2)[0]
    sending_port, [change] = next_day(sending_port, RULES)
    assert notice_of(TERMS, change, WRITTEN) == ("端口10690123降速通知", (
        "端口10690123降速通知\n致：acme\n接入码：10690123（白名单管理）\n依据：S4-A3-3，规则T1\n"
        "原因：单日投诉达到2起（白名单端口）。\n"
        "处理：自2026年3月3日00:00起，端口状态为“降速”，发送速率为每秒50条（原速率每秒100条）。\n"
        "近30天有效投诉共2起：03-02 2起。\n超出速率的短信将排队发送，不予拒绝。\n"
        "下次检查日期：2026年3月17日（其间如无新增投诉）。\n签发时间：2026-03-12 08:05（北京时间）\n"
    ))


def test_a_notice_of_a_suspended_channel() -> None:
    sending_port = complain(open_sending_port("blacklist", 6.0, DAY), RULES, count=1)[0]
    sending_port, [change] = complain(next_day(sending_port, RULES)[0], RULES, count=10)
    terms = replace(TERMS, key="channel:a", code="", account="", channel="a")
    assert notice_of(terms, change, WRITTEN) == ("端口a暂停通知", (
        "端口a暂停通知\n致：a\n接入码：-（黑名单管理）\n依据：S4-A3-3，规则T4\n原因：一周内投诉超过10起。\n"
        "处理：自2026年3月3日起即时，端口状态为“暂停”，发送速率为每秒0条（原速率每秒6条）。\n"
        "近30天有效投诉共11起：03-02 1起；03-03 10起。\n"
        "暂停期间提交的短信将被拒绝；请提交整改报告，整改通过且期满后恢复。\n"
        "下次检查日期：2026年3月13日（其间如无新增投诉）。\n签发时间：2026-03-12 08:05（北京时间）\n"
    ))


def test_a_notice_of_a_port_left_to_those_who_asked_for_it() -> None:
    """S4-A3-3(3), and no complaint within the days that are shown."""
    counts = ((DAY - dt.timedelta(31), 2),)
    sending_port = replace(open_sending_port("whitelist", 100.0, DAY), mo_opt_in_on=DAY, counts=counts)
    sending_port, [change] = next_day(complain(sending_port, RULES, count=2)[0], RULES)
    long_ago = replace(change.sending_port, counts=((DAY - dt.timedelta(30), 2),))
    shown = replace(change, number="X1", sending_port=long_ago)
    text = notice_of(TERMS, shown, WRITTEN)[1]
    assert "依据：S4-A3-3(3)，规则X1\n" in text and "近30天无有效投诉。\n" in text
    assert "本端口仅可向上行定制用户发送，原白名单失效（S4-A3-3(3)）。\n" in text
    assert "依据：S4-4.9，规则J\n" in notice_of(TERMS, replace(shown, number="J"), WRITTEN)[1]


def test_a_normal_port_with_two_complaints_of_today_is_looked_at_tomorrow() -> None:
    sending_port = complain(open_sending_port("whitelist", 100.0, DAY), RULES, count=2)[0]
    assert next_check(sending_port, RULES) == DAY + dt.timedelta(days=1)
    assert next_check(open_sending_port("whitelist", 100.0, DAY), RULES) is None


@pytest.mark.parametrize(("stated", "types", "regime"), [
    ("blacklist", {}, "blacklist"), ("whitelist", {"otp": "blacklist"}, "whitelist"),
    ("", {"otp": "blacklist"}, "blacklist"), ("", {"sms": "whitelist"}, "whitelist"),
])
def test_the_lists_of_a_port_are_stated_or_those_of_its_types(stated: str, types: dict[str, str], regime: str) -> None:
    assert regime_of(stated, S4.model_copy(update={"service_types": types})) == regime


def test_a_port_isolated_by_an_operator_says_so() -> None:
    standing = PortStanding(TERMS, open_sending_port("whitelist", 100.0, DAY), None, "isolated")
    assert standing.limit == PortLimit(0.0, "D", "isolated by an operator")


def test_a_port_judged_again_is_as_if_only_that_had_happened() -> None:
    """A suspension, its rectification and what follows of it are walked once more; a ticket less leaves it normal."""
    tickets = [PortEvent(DAY, "ticket", DAY)] * 11
    today = DAY + dt.timedelta(days=40)
    standing = PortStanding(TERMS, walked([(0, False)] * 40), None, "")
    suspended, facts = judged_again(standing, tickets, 0.0)
    assert (suspended.sending_port.state.value, suspended.sending_port.today) == ("SUSPENDED", today)
    assert [change.state for change in facts.changes] == ["SUSPENDED"]
    mended = [*tickets, PortEvent(DAY + dt.timedelta(days=1), "rectify")]
    after, _ = judged_again(standing, mended, 0.0)
    assert after.sending_port.state.value != "SUSPENDED"
    normal, none = judged_again(standing, [PortEvent(DAY, "ticket", DAY)], 0.0)
    assert (normal.sending_port.state.value, none.changes) == ("NORMAL", [])


def test_mo_opt_in_that_an_operator_ended_stays_ended_when_judged_again() -> None:
    events: list[PortEvent] = []
    day = DAY
    sending_port = open_sending_port("whitelist", 100.0, DAY)
    while not sending_port.is_mo_opt_in:
        if sending_port.state.value == "SUSPENDED":
            events.append(PortEvent(day, "rectify"))
            sending_port = rectify(sending_port, RULES)[0]
        elif sending_port.state.value == "NORMAL":
            events += [PortEvent(day, "ticket", day)] * 11
            for _ in range(11):
                sending_port = complain(sending_port, RULES, made_on=day)[0]
        sending_port, day = next_day(sending_port, RULES)[0], day + dt.timedelta(days=1)
        assert day < DAY + dt.timedelta(days=900)
    standing = PortStanding(TERMS, sending_port)
    assert judged_again(standing, events, 0.0)[0].sending_port.is_mo_opt_in
    ended = judged_again(standing, [*events, PortEvent(day, "leave_mo_opt_in")], 0.0)[0]
    assert not ended.sending_port.is_mo_opt_in
