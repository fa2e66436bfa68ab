"""lists … protected: the protection lists of provinces, through the running gateway, else in the store (S0-5.6).

CSV with a header in any order: province, name, credit_code, signature; without one in this order. Each line needs its
province and one of the others.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from gateway.cli.asking import ask
from gateway.cli.output import MISUSED, fail, print_json, print_pairs

if TYPE_CHECKING:
    from gateway.contracts.protection import Protected
    from gateway.settings import Settings

_USUAL: Final = ("province", "name", "credit_code", "signature")
_COLUMNS: Final = {
    **{name: name for name in _USUAL}, "省份": "province", "省": "province", "名称": "name", "客户名称": "name",
    "统一社会信用代码": "credit_code", "信用代码": "credit_code", "签名": "signature",
}
_CELL_MAX: Final = 200


def change_protected_list(
    settings: Settings, action: str, path: Path, *, by: str, is_dry: bool, is_json: bool
) -> None:
    """Carry out one command on the protection lists."""
    try:
        octets = path.read_bytes()
        text = octets.decode("utf-8-sig")
    except OSError as error:
        fail(f"{path}: cannot be read: {error.strerror}", code=MISUSED)
    except UnicodeDecodeError:
        fail(f"{path.name}:1: is not text in UTF-8")
    customers, faults = read_customers(text, path.name)
    if faults:
        if is_json:
            print_json({"ok": False, "faults": faults[:100], "fault_count": len(faults)})
            raise typer.Exit(1)
        fail(*faults[:100], "nothing was changed")
    request = {
        "action": action, "source": path.name, "sha256": hashlib.sha256(octets).hexdigest(), "dry_run": is_dry,
    }
    document = _send(settings, request, customers, by)
    if is_json:
        print_json({"ok": True, **document})
    else:
        print_pairs(document)


def read_customers(text: str, name: str) -> tuple[list[Protected], list[str]]:
    """Return the customers of a file, and what is wrong with it as FILE:LINE: …"""
    from gateway.contracts.protection import Protected
    from gateway.contracts.signature import without_brackets

    columns: tuple[str, ...] = _USUAL
    customers, faults = [], []
    reader = csv.reader(io.StringIO(text, newline=""))
    for raw in reader:
        line, cells = reader.line_num, [cell.strip() for cell in raw]
        if not any(cells):
            continue
        if line == 1 and cells[0].lower() in _COLUMNS:
            columns = tuple(_COLUMNS.get(cell.lower(), cell) for cell in cells)
            faults += [f"{name}:1: there is no column {cell!r}" for cell in columns if cell not in _USUAL]
            continue
        entry = {column: cell for column, cell in zip(columns, cells, strict=False) if column in _USUAL}
        if not entry.get("province") or not any(entry.get(column) for column in _USUAL[1:]):
            faults.append(f"{name}:{line}: needs a province, and a name, credit_code or signature")
        elif max(map(len, cells)) > _CELL_MAX or any("\0" in cell for cell in cells):
            faults.append(f"{name}:{line}: a cell has more than {_CELL_MAX} characters, or a NUL")
        else:
            entry["signature"] = without_brackets(entry.get("signature", ""))
            customers.append(Protected(**entry))
    return customers, faults


def _send(settings: Settings, request: dict[str, Any], customers: list[Protected], by: str) -> dict[str, Any]:
    import orjson

    from gateway.operations.field_kinds import shown
    from gateway.operations.list_operations import CHANGE_PROTECTED

    rows = [[each.province, each.name, each.credit_code, each.signature] for each in customers]

    async def body() -> AsyncIterator[bytes]:
        yield orjson.dumps({"customers": rows})

    return shown(ask(settings, CHANGE_PROTECTED, request, by=by, stream=body))


async def read_protection_if_any(settings: Settings) -> tuple[list[Protected], str]:
    """Return what the store holds, and why it could not be asked, if so; nothing where there is no store yet."""
    import asyncpg

    from gateway.store.facts.protected_store import read_protected
    from gateway.store.open_database import open_database
    from gateway.store.private_postgres.binaries import EmbeddedError

    database, embedded = settings.database, settings.database.embedded
    if database.dsn is None and not (settings.state_dir / "postgres").exists():
        return [], ""
    try:
        async with open_database(
            database.dsn, settings.state_dir, bin_dir=embedded.bin_dir, settings=embedded.settings,
            connect_timeout_s=database.connect_timeout_s,
        ) as connection:
            return await read_protected(connection), ""
    except asyncpg.UndefinedTableError:
        return [], ""
    except (EmbeddedError, OSError, asyncpg.PostgresError, TimeoutError) as error:
        return [], f"the protection lists were not looked at, for the database does not answer: {error}"
