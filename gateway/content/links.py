"""Links and telephone numbers in a text, as people write them: without scheme, wide, next to Chinese punctuation.

A link is known by its scheme or by an ending that is one (.com, .cn, .中国); "3.14" and "v2.0.1" are none. A name in
ideographs runs together with the words before it, so whether it is a filed one is asked of its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_ENDINGS: Final = (
    "com|cn|net|org|gov|edu|info|biz|cc|co|io|me|tv|la|ly|im|in|hk|tw|mo|us|uk|jp|kr|sg|ru|de|eu|asia|mobi|name|pro|"
    "top|vip|xyz|site|shop|store|club|online|live|link|ltd|app|dev|tech|fun|wang|work|icu|life|group|cloud|example|"
    "xn--[a-z0-9-]+|中国|公司|网络|网址|商城|商店|在线|中文网|我爱你|集团|移动|政务|公益"
)
_DOT: Final = "[.．｡]"
_HAN: Final = "\u3400-\u9fff"
_LINK: Final = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+]{{1,9}}://)?"
    rf"(?P<host>(?:(?:[a-z0-9](?:[a-z0-9_-]{{0,61}}[a-z0-9])?|[{_HAN}][{_HAN}0-9-]{{0,30}}){_DOT})+"
    rf"(?:(?P<ending>{_ENDINGS})(?![a-z0-9_-])|[a-z]{{2,24}}(?![a-z0-9_-]))|(?<=://)[0-9.]{{7,15}})"
    rf"(?::[0-9]{{1,5}})?(?P<path>[/?#][!-~]*)?",
    re.I,
)
# Without one of these no text has a link: a dot that a letter or an ideograph follows at once, or a scheme.
_ASCII_HINT: Final = re.compile(r"\.[A-Za-z]")
_WIDE_HINT: Final = re.compile(
    rf"[.．｡][A-Za-z\u017f\u212aＡ-Ｚａ-ｚ{_HAN}]|[:：][/／][/／]|[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]。[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
)
_WIDE: Final = re.compile("[０-９Ａ-Ｚａ-ｚ．｡：／（）]")
_HAN_DOT: Final = re.compile(rf"[{_HAN}]\.|\.[{_HAN}]")
_RUN: Final = re.compile("[!-~]+")
_DIGITS: Final = re.compile(r"[0-9+(][0-9 ()-]+")
_NUMBER_MIN: Final = 5
_TRAILING: Final = ".,;:!?)]}>'\"…"
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFF61: ord(".")}
# example。com: an ideographic stop between Latin letters is meant as a dot.
_LATIN_STOP: Final = re.compile(r"(?<=[0-9A-Za-z])。(?=[0-9A-Za-z])")

_NUMBER: Final = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?(?:1[3-9][0-9](?:[ -]?[0-9]{4}){2}|[48]00(?:[ -]?[0-9]){7}"
    r"|0[1-9][0-9]{1,2}[ -]?[2-9][0-9]{6,7}|106[0-9]{5,17}|9[56][0-9]{3})(?![0-9])"
)
_LANDLINE_IN_PAREN: Final = re.compile(r"[(（](0[1-9][0-9]{1,2})[)）][ -]?([2-9][0-9]{6,7})(?![0-9])")
_COUNTRY: Final = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$|0[1-9]|[48]00)")
_SHORT_HOST_MAX: Final = 7
_SHORT_PATH_MAX: Final = 12
_SHORT_PATH: Final = re.compile(rf"/[0-9A-Za-z_-]{{1,{_SHORT_PATH_MAX}}}/?")


def find_links(text: str) -> list[tuple[str, str]]:
    """Return (host, path) of every link, the host in lower case."""
    return read_links(text) if may_hold_link(text) else []


def may_hold_link(text: str) -> bool:
    """Tell, at little cost, whether there is anything to read; sentences that end with a full stop have none."""
    if text.isascii():
        return _ASCII_HINT.search(text) is not None or "://" in text
    return _WIDE_HINT.search(text) is not None


def read_links(text: str) -> list[tuple[str, str]]:
    """As `find_links`, of a text that may hold one."""
    plain = text.translate(_NARROW) if _WIDE.search(text) is not None else text
    plain = _LATIN_STOP.sub(".", plain)
    # Ideographs next to a dot may be a name; else a link is within a run of ASCII, which are few and short.
    pieces = [plain] if _HAN_DOT.search(plain) is not None else [run for run in _RUN.findall(plain) if "." in run]
    found = []
    for match in (match for piece in pieces for match in _LINK.finditer(piece)):
        if match["scheme"] or match["ending"]:
            host = match["host"].lower().rstrip(".")
            found.append((host, (match["path"] or "").rstrip(_TRAILING)))
    return found


def find_numbers(text: str) -> list[str]:
    """Return every telephone number as bare digits, without the country's: mobile, landline, 400, 106, 95 and 96."""
    plain = text.translate(_NARROW) if _WIDE.search(text) is not None else text
    runs = [run for run in _DIGITS.findall(plain) if len(run) >= _NUMBER_MIN]
    return [
        bare_number(found) for run in runs for found in _NUMBER.findall(_LANDLINE_IN_PAREN.sub(r"\1-\2", run))
    ]


def bare_number(number: str) -> str:
    """Return the digits by which a number is filed."""
    return _COUNTRY.sub("", "".join(each for each in number if each in "+0123456789")).lstrip("+")


def bare_link(link: str) -> str:
    """Return host and path by which a link is filed: without scheme and last slash."""
    return link.strip().lower().rpartition("://")[2].rstrip("/")


def is_filed(host: str, path: str, filed: Iterable[str]) -> bool:
    """Tell whether a link is under one of the filed ones ("example.com", "example.com/path"): host or a subdomain."""
    for each in filed:
        name, slash, rest = each.partition("/")
        if slash and not _is_under(path, f"/{rest}"):
            continue
        if host == name or host.endswith(f".{name}"):
            return True
        if not name.isascii() and (host.endswith(name) or host == to_wire(name)):
            return True
        if host.startswith("xn--") and host == to_wire(name):
            return True
    return False


def _is_under(path: str, filed: str) -> bool:
    return path.startswith(filed) and (len(path) == len(filed) or filed.endswith("/") or path[len(filed)] in "/?#")


def to_wire(host: str) -> str:
    """Return a host name as the wire has it (punycode); itself where it has no such form."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def is_short(host: str, path: str, hosts: frozenset[str]) -> bool:
    """Tell whether a link hides where it leads: a listed host, or a tiny one with a token behind it."""
    if host.removeprefix("www.") in hosts:
        return True
    return len(host) <= _SHORT_HOST_MAX and bool(_SHORT_PATH.fullmatch(path)) and host.count(".") == 1
