"""Traffic that bears the signature of another province's key customer is refused, and closes the account (S0-5.6)."""

from __future__ import annotations

from typing import Final

from gateway.contracts.signature import without_brackets
from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy

_SIGNATURE_MAX: Final = 40  # longer brackets are text


def check_protected(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse (PROTECTED) a text under a protected signature; flows.closing closes the account for it."""
    rules = policy.list_rules
    if rules is None or not rules.lists.protection or not policy.profile.protected_check:
        return ACCEPT
    text, protection, province = message.body, rules.lists.protection, policy.account.province
    if text is None:
        return ACCEPT
    if "【" in text:
        words = [_head(text), _tail(text)]
    else:
        words = [without_brackets(policy.book.first)] if policy.bare_signature else []
    for word in words:
        owner = protection.elsewhere(word, province) if word else ""
        if owner:
            return policy.refuse(Key.PROTECTED, f"【{word}】 is on the protection list of {owner}")
    return ACCEPT


def _head(text: str) -> str:
    body = text.lstrip()
    end = body.find("】")
    return body[1:end] if body.startswith("【") and end <= _SIGNATURE_MAX else ""


def _tail(text: str) -> str:
    body = text.rstrip()
    start = body.rfind("【")
    return body[start + 1 : -1] if body.endswith("】") and len(body) - start <= _SIGNATURE_MAX else ""
