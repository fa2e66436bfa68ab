"""Whose source the message shows: sp_id, service code, service_id (S0-7.4, S4-3.8, S4-A2-1)."""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Message, Submission
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy

DIGITS_MAX: Final = 20  # CMPP Src_Id has 21 octets, carriers refuse more than 20 digits


def check_source(message: Message, policy: Policy, now: float) -> Verdict:
    """Refuse a foreign sp_id (SPID), a source not the account's (SRC) or suspended (PORT), a service_id not contracted
    (SVC)."""
    submission = message.submission
    if submission.protocol == "cmpp" and submission.sp_id != policy.login and not _may_be_empty(submission, policy):
        return policy.refuse(Key.SPID, f"Msg_src {submission.sp_id!r} is not the login")
    source = submission.source
    if len(source) > DIGITS_MAX or not source.isdecimal() or not policy.codes.owns(source, now):
        return _wrong_source(source, policy, now)
    if policy.suspended_codes:
        code = policy.codes.find(source, now)
        if code is not None and code.code in policy.suspended_codes:
            return policy.suspended_codes[code.code]
    if policy.no_service_ids or submission.service_id in policy.service_ids:
        return ACCEPT if policy.codes.is_roomy(len(source)) else _check_length(source, policy, now)
    return policy.refuse(Key.SVC, f"service_id {submission.service_id!r} is not contracted")


def _may_be_empty(submission: Submission, policy: Policy) -> bool:
    return policy.empty_sp_id and not submission.sp_id


def _check_length(source: str, policy: Policy, now: float) -> Verdict:
    """A code may allow fewer digits in all than the wire does."""
    code = policy.codes.find(source, now)
    if code is not None and len(source) > code.digits_max:
        return policy.refuse(Key.SRC, f"{len(source)} digits, code {code.code} allows {code.digits_max}")
    return ACCEPT


def _wrong_source(source: str, policy: Policy, now: float) -> Verdict:
    if not source:
        return policy.refuse(Key.SRC, "an anonymous source is not allowed")
    if len(source) > DIGITS_MAX:
        return policy.refuse(Key.SRC, f"a source of {len(source)} digits, at most {DIGITS_MAX}")
    return policy.refuse(Key.SRC, f"{source!r} is under no service code of this account in force")
