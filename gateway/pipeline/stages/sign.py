"""The 【signature】: verified, or put in front once (S4-3.9a, S4-A2-6); the refusal tail of batch texts.

One in disguise is the account's own, written as registered, or somebody else's: then an operator decides.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.content.disguise import asks, foreign_in, own_spelled
from gateway.content.rules import REVIEW
from gateway.contracts.signature import sign, with_unsubscribe
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Reject, Verdict
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.content_rules import doubt_of


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
    if bare is not None and asks(text) is None:  # the common case, decided as `sign` would
        message.text = bare + text
        message.signature = bare
        if bare:
            message.clauses += policy.signed_clauses
        return ACCEPT
    head = text[: text.find("】") + 1]
    if head and head in policy.book.own and asks(text, len(head)) is None:  # signed by the client, no other brackets
        message.text = text
        message.signature = head
        return ACCEPT
    is_judged = (policy.inject or policy.profile.sig_inject) != "none"
    spelled = own_spelled(text, policy.book, in_front=policy.profile.sig_pos == "prefix") if is_judged else text
    signed = sign(spelled, policy.book, policy.profile, inject=policy.inject)
    if isinstance(signed, Reject):
        return _unfiled(signed, policy) if policy.unfiled else signed
    message.text = signed.text
    message.signature = signed.signature
    if signed.is_added or spelled is not text:
        message.clauses += policy.signed_clauses
    return _doubt(message, signed.text, policy) if is_judged else ACCEPT


def _doubt(message: Message, text: str, policy: Policy) -> Verdict:
    """Leave what looks like somebody else's signature to an operator; refuse it where the contract has no review."""
    foreign = foreign_in(text, policy.book)
    if not foreign:
        return ACCEPT
    clause = policy.rejects[Key.SIGN].clause
    if not policy.profile.review_h:
        return policy.refuse(Key.SIGN, f"{foreign} looks like a signature that is not of this account")
    if not doubt_of(message):
        message.clauses += (f"{REVIEW} {clause}",)
    return ACCEPT


def _unfiled(reject: Reject, policy: Policy) -> Reject:
    """Say of an own signature that it may not be used yet, rather than that it is nobody's (S4-3.9b)."""
    states = ", ".join(f"{name} is {state}" for name, state in policy.unfiled.items())
    return replace(reject, detail=f"{reject.detail}; of its signatures {states}")
