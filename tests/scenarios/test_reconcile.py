"""Scenarios 29 and 30 and the lines behind them: `hongyan reconcile` and what it books."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from benchmarks.month import Kind, Month
from gateway.domain.outcome import State
from tests.scenarios.months import MAS, POSTPAID, PROOF, SHOP, MakeConfig, fill
from tests.scenarios.steps import document, run

pytestmark = pytest.mark.postgres
D = State.DELIVERED
SEPTEMBER, OCTOBER = ("--month", "2026-09"), ("--month", "2026-10")


def hold(config: Path, theirs: str, *more: str, side: tuple[str, ...] = SHOP) -> dict[str, Any]:
    file = config / "theirs.csv"
    file.write_text(theirs, "utf-8")
    at = ("--at", "2026-10-09T10:00")
    found: dict[str, Any] = document("reconcile", *side, *SEPTEMBER, "--theirs", str(file), *at, *more, config=config)
    return found


def september(config: Path, segments: int, price_hao: int) -> None:
    fill(config, lambda month: month.add(
        Kind(segments, (D,), 1, 1, price_hao, profile="postpaid-general@1"), dt.datetime(2026, 9, 5, 9)
    ))


def test_29_within_three_per_cent_the_provider_s_figure_holds(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    september(config, 100_000, 400)
    found = hold(config, "segments\n97000\n")
    assert (found["share_percent"], found["is_within"], found["clause"]) == ("3.000", True, "S0-4.3")
    assert (found["settled"], found["settled_amount"], found["recheck_by"]) == (100_000, "4000.00", None)


def test_29_beyond_it_the_undisputed_part_is_paid_and_the_rest_comes_next_cycle(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID, is_private=True)
    run("migrate", config=config)
    september(config, 100_000, 400)
    fill(config, lambda month: month.add(Kind(1, (D,), 1, 1, 52_000_000), dt.datetime(2026, 10, 5, 9)))
    sent = ("--at", "2026-10-08T10:00", *PROOF)
    document("statement", "send", *SHOP, *SEPTEMBER, *sent, config=config)
    found = hold(config, "segments\n96999\n", "--record", *PROOF)
    assert (found["share_percent"], found["is_within"], found["settled"]) == ("3.001", False, 96_999)
    assert (found["settled_amount"], found["disputed_amount"]) == ("3879.96", "120.04")
    assert found["recheck_by"] == "2026-10-13"  # three working days after 10-09: 10-10 is a working Saturday
    state = document("statement", "show", *SHOP, *SEPTEMBER, "--at", "2026-10-09T11:00", config=config)
    assert (state["state"], state["owed"]) == ("DISPUTED", "3879.96")
    settled = document("reconcile", "settle", *SHOP, *SEPTEMBER, "--truth", "98500", *PROOF, config=config)
    assert (settled["line"], settled["statement"], settled["ledger"]) == ("60.04", "2026-10", "-60.00")
    again = document("reconcile", "settle", *SHOP, *SEPTEMBER, "--truth", "98500", *PROOF, config=config)
    assert again["entry"] == settled["entry"]  # booked once
    october = document("statement", *SHOP, *OCTOBER, config=config)
    assert {line["line"]: line["amount"] for line in october["lines"]} == {"messages": "5200.00", "recheck": "60.04"}
    assert october["total"] == "5260.04"
    assert document("tasks", "list", *SHOP, "--kind", "RECHECK", config=config) == []


@pytest.mark.parametrize(
    ("theirs", "share", "is_within", "recheck_by"),
    [("475.00", "5.000", True, None), ("474.99", "5.002", False, "2026-10-22")],
)
def test_30_a_carrier_s_bill_is_paid_whole_while_it_is_checked(
    make_config: MakeConfig, theirs: str, share: str, is_within: bool, recheck_by: str | None
) -> None:
    config = make_config(MAS)
    september(config, 10_000, 500)
    found = hold(config, f"amount\n{theirs}\n")
    assert (found["share_percent"], found["is_within"], found["clause"]) == (share, is_within, "S4-5.6")
    assert (found["provider"], found["settled_amount"]) == ("500.00", "500.00")
    assert found["recheck_by"] == recheck_by


def test_the_provider_s_figure_is_the_bill_where_the_contract_says_so(make_config: MakeConfig) -> None:
    config = make_config({"accounts/demo.toml": {"contract": '"quota"'}})
    september(config, 100, 400)
    found = hold(config, "segments\n50\n")
    assert (found["share_percent"], found["settled"], found["clause"]) == ("50.000", 100, "S3-3.7")


def test_lines_that_differ_are_named(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    september(config, 5, 400)
    at = dt.datetime(2026, 9, 5, 9)
    rows = [f"1380000000{n},{at.isoformat()},{2 if n == 3 else 1}" for n in range(1, 5)]
    found = hold(config, "\n".join(["number,time,segments", *rows, f"13900000000,{at.isoformat()},1"]))
    assert found["differences"]["lines"] == {"only_ours": 1, "segments": 1, "only_theirs": 1}
    numbers = {line["what"]: line["number"] for line in found["differences"]["listed"]}
    assert numbers == {"only_ours": "13800000000", "segments": "13800000003", "only_theirs": "13900000000"}
    by_id = hold(config, "id,segments\n" + "\n".join(
        f"{line['id']},1" for line in hold(config, "id,segments\n0,0\n")["differences"]["listed"] if line["ours"]
    ))
    assert by_id["differences"]["lines"] == {}
    assert by_id["difference"] == 0


def test_a_file_that_cannot_be_read_names_its_lines(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    file = config / "theirs.csv"
    file.write_text("number,segments\n13800000001,x\n13800000002\n", "utf-8")
    words = run("reconcile", *SHOP, *SEPTEMBER, "--theirs", str(file), config=config, code=2)
    assert "line 2: segments: 'x' is no count" in words
    assert "line 3: 1 fields, 2 columns" in words


def test_a_carrier_is_held_against_what_it_took(make_config: MakeConfig) -> None:
    config = make_config({"carriers/simulated.toml": {"contract": '"cloud-mas"'}})
    name = document("channels", "list", config=config)[0]["channel"]

    async def work(month: Month) -> None:
        await month.add(Kind(20, (D, State.UNDELIVERABLE), 2, 2), dt.datetime(2026, 9, 5, 9))
        await month.taken(name)

    fill(config, work)
    found = hold(config, "segments\n42\n", side=("--channel", name))  # charged when submitted: failures too
    assert (found["provider"], found["client"], found["share_percent"]) == (42, 40, "4.762")
    assert (found["is_within"], found["clause"]) == (True, "S4-5.6")
    found = hold(config, "segments\n43\n", side=("--channel", name))
    assert (found["is_within"], found["settled"], found["recheck_by"]) == (False, 43, "2026-10-22")
