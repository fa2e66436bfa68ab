"""The 【signature】: verified, or put in front once (S4-3.9a, S4-A2-6); the refusal tail of batch texts."""

from __future__ import annotations

from dataclasses import replace

from gateway.contracts.signature import sign, with_unsubscribe
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Reject, Verdict
from gateway.pipeline.policy import Policy


def sign_text(message: Message, policy: Policy, now: float) -> Verdict:
    """Make the final text of the client's. `message.signature` is the one in it, whoever wrote it.

    Binary content has no place for a signature and passes.
    """
    body = message.body
    if body is None:
        return ACCEPT
    text = body
    if policy.suffix:
        text = with_unsubscribe(body, policy.profile, message.message_class)
        if text is not body:
            message.clauses += policy.tail_clauses
    bare = policy.bare_signature
    if bare is not None and "【" not in text:  # the common case, decided as `sign` would
        message.text = bare + text
        message.signature = bare
        if bare:
            message.clauses += policy.signed_clauses
        return ACCEPT
    signed = sign(text, policy.book, policy.profile, inject=policy.inject)
    if isinstance(signed, Reject):
        return _unfiled(signed, policy) if policy.unfiled else signed
    message.text = signed.text
    message.signature = signed.signature
    if signed.is_added:
        message.clauses += policy.signed_clauses
    return ACCEPT


def _unfiled(reject: Reject, policy: Policy) -> Reject:
    """Say of an own signature that it may not be used yet, rather than that it is nobody's (S4-3.9b)."""
    states = ", ".join(f"{name} is {state}" for name, state in policy.unfiled.items())
    return replace(reject, detail=f"{reject.detail}; of its signatures {states}")
