"""Where the message goes: one spelling for each number (`domain.number_spelling`), and which may be written to.

An account that writes abroad may mean the same bare digits as a number of North America: what both plans have is
refused, unless its quirk bare_is_domestic says what they are.
"""

from __future__ import annotations

from gateway.domain.message import Message
from gateway.domain.number_spelling import is_domestic, normalise, of_one_plan
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy.account_policy import Policy


def check_destination(message: Message, policy: Policy, now: float) -> Verdict:
    """Write the number in its one spelling on the submission, or refuse it (DEST)."""
    submission = message.submission
    destination = submission.destination
    if is_domestic(destination):
        if not policy.doubts_bare:
            return ACCEPT
        number = of_one_plan(destination)
        if number is None:
            detail = f"{destination!r} is a number in China and in North America: write 86 or + before it"
            return policy.refuse(Key.DEST, detail)
    else:
        number = normalise(destination)
        if number is None:
            return policy.refuse(Key.DEST, f"{destination!r} is no number")
    if number.startswith("00") and not policy.international:
        return policy.refuse(Key.DEST, f"{destination!r} is no mobile number of mainland China")
    submission.destination = number
    return ACCEPT
