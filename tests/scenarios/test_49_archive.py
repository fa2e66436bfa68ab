"""Scenario 49: a record of 2026-09-30 under S1 stays until 2027-02-28 is over, is not edited unseen, and is proved."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from gateway.domain.china_time import SHANGHAI
from gateway.domain.outcome import Answer, State
from gateway.store import migrations, partitions
from gateway.store.open_database import open_database
from tests.gateway.contracts.shipped import S1
from tests.gateway.pipeline.builders import policy
from tests.scenarios.steps import document, run
from tests.store.contract import Maker, PostgresDisk

pytestmark = pytest.mark.postgres
CONFIG = Path(__file__).resolve().parents[2] / "config"
NUMBER = "13800138000"


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


SENT = moment("2026-09-30T12:00")


class NodeWithHistory:
    """A configuration with an account under S1, and a database of its own with one message of that day."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.state_dir = folder / "state"
        shutil.copytree(CONFIG, self.config)
        node = self.config / "hongyan.toml"
        node.write_text(node.read_text().replace("[node]", f'[node]\nstate_dir = "{self.state_dir}"', 1))
        accounts = self.config / "accounts" / "demo.toml"
        accounts.write_text(accounts.read_text().replace('contract = "prepaid-general"', 'contract = "credit-pack"', 1))

    async def write(self) -> int:
        """Store a delivered message of an account under S1; return its id."""
        async with open_database(None, self.state_dir) as connection:
            await migrations.migrate(connection)
            await partitions.ensure(connection, SENT)
            user = await connection.fetchval("SELECT current_user")
            place = await connection.fetchval("SHOW unix_socket_directories")
            disk = PostgresDisk(f"postgresql://{user}@/hongyan?host={place}")
            life = await disk.live()
            make = Maker(now=SENT)
            make.policy = policy(profile=S1, name="smppdemo")
            message = make.message("您的订单已发货", destination=NUMBER)
            make.accept(life.journal, message, "a/1")
            life.journal.answered(message, 0, Answer.ACCEPTED, "c1", 0, SENT)
            life.journal.received(message, 0, make.receipt(message, "c1"), SENT + 5)
            make.conclude(life.journal, message, State.DELIVERED)
            await life.committed()
            await disk.close()
            return message.id

    def edit(self, sql: str) -> None:
        async def do() -> None:
            async with open_database(None, self.state_dir) as connection:
                await connection.execute(sql)

        asyncio.run(do())

    def ask(self, *arguments: str) -> Any:
        return document(*arguments, config=self.config)


