"""docs/clauses.md, written from docs/clauses/*.tsv: each clause of the contracts, what happens, where, and the test.

    python -m gateway.settings.clause_table docs > docs/clauses.md

A row is: clause, what happens, how, place, test, with tabs between. `ids.txt` lists every clause there is, in order.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOW: Final = {
    "enforced": "a message, a command or a change that breaks it is refused, delayed or stopped",
    "computed": "an amount, a count or a date comes out of it",
    "recorded": "what happened is kept and can be shown",
    "reported": "a document says it",
    "alerted": "somebody is told in time",
    "person": "people keep it; the program has no part in it",
}
CONTRACTS: Final = {
    "S0": "S0, general terms (prepaid-general, postpaid-general)",
    "S1": "S1, short contract of credits (credit-pack)",
    "S2a": "S2a, advertising batches (ad-batch)",
    "S2b": "S2b, a year of an enterprise (enterprise-annual)",
    "S2bA": "S2bA, its annex",
    "S2c": "S2c, a dedicated line (dedicated-line)",
    "S3": "S3, a prepaid quota (quota)",
    "S4": "S4, a carrier's cloud MAS (cloud-mas), with its annexes",
}
_HEAD: Final = """# Clauses

What this gateway does about each clause of the five contracts, where, and which test proves it. The clause ids are
those that refusals, `hongyan quote`, `explain` and the comments of `config/contracts/*.toml` name;
[contracts.md](contracts.md) tells how a clause becomes a key.
"""
_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One thing done about a clause. `place` and `test` are paths, with `:function` and `::test`; empty for person."""

    clause: str
    what: str
    how: str
    place: str
    test: str
    origin: str  # file and line of the fragment


class ClauseRowError(ValueError):
    """A fragment that cannot be read; the message names file and line."""


def read_ids(folder: Path) -> list[str]:
    """Return every clause id in the order of the page."""
    return (folder / "ids.txt").read_text(encoding="utf-8").split()


def read_rows(folder: Path) -> list[Row]:
    """Return the rows of every fragment; raise ClauseRowError for one without its five columns."""
    rows = []
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("\t")]
            cells += [""] * (_COLUMNS - len(cells)) if cells[2:3] == ["person"] else []
            if len(cells) != _COLUMNS:
                raise ClauseRowError(f"{path.name}:{number}: {len(cells)} columns, not {_COLUMNS}")
            clause, what, how, place, test = cells
            rows.append(Row(clause, what, how, place, test, origin=f"{path.name}:{number}"))
    return rows


def page(folder: Path) -> str:
    """Return the whole of docs/clauses.md."""
    return "\n".join([_HEAD, *_legend(), *_tables(read_ids(folder), read_rows(folder))]) + "\n"


def _legend() -> Iterator[str]:
    yield from (f"- **{word}**: {meaning}." for word, meaning in HOW.items())
    yield ""


def _tables(ids: Iterable[str], rows: list[Row]) -> Iterator[str]:
    by_clause: dict[str, list[Row]] = {}
    for row in rows:
        by_clause.setdefault(row.clause, []).append(row)
    contract = ""
    for clause in ids:
        family = clause.partition("-")[0]
        if family != contract:
            contract = family
            yield f"\n## {CONTRACTS[family]}\n"
            yield "| clause | what happens | how | where | proved by |\n|---|---|---|---|---|"
        for row in by_clause.get(clause) or [Row(clause, "nothing yet", "", "", "", "")]:
            cells = (row.clause, row.what, row.how, _code(row.place), _code(row.test))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(path: str) -> str:
    return f"`{path}`" if path else "–"


if __name__ == "__main__":
    print(page(Path(sys.argv[1] if len(sys.argv) > 1 else "docs") / "clauses"), end="")
