"""Tables for people: no JSON, no unix seconds, no hao; 120 columns; Chinese by `--lang zh` or the locale."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

import gateway.cli
from benchmarks.month import Kind, Month
from gateway.cli import language
from gateway.cli.main import app
from gateway.cli.tables import flat, lines_of, pairs_of
from gateway.domain.entry import EntryKind
from gateway.domain.outcome import State
from tests.scenarios.months import POSTPAID, PROOF, SHOP, MakeConfig, fill, seen
from tests.scenarios.steps import CONFIG, run

WIDTH = 120
EPOCH = re.compile(r"(?<![\d-])1[0-9]{9}(\.\d+)?(?!\d)")
LONG = "您的订单已发货，请注意查收 " * 8
LANGUAGES = ("en", "zh")


def shown(*arguments: str, environ: dict[str, str] | None = None, config: Path = CONFIG) -> str:
    env = {"HONGYAN_CONFIG": str(config), "LANG": "C", "LC_ALL": "", "LC_MESSAGES": "", "COLUMNS": str(WIDTH)}
    result = CliRunner().invoke(app, arguments, env=env | (environ or {}))
    assert result.exit_code == 0, (arguments, result.output)
    return result.stdout


def check_lines(lines: list[str], where: object) -> None:
    for line in lines:
        assert cell_len(line) <= WIDTH, (where, line)
        assert not set(line) & set('{}"'), (where, line)
        assert not EPOCH.search(line), (where, line)
        assert "_hao" not in line, (where, line)


# ── the columns of every command ─────────────────────────────────────────────────────────────────────────────────────
NO_COLUMNS = frozenset({"language._LOCALE", "protected_commands._USUAL"})  # of files, the environment


def column_tuples() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the columns that the modules of commands declare."""
    for found in pkgutil.iter_modules(gateway.cli.__path__):
        module = importlib.import_module(f"gateway.cli.{found.name}")
        for name, value in vars(module).items():
            is_columns = isinstance(value, tuple) and len(value) > 2 and all(isinstance(each, str) for each in value)
            full = f"{found.name}.{name}"
            if is_columns and name.startswith("_") and name.isupper() and full not in NO_COLUMNS:
                yield full, value


COLUMNS = dict(column_tuples())
WIDE: tuple[Any, ...] = (
    1_790_000_000.5, {"pool": "lot:1", "price_hao": 450, "since": 1_790_000_000}, [{"a": 1, "b": None}, {"a": 2}], LONG,
    True, None, ["x", "y"], json.dumps({"price_hao": 600, "bought_at": 1_790_000_000.0, "note": LONG}), -3, "acme",
    json.dumps({"account": "acme", "note": LONG * 5})[:90],
)


def test_commands_declare_their_columns() -> None:
    assert len(COLUMNS) >= 15, sorted(COLUMNS)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_wide_rows_of_every_table_fit(name: str, lang: language.Language) -> None:
    columns = COLUMNS[name]
    times = {"at", "since", "until", "time", "from", "to"}
    rows = []
    for shift in range(len(WIDE)):
        row = [WIDE[(n + shift) % len(WIDE)] for n in range(len(columns))]
        rows.append([
            "x" * 40 if isinstance(value, float) and not (key in times or key.endswith("_at")) else value
            for key, value in zip(columns, row, strict=True)
        ])
    token = language.CHOSEN.set(lang)
    try:
        check_lines(list(lines_of(columns, rows, WIDTH)), name)
    finally:
        language.CHOSEN.reset(token)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_column_has_its_chinese_heading(name: str) -> None:
    missing = [key for key in COLUMNS[name] if key.removesuffix("_hao").removesuffix("_ms") not in language.HEADINGS]
    assert not missing


scalars = st.none() | st.booleans() | st.integers(-10**6, 10**6) | st.text(max_size=200) | st.floats(-1e6, 1e6)
documents = st.dictionaries(
    st.text("abcdefgh_", min_size=1, max_size=20),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner,
                                                                                      max_size=4), max_leaves=12),
    max_size=8,
)


@given(documents, st.integers(40, 200))
def test_any_document_fits_any_width(document: dict[str, Any], width: int) -> None:
    pairs, tables = flat(document)
    lines = list(pairs_of(pairs, width))
    for rows in tables.values():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        if 2 * len(columns) < width // 2:
            lines += lines_of(columns, [[row.get(name) for name in columns] for row in rows], width)
    assert all(cell_len(line) <= width for line in lines if line.isprintable())


# ── the language ─────────────────────────────────────────────────────────────────────────────────────────────────────
DATES = ("dates", "--contract", "cloud-mas", "--month", "2026-10")


