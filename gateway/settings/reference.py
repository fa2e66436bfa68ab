"""docs/configuration.md, written from the tables themselves; a test keeps the page and the tables alike.

    python -m gateway.settings.reference > docs/configuration.md
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from gateway.contracts.profile import profile_keys
from gateway.contracts.regime import ComplaintRules
from gateway.dialects.protocol_table import CLIENT_PROTOCOLS
from gateway.settings import account_keys, callback_keys, channel_keys, content_tables, data_keys, node_keys, party_keys
from gateway.settings.node_keys import TLS_SUFFIX, ListenerKeys, TlsListener
from gateway.settings.value_kinds import Table, WithPassword

_HEAD: Final = """# Configuration

A directory of TOML 1.0 files, UTF-8. `hongyan check --config DIR` reads all of it and lists every fault with file, line
and key; `hongyan run` refuses to start on a fault, and a reload with a fault leaves what runs as it is. An unknown key
is a fault. The shipped `config/` is a working local set-up.

- **Paths** that are relative start in the configuration directory.
- **Secrets** are given in one of three ways: in the file (`password`, for local trials only), in another file
  (`password_file`), or by systemd (`password_credential`, the name of a `LoadCredential=`). The same goes for the DSN.
- **Money** is decimal text in yuan, down to 0.0001: `"0.042"`. **Times** end in `_s` (seconds) or `_h` (hours).
- **Reload** (SIGHUP, `systemctl reload`) applies accounts, channels, contracts and listeners, and touches what changed:
  other sessions and links stay. It applies [callbacks], [company], [mail] and [notices] too; the other tables of
  hongyan.toml take a restart.

