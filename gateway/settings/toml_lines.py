"""Which line a key stands on: a scanner over TOML text that a parser has already accepted.

A parser returns values without places. This scanner returns places without values: {("accounts", "demo", "routes"): 7}.
A path is what leads to a value in the parsed document: names of tables and keys, indices of arrays, from 0. A table's
own line is its header, or the first key that implies it. Because the text is known to be valid, the scanner only
looks for the few characters that matter; on text that is not valid it ends early and never raises.

Grammar: TOML 1.0.0.
"""

from __future__ import annotations

import re
from typing import Final

Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")  # between array elements and between expressions
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_BASIC: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL: Final = re.compile(r"'([^'\n]*)'")
# the closing three quotes may be preceded by one or two quotes of the text itself
_LONG_BASIC: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.S)
_LONG_LITERAL: Final = re.compile(r"'''.*?'''(?:'{0,2})", re.S)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def key_lines(text: str) -> dict[Path, int]:
    """Return {path: line} of every table, key and array element in a TOML text, lines counted from 1."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    try:
        scanner.scan()
    except _End:
        return scanner.lines
    return scanner.lines


class _End(Exception):
    """The text is not what valid TOML would continue with."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._last: dict[Path, int] = {}  # arrays of tables: index of the table that is open now
        self._line, self._counted_to = 1, 0

    def scan(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    # --- expressions ---------------------------------------------------------------------------------------------
    def _header(self) -> Path:
        line = self._line_now()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *above, last = self._key()
        self._skip(_SPACE)
        self._expect("]]" if is_array else "]")
        path: Path = ()
        for name in above:
            path = self._open((*path, name), line)
        path = (*path, last)
        if is_array:
            index = self._last[path] = self._last.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = (*path, index)
        self.lines[path] = line
        return path

    def _open(self, path: Path, line: int) -> Path:
        """Note a table on the way to a deeper one, and step into the open element where it is an array of tables."""
        self.lines.setdefault(path, line)
        return (*path, self._last[path]) if path in self._last else path

    def _pair(self, table: Path) -> None:
        line = self._line_now()
        path = table
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._skip(_SPACE)
        self._expect("=")
        self._value(path)

    # --- values --------------------------------------------------------------------------------------------------
    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        start = self.text[self.at : self.at + 1]
        if start == "[":
            self._array(path)
        elif start == "{":
            self._inline_table(path)
        elif start == '"':
            self._skip(_LONG_BASIC if self.text.startswith('"""', self.at) else _BASIC, needed=True)
        elif start == "'":
            self._skip(_LONG_LITERAL if self.text.startswith("'''", self.at) else _LITERAL, needed=True)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while not self.text.startswith("]", self.at):
            self.lines[(*path, index)] = self._line_now()
            self._value((*path, index))
            index += 1
            self._separator("]")
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._separator("}")
        self.at += 1

    def _separator(self, end: str) -> None:
        self._skip(_BLANK)
        if not self.text.startswith(end, self.at):
            self._expect(",")
            self._skip(_BLANK)

    # --- keys and characters -------------------------------------------------------------------------------------
    def _key(self) -> list[str]:
        names = [self._name()]
        while self._skip(_SPACE) is not None and self.text.startswith(".", self.at):
            self.at += 1
            names.append(self._name())
        return names

    def _name(self) -> str:
        self._skip(_SPACE)
        for pattern in (_BARE, _BASIC, _LITERAL):
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return match[0] if pattern is _BARE else _unescape(match[1]) if pattern is _BASIC else match[1]
        raise _End

    def _skip(self, pattern: re.Pattern[str], *, needed: bool = False) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        elif needed:
            raise _End
        return match

    def _expect(self, token: str) -> None:
        if not self.text.startswith(token, self.at):
            raise _End
        self.at += len(token)

    def _line_now(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line


def _unescape(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])

    return _ESCAPE.sub(character, text)
