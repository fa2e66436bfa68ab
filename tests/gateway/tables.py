"""ASCII tables as tests: one row a step, blank cells repeat nothing, lines of dashes and comments are left out."""

from __future__ import annotations


def rows(table: str) -> list[dict[str, str]]:
    """Return each row of `| a | b |` lines as {heading: cell}; the first line names the columns."""
    headings: list[str] = []
    found = []
    for line in table.strip().splitlines():
        line = line.partition("#")[0].strip()
        if not line or set(line) <= set("|-+ "):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not headings:
            headings = cells
            continue
        assert len(cells) == len(headings), f"{line!r} has {len(cells)} cells, the heading {len(headings)}"
        found.append(dict(zip(headings, cells, strict=True)))
    return found
