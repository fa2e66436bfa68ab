"""Statements through `hongyan statement`: figures, states, payments; scenarios 11, 18, 25 to 28 and 32 among them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from benchmarks.month import Kind, Month
from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import EntryKind
from gateway.domain.outcome import State
from tests.gateway.contracts.shipped import NAMES
from tests.scenarios.months import BILLED, POSTPAID, PROOF, SHOP, MakeConfig, fill, seen
from tests.scenarios.steps import document, run

pytestmark = pytest.mark.postgres
D, U, E, F, R = State.DELIVERED, State.UNKNOWN, State.EXPIRED, State.UNDELIVERABLE, State.REJECTED


async def batch_of_scenario_11(month: Month) -> None:
    await month.top_up(12_600_000, dt.datetime(2026, 9, 30, 12), "transfer 7")
    at = dt.datetime(2026, 10, 5, 9)
    price = {"price_hao": 420}
    await month.add(Kind(9_412, (D, D, D), 3, 3, **price), at)
    await month.add(Kind(388, (F, F, F), 3, 0, **price), at + dt.timedelta(hours=1))
    await month.add(Kind(100, (R, R, R), 3, 0, **price), at + dt.timedelta(hours=2))
    await month.add(Kind(60, (E, E, E), 3, 0, **price), at + dt.timedelta(hours=3))
    await month.add(
        Kind(40, (U, U, U), 3, 0, resolution=EntryKind.EXPIRE, **price), at + dt.timedelta(hours=4)
    )


def test_11_a_batch_on_the_month_s_statement(make_config: MakeConfig) -> None:
    config = make_config()
    fill(config, batch_of_scenario_11)
    found = document("statement", *SHOP, "--month", "2026-10", config=config)
    assert found["total"] == "1185.91"
    assert found["charged_segments"] == 28_236
    (line,) = [line for line in found["lines"] if line["line"] == "messages"]
    assert (line["exact"], line["messages"], line["billed_segments"]) == ("1185.912", 10_000, 30_000)
    assert found["balance"] == {"opening": "1260.00", "paid_in": "0", "charged": "1185.912", "closing": "74.088"}
    assert {row["state"]: row["messages"] for row in found["states"]} == {
        "DELIVRD": 9_412, "UNDELIV": 388, "REJECTD": 100, "EXPIRED": 60, "UNKNOWN": 40,
    }
    assert (found["unknown"]["messages"], found["unknown"]["is_charged"]) == (40, False)
    assert len(found["unknown"]["listed"]) == 40
    assert found["check"] == {"messages": "1185.912", "ledger": "1185.912", "is_equal": True}


def test_months_meet_at_midnight_in_china(make_config: MakeConfig) -> None:
    config = make_config()

    async def work(month: Month) -> None:
        await month.add(Kind(1, (D,), 1, 1), dt.datetime(2026, 9, 30, 23, 59, 59))
        await month.add(Kind(2, (D,), 1, 1), dt.datetime(2026, 10, 1, 0, 0, 0))

    fill(config, work)
    september, october = (document("statement", *SHOP, "--month", m, config=config) for m in ("2026-09", "2026-10"))
    assert (september["messages"], october["messages"]) == (1, 2)
    assert september["balance"]["closing"] == october["balance"]["opening"] == "-0.045"
    assert october["balance"]["closing"] == "-0.135"
    assert october["total"] == "0.09"


def test_parts_of_long_messages_are_counted_by_their_receipts(make_config: MakeConfig) -> None:
    config = make_config()

    async def work(month: Month) -> None:
        await month.add(Kind(10, (D, D, F), 3, 2), dt.datetime(2026, 10, 5, 9))
        await month.add(Kind(5, (D, U, D), 3, 2), dt.datetime(2026, 10, 6, 9))
        await month.add(Kind(4, (D, D, D), 2, 2), dt.datetime(2026, 10, 7, 9))  # billed by 70, cut by 67
        await month.add(Kind(7, (D,), 1, 1, 500, "triggered", "v2"), dt.datetime(2026, 10, 7, 12))

    fill(config, work)
    found = document("statement", *SHOP, "--month", "2026-10", config=config)
    states = {(row["class"], row["state"]): row for row in found["states"]}
    assert states["batch", "PARTIAL"]["messages"] == 15
    assert states["batch", "PARTIAL"]["charged_segments"] == 30
    assert (states["batch", "DELIVRD"]["billed_segments"], states["batch", "DELIVRD"]["wire_segments"]) == (8, 12)
    assert (found["unknown"]["messages"], found["unknown"]["wire_segments"]) == (5, 5)
    assert [line["amount"] for line in found["lines"]] == ["1.71", "0.35"]
    assert found["total"] == "2.06"


@pytest.mark.parametrize(
    ("pieces", "total"), [(0, "300.00"), (6_000, "300.00"), (6_001, "300.05"), (10_000, "500.00")]
)
def test_18_a_package_month(make_config: MakeConfig, pieces: int, total: str) -> None:
    """The base fee is what the ledger has of it; pieces that the package includes were drawn and cost nothing."""
    config = make_config(BILLED, is_private=True)
    run("migrate", config=config)
    seen(config)

    async def work(month: Month) -> None:
        at, name = dt.datetime(2026, 10, 5, 9), "cloud-mas@1"
        included = min(pieces, 6_000)
        await month.add(Kind(included, (D,), 1, 1, 0, profile=name, resolution=EntryKind.SETTLE), at)
        await month.add(Kind(pieces - included, (D,), 1, 1, 500, profile=name), at + dt.timedelta(hours=1))

    if pieces:
        fill(config, work)
    found = document("statement", *SHOP, "--month", "2026-10", config=config)
    assert found["total"] == total
    assert found["packages"][0]["overage"] == max(0, pieces - 6_000)


def test_forms_of_a_statement(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config()
    fill(config, batch_of_scenario_11)
    of_october = ("statement", *SHOP, "--month", "2026-10")
    rows = list(csv.DictReader(io.StringIO(run(*of_october, "--format", "csv", config=config))))
    assert [row["amount"] for row in rows if row["part"] == "total"] == ["1185.91"]
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    for file in (first, second):
        run(*of_october, "--format", "pdf", "--out", str(file), config=config)
    assert first.read_bytes() == second.read_bytes()
    reader = PdfReader(first)
    text = re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in reader.pages))
    for words in ("短信业务对账单", "批量下发类", "1185.91", "2026-11-04", "不计费"):
        assert words in text
    assert "视为确认" not in text  # S0-4.2(2) is of postpaid statements alone
    fonts = reader.pages[0]["/Resources"]["/Font"]
    descriptors = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts.values()
    ]
    assert all("/FontFile3" in each for each in descriptors)  # the font is inside
    assert len(first.read_bytes()) < 200_000
    run(*of_october, "--format", "pdf", config=config, code=2)


@pytest.mark.parametrize("contract", NAMES)
def test_silence_confirms_under_s0_postpaid_alone(make_config: MakeConfig, tmp_path: Path, contract: str) -> None:
    """contracts.md 1.9: silence = confirmed stands in S0-4.2(2) alone; other papers neither print nor do it."""
    found = document("dates", "--contract", contract, "--month", "2026-10")
    assert (found["auto_confirmed_on"] is not None) is (contract == "postpaid-general")
    config = make_config({"accounts/demo.toml": {"contract": f'"{contract}"'}})
    fill(config, lambda month: month.add(Kind(1, (D,), 1, 1), dt.datetime(2026, 9, 5, 9)))
    pdf = tmp_path / "of.pdf"
    run("statement", *SHOP, "--month", "2026-09", "--format", "pdf", "--out", str(pdf), config=config)
    text = re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in PdfReader(pdf).pages))
    assert ("逾期未答复视为确认" in text) is (contract == "postpaid-general")
    late = send(config, "2026-09", "2026-10-08T10:00") and shown(config, "2026-09", "2026-11-20T10:00")
    assert late["state"] == ("AUTO_CONFIRMED" if contract == "postpaid-general" else "SENT")
    assert late["number"] == "DZ2026-00001"
    run("statement", *SHOP, "--month", "2026-09", "--sent", "--format", "pdf", "--out", str(pdf), config=config)
    text = re.sub(r"[\s\0]", "", "".join(page.extract_text() for page in PdfReader(pdf).pages))
    assert "编号：DZ2026-00001" in text and "示例通信服务有限公司" in text


def send(config: Path, month: str, at: str, *more: str) -> dict[str, Any]:
    return event(config, "send", month, at, *more)


def event(config: Path, verb: str, month: str, at: str, *more: str) -> dict[str, Any]:
    options = (*SHOP, "--month", month, "--at", at, *PROOF, *more)
    found: dict[str, Any] = document("statement", verb, *options, config=config)
    return found


def shown(config: Path, month: str, at: str) -> dict[str, Any]:
    found: dict[str, Any] = document("statement", "show", *SHOP, "--month", month, "--at", at, config=config)
    return found


def test_25_silence_confirms_at_the_end_of_the_fifth_working_day(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    sent = send(config, "2026-01", "2026-02-04T10:00")
    assert (sent["state"], sent["confirm_by"]) == ("SENT", "2026-02-11")
    assert shown(config, "2026-01", "2026-02-11T23:59:59")["state"] == "SENT"
    after = shown(config, "2026-01", "2026-02-12T00:00:00")
    assert (after["state"], after["since"], after["auto_confirmed_on"]) == (
        "AUTO_CONFIRMED", "2026-02-12T00:00:00+08:00", "2026-02-11",
    )
    invoiced = event(config, "invoice", "2026-01", "2026-02-12T09:00")
    assert invoiced["due"] == "2026-02-20"


@pytest.mark.parametrize(
    ("month", "at", "confirm_by", "received"),
    [("2026-09", "2026-10-08T10:00", "2026-10-14", "2026-10-16T09:00"),
     ("2026-03", "2026-04-07T10:00", "2026-04-14", "2026-04-15T09:00")],
)
def test_26_27_confirmation_and_the_cap_of_the_due_day(
    make_config: MakeConfig, month: str, at: str, confirm_by: str, received: str
) -> None:
    config = make_config(POSTPAID)
    assert send(config, month, at)["confirm_by"] == confirm_by
    due = event(config, "invoice", month, received)["due"]
    assert due == f"{received[:8]}20"


def test_28_a_late_payment_books_its_fee_once(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID, is_private=True)
    run("migrate", config=config)
    fill(config, lambda month: month.add(Kind(1, (D,), 1, 1, 123_456_700), dt.datetime(2026, 9, 5, 9)))
    assert send(config, "2026-09", "2026-10-08T10:00")["total"] == "12345.67"
    event(config, "invoice", "2026-09", "2026-10-12T10:00")
    assert shown(config, "2026-09", "2026-10-16T10:00")["due"] == "2026-10-15"
    paid = event(config, "paid", "2026-09", "2026-10-25T15:00")
    assert (paid["late_days"], paid["late_fee"], paid["owed"]) == (11, "407.41", "0")
    assert "nothing is owed" in run(
        "statement", "paid", *SHOP, "--month", "2026-09", *PROOF, config=config, code=1
    )
    october = document("statement", *SHOP, "--month", "2026-10", config=config)
    (line,) = october["lines"]
    assert (line["line"], line["amount"], line["clause"]) == ("late_fee", "407.41", "S0-4.2(2)c")
    assert october["check"]["is_equal"]
    this_month = f"{dt.datetime.now(SHANGHAI):%Y-%m}"  # the entry is of today: no other line shows it again
    now = document("statement", *SHOP, "--month", this_month, config=config)
    assert [line for line in now["lines"] if line["line"] != "messages"] == []
    assert now["balance"]["charged"] == "407.41"


def test_32_a_half_year_s_bill(make_config: MakeConfig) -> None:
    config = make_config(BILLED, is_private=True)
    run("migrate", config=config)
    seen(config)
    for number, month in enumerate(("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"), start=2):
        send(config, month, f"2026-{number:02d}-10T10:00")
    assert "2026-05" in run(
        "statement", "invoice", *SHOP, "--month", "2026-05", "--at", "2026-07-14T10:00", *PROOF, config=config, code=1
    )
    bill = event(config, "invoice", "2026-06", "2026-07-14T10:00")
    assert (bill["due"], bill["owed"], bill["rescind_from"]) == ("2026-08-13", "1800.00", "2026-11-14")
    late = shown(config, "2026-06", "2026-08-20T10:00")
    assert (late["late_days"], late["late_fee"]) == (7, "37.80")
    kinds = {task["kind"] for task in document("tasks", "list", *SHOP, config=config)}
    assert {"PAYMENT", "RESCIND", "CONFIRM"} <= kinds  # here silence confirms nothing: somebody must ask


def test_31_silence_may_confirm_nothing(make_config: MakeConfig) -> None:
    config = make_config(BILLED, is_private=True)
    run("migrate", config=config)
    seen(config)
    assert send(config, "2026-09", "2026-10-20T10:00")["confirm_by"] == "2026-10-27"
    assert shown(config, "2026-09", "2026-11-20T10:00")["state"] == "SENT"


def test_answers_are_kept_with_their_evidence_and_refused_when_they_come_too_late(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    send(config, "2026-09", "2026-10-08T10:00", "--by", "clerk")
    disputed = event(config, "dispute", "2026-09", "2026-10-14T23:00", "--note", "WeChat: 3,000 fewer")
    assert disputed["state"] == "DISPUTED"
    assert [(each["event"], each["evidence"]) for each in disputed["events"]] == [("disputed", "mail 1")]
    assert event(config, "confirm", "2026-09", "2026-10-20T09:00")["state"] == "CONFIRMED"
    send(config, "2026-08", "2026-09-04T10:00")
    words = run(
        "statement", "dispute", *SHOP, "--month", "2026-08", "--at", "2026-09-12T09:00", *PROOF, config=config, code=1
    )
    assert "AUTO_CONFIRMED since 2026-09-11" in words


def test_a_sent_statement_stays_and_a_difference_becomes_the_next_version(make_config: MakeConfig) -> None:
    config = make_config()
    fill(config, batch_of_scenario_11)
    assert send(config, "2026-10", "2026-11-04T10:00")["version"] == 1
    run("statement", "send", *SHOP, "--month", "2026-10", "--at", "2026-11-04T11:00", *PROOF, config=config, code=1)
    fill(config, lambda month: month.add(Kind(1, (D,), 1, 1), dt.datetime(2026, 10, 20, 9)))
    differs = shown(config, "2026-10", "2026-11-04T12:00")
    assert differs["total"] == "1185.91"
    assert differs["differs_in"]["total"] == {"sent": "1185.91", "now": "1185.96"}
    again = send(config, "2026-10", "2026-11-05T10:00")
    assert (again["version"], again["total"]) == (2, "1185.96")
    listed = document("statement", "list", *SHOP, config=config)
    assert [(each["version"], each["total"]) for each in listed] == [(2, "1185.96"), (1, "1185.91")]


def test_a_month_that_is_not_over_cannot_be_sent(make_config: MakeConfig) -> None:
    assert "not over" in run(
        "statement", "send", *SHOP, "--month", "2026-10", "--at", "2026-10-31T23:59", *PROOF, config=make_config(),
        code=1
    )
