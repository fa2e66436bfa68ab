"""Numbers and accounts as tags: whether a block holds rows about a number can be shown without showing the others.

A tag is three octets of the subject's hash, so that a neighbour's tag fits hundreds of numbers and tells none. The
whole hash lies under the leaf's digest: rows of another number under the same tag are shown by it, and differ in it.
"""

from __future__ import annotations

import hashlib

TAG_OCTETS = 3


def bare_number(text: str) -> str:
    """Return a number without plus sign and China's code, so that its spellings are one subject."""
    digits = text.strip().lstrip("+")
    if digits.isdecimal() and len(digits) > 11:
        return digits.removeprefix("0086").removeprefix("86")
    return digits


def number_digest(number: str) -> bytes:
    return hashlib.sha256(b"number\0" + bare_number(number).encode()).digest()


def account_digest(account: str) -> bytes:
    return hashlib.sha256(b"account\0" + account.encode()).digest()


def tag_of(subject: bytes) -> bytes:
    return subject[:TAG_OCTETS]


def bound(subject: bytes, row: bytes) -> bytes:
    """Return the digest of a leaf that says: this row is about this subject."""
    return hashlib.sha256(subject + row).digest()
