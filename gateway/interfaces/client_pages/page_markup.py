"""The Markdown of these pages as HTML: titles, paragraphs, lists, tables, programs, code, bold, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

_BLOCK: Final = re.compile(r"```(?P<kind>\w*)\n(?P<code>.*?)```|(?P<text>[^\n]+(?:\n(?!\n|```)[^\n]+)*)", re.S)
_TITLE: Final = re.compile(r"(#{1,4}) (.*)")
_CODE: Final = re.compile(r"`([^`]+)`")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([\w./#-]+)\)")
_CELLS: Final = re.compile(r"(?<!\\)\|")


def as_html(text: str) -> str:
    """Return HTML without a frame around it. All that stands in the text is escaped.

    What may be wider than a screen can be scrolled with the keyboard; a table is named by the title above it.
    """
    return "\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    above = ""
    for block in _BLOCK.finditer(text):
        if block["text"] is None:
            yield f'<pre tabindex="0"><code>{escape(block["code"])}</code></pre>'
            continue
        lines = block["text"].split("\n")
        while lines and (title := _TITLE.fullmatch(lines[0])) is not None:
            level, above = len(title[1]), title[2]
            yield f"<h{level}>{_inline(above)}</h{level}>"
            lines.pop(0)
        if lines:
            yield _block_of(lines, above)


def _block_of(lines: list[str], above: str) -> str:
    if lines[0].startswith("| "):
        name = escape(above.replace("`", ""))
        return f'<div class="table" tabindex="0" role="region" aria-label="{name}">{_table(lines)}</div>'
    if lines[0].startswith("- "):
        items = re.split(r"\n(?=- )", "\n".join(lines))
        return "<ul>" + "".join(f"<li>{_inline(each[2:])}</li>" for each in items) + "</ul>"
    return f"<p>{_inline(chr(10).join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip().replace("\\|", "|") for cell in _CELLS.split(line)[1:-1]] for line in lines]
    head = "".join(f"<th scope=\"col\">{_inline(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    """Return a line with its marks as elements; between back-ticks nothing is a mark."""
    parts = _CODE.split(text)  # plain text and code, one after the other
    return "".join(
        f"<code>{escape(part)}</code>" if at % 2 else _marks(escape(part)) for at, part in enumerate(parts)
    )


def _marks(text: str) -> str:
    return _LINK.sub(r'<a href="\2">\1</a>', _BOLD.sub(r"<strong>\1</strong>", text))
