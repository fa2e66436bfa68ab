"""Pure: a notice in one language as a letter, and the letter as text, as HTML and as a short message.

Whatever names and values hold, a subject is one line, and HTML shows them as text.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.documents.notice import Effect, NoticeDraft, Value
from gateway.domain.china_time import clock_at
from gateway.domain.company import Company
from gateway.domain.money import format_yuan
from gateway.notices.notice_words import has_words, words

SUBJECT_MAX: Final = 150
MESSAGE_MAX: Final = 300
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ASK_FOR_MONEY: Final = frozenset({"statement", "payment", "top_up", "low_balance", "arrears", "late_payment"})
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written, in one language. `facts` are label and value; `message` is its short form or empty."""

    language: str
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    message: str

    def packed(self) -> str:
        """Return it as JSON, as it is kept."""
        return orjson.dumps(asdict(self)).decode()


@dataclass(frozen=True, slots=True)
class Extras:
    """What is known only when the letter is sent: a link with its last day, and what is attached or left out."""

    link: str = ""
    link_valid_on: str = ""
    attached: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def unpacked(text: str) -> Letter:
    """Return a letter that was kept."""
    found = orjson.loads(text)
    return Letter(
        found["language"], found["subject"], found["greeting"], tuple(found["paragraphs"]),
        tuple((label, value) for label, value in found["facts"]), tuple(found["closing"]), found["message"],
    )


def compose(
    draft: NoticeDraft, language: str, *, ours: Company, theirs: Company, addressee: str = "",
    effect: Effect = Effect.INFORMATION,
) -> Letter:
    """Return the letter of a notice. Raises KeyError for a kind without words."""
    shown = {name: one_line(value) if name != "text" else value for name, value in spoken(draft.values, language)}
    shown |= {"clause": draft.clause, "customer": one_line(theirs.name)}
    for name, key in tuple(draft.values.items()):
        if name.endswith("_words"):  # a sentence of the catalogue, with the values of this notice
            shown[name.removesuffix("_words")] = words(str(key), language, shown)
    subject = one_line(words(f"{draft.kind}.subject", language, shown))
    body = words(f"{draft.kind}.body", language, shown)
    if effect is Effect.COURTESY:
        body += "\n\n" + words("courtesy", language)
    short = words(f"{draft.kind}.message", language, shown) if has_words(f"{draft.kind}.message") else ""
    who = " ".join(part for part in (one_line(theirs.name), one_line(addressee)) if part)
    return Letter(
        language, subject[:SUBJECT_MAX],
        words("greeting", language, {"addressee": who}) if who else words("greeting_nobody", language),
        tuple(part.strip() for part in body.split("\n\n") if part.strip()),
        _facts(draft, language, ours),
        _closing(language, ours),
        one_line(short)[:MESSAGE_MAX],
    )


def _facts(draft: NoticeDraft, language: str, ours: Company) -> tuple[tuple[str, str], ...]:
    """Return where to pay, under letters that ask for money."""
    if draft.kind not in _ASK_FOR_MONEY or not ours.bank_account:
        return ()
    bank = " ".join(one_line(part) for part in (ours.payer_name, ours.bank, ours.bank_account) if part)
    return ((words("our_bank", language), bank),)


def _closing(language: str, ours: Company) -> tuple[str, ...]:
    where = one_line(" ".join(part for part in (ours.phone, ours.email) if part))
    found = [words("regards", language)]
    if ours.name:
        found.append(one_line(ours.name))
    if where:
        found.append(words("automatic", language, {"where": where}))
    return tuple(found)


def one_line(text: object) -> str:
    """Return a text without anything that ends a line or steers a terminal."""
    return _BREAKS.sub(" ", str(text)).strip()


# ── values as people read them ───────────────────────────────────────────────────────────────────────────────────────
def spoken(values: Mapping[str, Value], language: str) -> Sequence[tuple[str, str]]:
    """Return the values of a notice as a language writes them; a unit that a name ends in is taken off it."""
    found = []
    for name, value in values.items():
        if name.endswith("_hao"):
            found.append((name.removesuffix("_hao"), yuan_words(int(value), language)))
        elif name.endswith("_at"):
            found.append((name, moment_words(float(value), language)))
        elif name.endswith("_on"):
            found.append((name, day_words(str(value), language)))
        elif name == "month":
            found.append((name, month_words(str(value), language)))
        elif not name.endswith("_words"):
            found.append((name, str(value)))
    return found


def yuan_words(amount_hao: int, language: str) -> str:
    amount = format_yuan(amount_hao)
    return f"{amount}元" if language == "zh" else f"CNY {amount}"


def day_words(day: str, language: str) -> str:
    """Write an ISO day: 2026年4月7日, 7 April 2026."""
    date = dt.date.fromisoformat(day)
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def month_words(month: str, language: str) -> str:
    date = dt.date.fromisoformat(f"{month}-01")
    return f"{date.year}年{date.month}月" if language == "zh" else f"{_MONTHS[date.month - 1]} {date.year}"


def moment_words(at: float, language: str) -> str:
    """Write an instant in China time, to the minute."""
    moment = clock_at(at)
    return f"{day_words(moment.date().isoformat(), language)} {moment:%H:%M}"


# ── as text and HTML ─────────────────────────────────────────────────────────────────────────────────────────────────
@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("gateway.notices"), autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )


def letter_text(letter: Letter, extras: Extras) -> str:
    """Return the letter as plain text."""
    return _environment().get_template("letter.txt").render(**_around(letter, extras))


def letter_html(letter: Letter, extras: Extras) -> str:
    """Return the letter as a page of HTML."""
    return _environment().get_template("letter.html").render(**_around(letter, extras))


def _around(letter: Letter, extras: Extras) -> dict[str, object]:
    language = letter.language
    notes = [words("attachment_left_out", language, {"name": name}) for name in extras.left_out]
    if extras.attached:
        notes.insert(0, words("attached", language, {"names": ", ".join(extras.attached)}))
    hint = words("link_hint", language, {"valid_on": day_words(extras.link_valid_on, language)}) if extras.link else ""
    return {
        "letter": letter, "link": extras.link, "link_words": words("link", language), "link_hint": hint,
        "notes": notes,
    }