This page is written by `python -m gateway.settings.reference`; a test compares it with the program.
"""
_SECTIONS: Final[tuple[tuple[str, str, type[Table], type[BaseModel] | None], ...]] = (
    ("hongyan.toml", "[node]", node_keys.NodeKeys, None),
    ("", " and ".join(f"[listeners.{name}]" for name in CLIENT_PROTOCOLS), ListenerKeys, None),
    *(
        ("", f"[listeners.{name}{TLS_SUFFIX}], beside the keys of [listeners.{name}]", TlsListener, ListenerKeys)
        for name, protocol in CLIENT_PROTOCOLS.items() if protocol.has_tls
    ),
    ("", "[listeners.http]", node_keys.HttpListenerKeys, None),
    (
        "", "[listeners.http_tls], beside the keys of [listeners.http]", node_keys.HttpTlsListener,
        node_keys.HttpListenerKeys,
    ),
    ("", "[database]", node_keys.DatabaseKeys, None),
    ("", "[database.embedded]", node_keys.Embedded, None),
    ("", "[limits]", node_keys.LimitKeys, None),
    ("", "[telemetry]", node_keys.Telemetry, None),
    ("", "[admin]", node_keys.Admin, None),
    ("", "[archive]", node_keys.Archive, None),
    ("", "[callbacks]", callback_keys.CallbackKeys, None),
    ("", "[company]", party_keys.CompanyKeys, None),
    ("", "[company.contacts.finance], .technical, .complaints", party_keys.ContactKeys, None),
    ("", "[mail]", party_keys.MailKeys, None),
    ("", "[notices]", party_keys.NoticeMessageKeys, None),
    ("", "[console]", node_keys.Console, None),
    ("carriers/*.toml", "[channels.NAME]", channel_keys.ChannelKeys, None),
    ("", "[[channels.NAME.links]]", channel_keys.LinkKeys, None),
    ("", "[channels.NAME.quirks]", channel_keys.QuirkKeys, None),
    ("accounts/*.toml", "[accounts.NAME]", account_keys.AccountKeys, None),
    ("", "[[accounts.NAME.service_codes]]", account_keys.ServiceCodeKeys, None),
    ("", "[[accounts.NAME.papers]]", account_keys.PaperKeys, None),
    ("", "[accounts.NAME.company]", party_keys.PartyKeys, None),
    ("", "[accounts.NAME.company.contacts.finance], .technical, .complaints", party_keys.ContactKeys, None),
    ("data/prefixes.toml", "[groups]", data_keys.PrefixFile, None),
    ("data/keywords.toml", "The whole file", content_tables.KeywordFile, None),
    ("", "[categories.NAME]", content_tables.CategoryKeys, None),
    ("templates/*.toml", "The whole file", content_tables.TemplateFile, None),
    ("", "[templates.NAME]", content_tables.TemplateKeys, None),
    ("data/mo_words.toml", "The whole file", data_keys.WordsFile, None),
    ("data/calendar.toml", "The whole file", data_keys.CalendarFile, None),
    ("", "[[years]]", data_keys.CalendarYear, None),
)
_NAMES_OF_KINDS: Final = {
    "string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "array": "list",
    "object": "table",
}
_YUAN: Final = 10_000


def page() -> str:
    """Return the whole of docs/configuration.md."""
    return "\n".join([_HEAD, *_tables(), *_contracts()]) + "\n"


def _tables() -> Iterator[str]:
    for file, header, kind, inherited in _SECTIONS:
        if file:
            yield f"## {file}\n"
        yield f"### `{header}`\n\n{(kind.__doc__ or '').strip().splitlines()[0]}\n"
        yield "| key | kind | default | meaning |\n|---|---|---|---|"
        known = inherited.model_fields if inherited else {}
        own = [name for name in kind.model_fields if name not in known]
        own.sort(key=lambda name: name in WithPassword.model_fields)  # the passwords last
        schema = kind.model_json_schema(by_alias=False)
        for name in own:
            info = kind.model_fields[name]
            shape = _kind(schema["properties"][name], schema.get("$defs", {}), is_money=name.endswith("_yuan"))
            yield f"| `{info.alias or name}` | {shape} | {_default(kind, name)} | {_cell(info.description or '')} |"
        yield ""


def _contracts() -> Iterator[str]:
    yield "## contracts/*.toml\n\n### The whole file; its name is the contract's\n"
    yield "A profile: one contract as data. The clause is where a key or its default comes from; D is a decision.\n"
    head = "| key | default | clause | meaning |\n|---|---|---|---|"
    groups = (("", profile_keys()), ("\n### `[complaints]`\n", profile_keys(ComplaintRules)))
    for title, rows in groups:
        if title:
            yield title
        yield head
        for name, (clauses, doc, default) in rows.items():
            shown = "required" if default is ... or repr(default) == "PydanticUndefined" else _plain(default)
            yield f"| `{name}` | {shown} | {clauses} | {_cell(doc)} |"


def _kind(schema: dict[str, Any], definitions: dict[str, Any], *, is_money: bool) -> str:
    if is_money:
        return "yuan"
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rsplit("/", 1)[1]], "const": None}
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if choices:
        return _kind(choices[0], definitions, is_money=False)
    if "enum" in schema:
        return _cell(", ".join(f"`{_plain_text(each, quoted=each == '')}`" for each in schema["enum"]))
    kind = _NAMES_OF_KINDS.get(schema.get("type", ""), "text")
    if kind == "list":
        items = _kind(schema.get("items", {}), definitions, is_money=False)
        return "list" if items == "text" else f"list of {items}" if items != "table" else "list of tables"
    return kind + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        above = f" over {schema['exclusiveMinimum']:g}"
        return above if high is None else f"{above}, up to {high:g}"
    if low is not None and high is not None:
        return f" {_number(low)}–{_number(high)}"
    return f" from {_number(low)}" if low is not None else ""


def _default(kind: type[Table], name: str) -> str:
    info = kind.model_fields[name]
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return "–"
    if isinstance(default, BaseModel):
        return "its own"
    if name.endswith("_yuan"):
        return f'`"{Decimal(default) / _YUAN:f}"`'
    return _plain(default)


def _plain(value: object) -> str:
    """Return a default as the table shows it, in TOML."""
    if isinstance(value, BaseModel):
        return "its own"
    shown = TypeAdapter(Any).dump_python(value, mode="json")
    if isinstance(shown, list):
        items = shown if isinstance(value, tuple) else sorted(shown)  # a set has no order of its own
        return f"`[{', '.join(_plain_text(each, quoted=True) for each in items)}]`"
    return f"`{_plain_text(shown, quoted=True)}`" if shown != {} else "`{}`"


def _plain_text(value: object, *, quoted: bool = False) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    return f'"{value}"' if quoted else str(value)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}" if value % 1 else f"{value:.0f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(path: Path) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    print(page(), end="")
