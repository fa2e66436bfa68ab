"""A statement as CSV: one table of lines, then the parts that others check by, each under a word of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

COLUMNS: Final = (
    "part", "line", "class", "price_version", "state", "unit_price", "messages", "billed_segments", "wire_segments",
    "charged_segments", "exact", "amount", "clause", "note",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes a text for that begins so


def statement_csv(document: Mapping[str, Any]) -> str:
    """Return the sheet; texts that a spreadsheet would take for a formula are set off with an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="", extrasaction="ignore")
    writer.writeheader()
    for key in ("account", "month", "contract"):
        writer.writerow({"part": "head", "line": key, "note": plain_text(document[key])})
    for key, value in document["dates"].items():
        if key != "clauses":
            clause = document["dates"]["clauses"].get(key, "")
            writer.writerow({"part": "date", "line": key, "note": value or "", "clause": clause})
    for key, value in document["balance"].items():
        writer.writerow({"part": "balance", "line": key, "exact": value})
    for part, rows in (("line", document["lines"]), ("state", document["states"]), ("entry", document["entries"])):
        for row in rows:
            shown = {key: plain_text(value) for key, value in row.items()}
            if part == "entry":
                note = plain_text(f"{row['date']} {row['note']}")
                shown = {"line": row["kind"], "exact": row["amount"], "note": note}
            writer.writerow({**shown, "part": part})
    unknown = document["unknown"]
    writer.writerow({
        "part": "unknown", "messages": unknown["messages"], "wire_segments": unknown["wire_segments"],
        "clause": unknown["clause"], "note": "charged" if unknown["is_charged"] else "not charged",
    })
    for each in unknown["listed"]:
        words = f"{each['id']} {each['accepted_at']} {each['destination']}"
        writer.writerow({"part": "unknown message", "billed_segments": each["billed_segments"], "note": words})
    writer.writerow({"part": "total", "amount": document["total"]})
    return out.getvalue()


def statement_csv_file(document: Mapping[str, Any]) -> bytes:
    """Return the sheet as a file; spreadsheets take it for UTF-8 by its first three octets."""
    return b"\xef\xbb\xbf" + statement_csv(document).encode()


def plain_text(value: Any) -> Any:
    """Return a cell; a text that begins as a formula does is set off with an apostrophe, a number is not."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value) else value


def _is_number(value: str) -> bool:
    return value.lstrip("-").replace(".", "", 1).isdecimal()