@pytest.mark.parametrize(
    ("arguments", "environ", "is_chinese"),
    [
        (DATES, {}, False), (("--lang", "zh", *DATES), {}, True), ((*DATES, "--lang", "zh"), {}, True),
        ((DATES[0], "--lang=zh", *DATES[1:]), {}, True), (DATES, {"LANG": "zh_CN.UTF-8"}, True),
        (DATES, {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, False), (DATES, {"LC_ALL": "zh_TW"}, True),
        ((*DATES, "--lang", "en"), {"LANG": "zh_CN.UTF-8"}, False), (DATES, {"LANG": "C.UTF-8"}, False),
    ],
)
def test_the_language_of_tables(arguments: tuple[str, ...], environ: dict[str, str], is_chinese: bool) -> None:
    text = shown(*arguments, environ=environ)
    assert ("确认期限" in text) is is_chinese
    assert ("confirm by" in text) is not is_chinese


def test_json_is_the_same_in_both() -> None:
    assert shown(*DATES, "--json", "--lang", "zh") == shown(*DATES, "--json")
    assert "--lang" in CliRunner().invoke(app, ["--help"]).output
    assert CliRunner().invoke(app, [*DATES, "--lang", "fr"]).exit_code == 2


# ── whole commands over wide data ────────────────────────────────────────────────────────────────────────────────────
COMMANDS = (
    ("accounts", "list"), ("accounts", "show", "smppdemo"), ("accounts", "lots", "smppdemo"),
    ("accounts", "ledger", "smppdemo", "--since", "2026-09-01"), ("accounts", "price", "list", "smppdemo"),
    ("accounts", "endings"), ("channels", "list"), ("channels", "show", "sim-smpp"), ("ports", "list"),
    ("ports", "show", "10690001"), ("complaints", "list"), ("complaints", "show", "1"),
    ("complaints", "forecast", "10690001"), ("incidents",), ("tasks", "list"), ("faults", "list", "--month", "2026-09"),
    ("faults", "report", "--month", "2026-09"), ("statement", *SHOP, "--month", "2026-09"),
    ("statement", "list"), ("statement", "show", *SHOP, "--month", "2026-09"), ("notices", "list"),
    ("lists", "list"), ("lists", "versions"), ("lists", "find", "13800000000"), ("kill", "list"), ("review", "list"),
    ("signatures", "list"), ("violations", "list"), ("audit", "list"), ("archive", "days"),
    ("trace", "--number", "13800000001", "--since", "2026-09-01", "--until", "2026-10-01"), ("report", "batch", *SHOP),
    ("quote", "--contract", "prepaid-general", "--text", LONG),
)


def fill_store(config: Path) -> None:
    """Put something wide in every table."""

    async def work(month: Month) -> None:
        await month.add(Kind(40, (State.DELIVERED, State.UNDELIVERABLE), 2, 1, 450), dt.datetime(2026, 9, 5, 9))
        await month.post(EntryKind.DAMAGES, 123_400, dt.datetime(2026, 9, 6, 9), LONG)
        await month.top_up(1_000_000, dt.datetime(2026, 9, 7, 9), LONG)

    seen(config)
    fill(config, work)
    run("statement", "send", *SHOP, "--month", "2026-09", "--at", "2026-10-08T10:00", *PROOF, config=config)
    run("statement", "dispute", *SHOP, "--month", "2026-09", "--at", "2026-10-09T10:00", "--note", LONG, *PROOF,
        config=config)
    run("faults", "add", LONG, *SHOP, "--complained", "2026-09-01T08:00", "--cause", "network", config=config)
    run("tasks", "add", LONG, "--due", "2026-09-01", "--details", LONG, config=config)
    run("notices", "add", *SHOP, "--kind", "price", "--means", "email", "--sent", "2026-03-02", "--reference", LONG,
        "--details", LONG, config=config)
    run("complaints", "add", "--number", "13800000000", "--code", "10690001", "--words", LONG, config=config)
    run("lists", "add", "blacklist", "13800000000", "--evidence", f"form:{LONG[:60]}", config=config)
    run("kill", "add", *SHOP, "--phrase", LONG[:40], "--reason", LONG, config=config)


@pytest.mark.postgres
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_s_tables_fit_and_are_words(make_config: MakeConfig, lang: str) -> None:
    config = make_config(POSTPAID)
    fill_store(config)
    for command in COMMANDS:
        check_lines(shown(*command, "--lang", lang, config=config).splitlines(), (lang, command))


@pytest.mark.postgres
def test_every_key_has_its_chinese_heading(make_config: MakeConfig) -> None:
    config = make_config(POSTPAID)
    fill_store(config)
    found = {key for command in COMMANDS for key in keys_of(json.loads(shown(*command, "--json", config=config)))}
    missing = sorted(found - language.HEADINGS.keys())
    assert not missing, " ".join(missing)


def keys_of(document: Any) -> Iterator[str]:
    """Return the keys of a document, units left away."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key.removesuffix("_hao").removesuffix("_ms")
            yield from keys_of(value)
    elif isinstance(document, list):
        for each in document:
            yield from keys_of(each)
