"""The 【signature】: what may be registered, and whether a text bears its own, a foreign one or none (S4-3.9, A2-6).

Only the place that the profile names (`sig_pos`) is judged: a 【…】 at the other end is plain text, unless it is the
account's own, which is then not added a second time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.domain.verdict import Key, Reject

_HAN_CLASS: Final = "〇々\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN: Final = re.compile(f"[{_HAN_CLASS}]+")
_LATIN: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_MIXED: Final = re.compile(f"[{_HAN_CLASS}A-Za-z0-9]+")
_BRACKETS: Final = "【】[]"


def signature_fault(name: str, profile: Profile) -> str | None:
    """Return why a bare signature may not be registered under the profile, or None (S4-3.9a)."""
    if not name:
        return "a signature is empty"
    if any(bracket in name for bracket in _BRACKETS):
        return f"{name!r} holds a bracket; register the words without 【】"
    if _HAN.fullmatch(name):
        return _length_fault(name, profile.sig_han_min, profile.sig_han_max, "Han")
    if _LATIN.fullmatch(name):
        return _length_fault(name, 1, profile.sig_latin_max, "Latin")
    if not _MIXED.fullmatch(name):
        return f"{name!r} holds characters that a signature may not"
    if profile.sig_mixed == "deny":
        return f"{name!r} mixes Han with letters or digits"
    return _length_fault(name, profile.sig_han_min, profile.sig_han_max, "mixed")


def _length_fault(name: str, least: int, most: int, kind: str) -> str | None:
    if least <= len(name) <= most:
        return None
    return f"{name!r} has {len(name)} characters; a {kind} signature has {least} to {most}"


@dataclass(frozen=True, slots=True)
class SignatureBook:
    """An account's own signatures with their brackets; `first` is what gets added. Made once, read per message."""

    own: frozenset[str]
    first: str = ""


@dataclass(slots=True)
class Signed:
    """A final text and the signature in it, brackets included (empty: none), and whether we added it."""

    text: str
    signature: str = ""
    is_added: bool = False


def signature_book(names: Sequence[str]) -> SignatureBook:
    """Return the book of registered signatures; "[ACME]" keeps its square brackets, a bare name gets 【】."""
    forms = [with_brackets(name) for name in names]
    return SignatureBook(frozenset(forms), forms[0] if forms else "")


def with_brackets(name: str) -> str:
    """Return a signature with its brackets, whichever way it was written down."""
    return name if _is_bracketed(name) else f"【{name}】"


def without_brackets(name: str) -> str:
    """Return the words of a signature."""
    return name[1:-1] if _is_bracketed(name) else name


def _is_bracketed(name: str) -> bool:
    return len(name) >= 2 and name[0] + name[-1] in ("【】", "[]")


def find_signature(text: str, profile: Profile, book: SignatureBook | None = None) -> str:
    """Return the 【…】 where `sig_pos` looks for it, else an own one at either end, else "".

    Square brackets count only where the book has them: "[1/3] …" is nobody's signature.
    """
    head, tail = _head(text), _tail(text)
    first, second = (head, tail) if profile.sig_pos == "prefix" else (tail, head)
    if first:
        return first
    if book is not None:
        if second in book.own:
            return second
        for form in book.own:
            if form[0] == "[" and (text.startswith(form) or text.endswith(form)):
                return form
    return ""


def _head(text: str) -> str:
    body = text.lstrip() if text[:1].isspace() else text
    return body[: body.find("】") + 1] if body.startswith("【") else ""


def _tail(text: str) -> str:
    body = text.rstrip() if text[-1:].isspace() else text
    start = body.rfind("【")
    return body[start:] if body.endswith("】") and start >= 0 else ""


def sign(text: str, book: SignatureBook, profile: Profile, *, inject: str | None = None) -> Signed | Reject:
    """Return the text with its signature, or the refusal SIGN.

    `inject` overrides the profile's `sig_inject` for an account: "auto" adds the first own signature where none is,
    "client" demands it, "none" leaves the text alone.
    """
    mode = profile.sig_inject if inject is None else inject
    found = find_signature(text, profile, book)
    if found:
        if found in book.own or mode == "none":
            return Signed(text, found)
        return Reject(Key.SIGN, clause_of(profile, "SIGN"), f"{found} is not a signature of this account")
    if mode == "none":
        return Signed(text)
    if mode == "auto" and book.first:
        signed = book.first + text if profile.sig_pos == "prefix" else text + book.first
        return Signed(signed, book.first, True)
    if profile.sig_required:
        return Reject(Key.SIGN, clause_of(profile, "sig_required"), "the text carries no signature")
    return Signed(text)


def with_unsubscribe(text: str, profile: Profile, message_class: str) -> str:
    """Return a batch text with the profile's refusal tail, not doubled; other classes unchanged.

    Where signatures stand at the end, one that the client wrote stays there: the tail goes before it.
    """
    suffix = profile.unsubscribe_suffix
    if not suffix or message_class != "batch":
        return text
    signature = _tail(text) if profile.sig_pos == "suffix" else ""
    body = text.rstrip()[: -len(signature)] if signature else text
    return text if body.endswith(suffix) else body + suffix + signature
