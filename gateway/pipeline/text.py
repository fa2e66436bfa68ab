"""Octets to text. Binary content stays octets; an empty text is legal; one over the contract's length is not."""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy import Policy
from protocols.text.codings import Encoding, decode_text

_BINARY: Final = Encoding.BINARY


def read_text(message: Message, policy: Policy, now: float) -> Verdict:
    """Set body and text; the exact count, signature included, is taken when the price is known."""
    submission = message.submission
    message.encoding = encoding = submission.encoding
    if encoding is _BINARY:
        return _check_size(len(submission.octets), policy)
    body = decode_text(submission.octets, encoding)
    message.body = message.text = body
    if len(body) > policy.max_chars:
        return too_long(policy, len(body))
    return ACCEPT


def _check_size(octets: int, policy: Policy) -> Verdict:
    """Refuse content larger than the contract's rich media (MEDIA, S0-4.1e)."""
    if octets <= policy.media_max_bytes:
        return ACCEPT
    return policy.refuse(Key.MEDIA, f"{octets} octets, the contract takes {policy.media_max_bytes}")


def too_long(policy: Policy, characters: int) -> Verdict:
    """Return the refusal LEN."""
    return policy.refuse(Key.LEN, f"{characters} characters, the contract allows {policy.max_chars}")
