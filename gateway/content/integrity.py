"""What was added to a client's text, and that nothing else was changed on its way (S2b-5).

Additions are declared: a signature at either end, and the contract's refusal tail. What is left when they are taken off
is the client's text, to the character; the wire segments, put together, are the final text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from gateway.content.disguise import own_spelled
from gateway.contracts.signature import signature_book
from protocols.text.codings import Encoding, decode_text


@dataclass(frozen=True, slots=True)
class Integrity:
    """The client's text, hashes of it and of the final one, what was added. `is_intact`: nothing else differs."""

    body: str
    hash_in: str
    hash_out: str
    additions: tuple[str, ...]
    is_intact: bool


def compare(body: str, text: str, *, signature: str = "", suffix: str = "") -> Integrity:
    """Compare a client's text with the final one; `signature` and `suffix` are what the rules may add.

    An own signature that the client wrote in disguise may have been written as registered.
    """
    found = _compare(body, text, signature, suffix)
    if found.is_intact or not signature:
        return found
    spelled = own_spelled(body, signature_book([signature]), in_front=text.startswith(signature))
    again = _compare(spelled, text, signature, suffix)
    return replace(again, body=body, hash_in=found.hash_in, additions=(signature, *again.additions)) if (
        spelled != body and again.is_intact
    ) else found


def _compare(body: str, text: str, signature: str, suffix: str) -> Integrity:
    additions: list[str] = []
    rest, own = text, body
    if signature and own.endswith(signature) and rest.endswith(signature):  # the client's own: the tail goes before it
        rest, own = rest[: -len(signature)], own[: -len(signature)]
    elif signature and not own.startswith(signature) and rest.startswith(signature):
        additions.append(signature)
        rest = rest[len(signature) :]
    elif signature and rest != own and rest.endswith(signature):
        additions.append(signature)
        rest = rest[: -len(signature)]
    if suffix and rest != own and rest.endswith(suffix):
        additions.append(suffix)
        rest = rest[: -len(suffix)]
    return Integrity(body, _hash(body), _hash(text), tuple(additions), rest == own)


def body_of(text: str, *, signature: str = "", suffix: str = "") -> str:
    """Return the client's text of a final one; `signature` and `suffix` are what the gateway says it added."""
    if signature and text.startswith(signature):
        text = text[len(signature) :]
    elif signature and text.endswith(signature):
        text = text[: -len(signature)]
    return text.removesuffix(suffix) if suffix else text


def holds_in_order(body: str, segments: Sequence[str]) -> bool:
    """Tell whether each segment stands in a text behind the one before it."""
    at = 0
    for segment in segments:
        found = body.find(segment, at)
        if found < 0:
            return False
        at = found + len(segment)
    return True


def rejoined(segments: Sequence[bytes], encoding: Encoding) -> str:
    """Return the text that wire segments without their headers make together."""
    return decode_text(b"".join(segments), encoding)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