@pytest.fixture
def records() -> Iterator[NodeWithHistory]:
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    yield NodeWithHistory(folder)
    shutil.rmtree(folder)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock of the commands; `clock.now` sets it."""
    hands = SimpleNamespace(now=moment("2026-10-02T08:00"))
    for module in ("gateway.cli.archive_commands", "gateway.cli.evidence_commands"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: hands.now))
    return hands


def test_a_record_under_s1(records: NodeWithHistory, clock: Any, tmp_path: Path) -> None:
    """Scenario 49: purged from 2027-03-01; before that refused and audited; an edit is refused, the chain verifies."""
    message = asyncio.run(records.write())
    sealed = records.ask("archive", "seal")
    assert sealed["closed"][0][0] == "2026-09-30"
    head = records.ask("archive", "days")[0]["hash"]

    # an edit is refused at any time
    for sql in ("UPDATE messages SET text = 'x'", "DELETE FROM outcomes", "TRUNCATE movements"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"S1-5\(5\)"):
            records.edit(sql)
    assert records.ask("archive", "verify", "--head", head)["intact"]

    # evidence proves itself, without the database
    paper = tmp_path / "evidence"
    day = ("--since", "2026-09-30T00:00", "--until", "2026-10-01T00:00")
    reason = "letter 12 of the authority"
    made = records.ask("evidence", "--number", NUMBER, *day, "--out", str(paper), "--reason", reason)
    assert (made["proved"], made["messages"], made["own_links"]) == (True, 1, 0)
    shown = records.ask("evidence", "verify", str(paper), "--show", "--against", "--head", made["sealed_hash"])
    assert shown["content"]["messages"][0]["text"] == "【示例商城】您的订单已发货"
    assert shown["content"]["messages"][0]["id"] == str(message)
    forged = tmp_path / "forged"
    forged.write_bytes(paper.read_bytes().replace("发货".encode(), "退货".encode()))
    told = json.loads(refused("evidence", "verify", str(forged), "--json", config=records.config))
    assert "changed" in told["problems"][0]

    # purging before the law's five months is refused and audited, though S1 says three
    clock.now = moment("2027-02-28T23:59:59")
    words = run("archive", "purge", "--before", "2026-10-01", config=records.config, code=1)
    assert "stays 5 months (S4-12.1): it may be purged from 2027-03-01 on" in words
    lines = records.ask("audit", "list", "--since", "2026-10-01T00:00")
    assert [(line["action"], line["result"]) for line in lines] == [
        ("history edit", "refused: S1-5(5)"), ("archive purge", "refused: S4-12.1"), ("evidence", "done"),
    ]
    assert lines[2]["reason"] == reason

    # from 2027-03-01 on it goes, and the chain verifies without it
    clock.now = moment("2027-03-01T00:00:00")
    purged = records.ask("archive", "purge", "--before", "2026-10-01")
    assert purged[-1]["day"] == "2026-09-30"
    verdict = records.ask("archive", "verify", "--head", head)
    assert (verdict["intact"], verdict["purged_days"]) == (True, len(purged))


def refused(*arguments: str, config: Path) -> str:
    """Run a command that ends with code 1; return its standard output."""
    from typer.testing import CliRunner

    from gateway.cli.main import app

    result = CliRunner().invoke(app, arguments, env={"HONGYAN_CONFIG": str(config)})
    assert result.exit_code == 1, result.output
    return result.stdout


def test_an_edit_by_hand_is_found(records: NodeWithHistory, clock: Any) -> None:
    message = asyncio.run(records.write())
    records.ask("archive", "seal")
    records.edit(
        "ALTER TABLE messages DISABLE TRIGGER append_only; UPDATE messages SET text = '别的';"
        " ALTER TABLE messages ENABLE TRIGGER append_only"
    )
    found = json.loads(refused("archive", "verify", "--day", "2026-09-30", "--json", config=records.config))
    assert f"messages {message}: edited or added" in found["findings"][0]["rows"]


def test_who_may_see_content(records: NodeWithHistory, clock: Any) -> None:
    message = asyncio.run(records.write())
    node = records.config / "hongyan.toml"
    node.write_text(node.read_text().replace("[archive]", '[archive]\ncontent_readers = ["nobody-here"]', 1))
    out = str(records.state_dir / "out")
    for arguments in (
        ("evidence", "--message", str(message), "--out", out), ("explain", str(message), "--text"),
        ("trace", "--number", NUMBER, "--since", "2026-09-30", "--whole-numbers"),
        ("statement", "--account", "smppdemo", "--month", "2026-09", "--whole-numbers"),
    ):
        assert "may not see content (S4-7.3)" in run(*arguments, config=records.config, code=1)
    assert "您的订单" not in run("explain", str(message), "--json", config=records.config)
    lines = records.ask("audit", "list", "--since", "2026-09-01T00:00", "--until", "2030-01-01T00:00")
    assert [line["result"] for line in lines] == ["refused: S4-7.3"] * 4


def test_a_disclosure_needs_its_basis_and_is_told(records: NodeWithHistory, clock: Any) -> None:
    """S4-7.5: the client is told in writing before; S4-7.3: without a basis in law it is refused. Both are audited."""
    asyncio.run(records.write())
    order = (
        "archive", "disclose", "--account", "smppdemo", "--authority", "the court", "--subject", f"number {NUMBER}",
        "--at", "2030-01-05T10:00", "--basis",
    )
    assert "needs its legal basis (S4-7.3)" in run(*order, "", config=records.config, code=1)
    made = records.ask(*order, "case 7")
    (task,) = [task for task in records.ask("tasks", "list") if task["kind"] == "DISCLOSURE_NOTICE"]
    assert (task["id"], task["clause"], task["due_at"][:16]) == (made["task"], "S4-7.5[D]", "2030-01-05T10:00")
    span = ("--until", "2040-01-01T00:00", "--since", "2026-01-01")
    lines = records.ask("audit", "list", *span, "--action", "disclosure")
    assert [(line["result"], line["reason"]) for line in lines] == [("done", "case 7"), ("refused: S4-7.3", "")]
