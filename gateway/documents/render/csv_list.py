"""Lists as CSV, line by line: what an export writes, an import reads again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.contracts.protection import Protected

NUMBER_COLUMNS: Final = (
    "number", "carrier", "evidence_type", "evidence_time", "evidence_ref", "scope", "added_at", "version", "uploader",
    "source",
)
PROTECTED_COLUMNS: Final = ("province", "name", "credit_code", "signature")


def csv_line(cells: Sequence[Any]) -> str:
    """Return one line with its end; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def number_line(entry: Mapping[str, Any]) -> str:
    """Return the line of an entry of a number list, by the names of the columns."""
    return csv_line([entry[name] for name in NUMBER_COLUMNS])


def protected_csv(customers: Sequence[Protected]) -> str:
    """Return the protection lists of provinces as a whole file, in order."""
    rows = sorted((each.province, each.name, each.credit_code, each.signature) for each in customers)
    return "".join(map(csv_line, (PROTECTED_COLUMNS, *rows)))
