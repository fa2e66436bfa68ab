"""Octets to text, or why they are none: nothing is guessed, nothing becomes another character.

Binary content stays octets. An empty message says nothing, unless a header or a waiting indication does. A text over
the contract's length is refused.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy
from protocols.text import codings
from protocols.text.codings import Encoding
from protocols.text.schemes import is_waiting

_BINARY: Final = Encoding.BINARY
MISLABELLED: Final = "text mislabelled"  # read as what it proves to be (an account's quirk)


def read_text(message: Message, policy: Policy, now: float) -> Verdict:
    """Set body and text; the exact count, signature included, is taken when the price is known."""
    submission = message.submission
    message.encoding = encoding = submission.encoding
    octets = submission.octets
    if not octets and not submission.udh and not is_waiting(submission.scheme):
        return policy.rejects[Key.EMPTY]
    if encoding is _BINARY:
        return _check_size(len(octets), policy)
    body = codings.read_text(octets, encoding)
    if body is None:
        body = codings.read_mislabelled(octets) if policy.reads_mislabelled else None
        if body is None:
            return policy.refuse(Key.CODING, codings.why_unreadable(octets, encoding))
        message.clauses += (MISLABELLED,)
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
