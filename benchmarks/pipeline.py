"""Cost of the pipeline: an ordinary one-segment message through every stage, and its neighbours.

CPU µs of one message, the best of several rounds.

    pipeline.otp       an account's OTP in UCS-2, signature put in front: message made and screened
    pipeline.batch     the same as a batch message inside its hours
    pipeline.latin     ASCII from an account whose clients sign for themselves
    pipeline.long      200 characters, three segments
    pipeline.strict    an OTP under every rule at once, see benchmarks.strict
    pipeline.ledger    hold and settle
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benchmarks.figures import Figure, Scale, microseconds
from benchmarks.strict import strict_screening
from gateway.contracts.profile import profile_from_dict
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account, MessageClass, ServiceCode, SignatureMode
from gateway.domain.channel import Channel
from gateway.domain.message import Submission, message_of
from gateway.domain.verdict import ACCEPT
from gateway.ledger.book import Book
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.stages.stage_order import screen
from protocols.text.codings import Encoding, encode_text

NOON = 1_772_424_000.0  # 2026-03-02 12:00 in China


def policy_of(account: Account, keys: Mapping[str, object] = {}) -> Policy:
    profile = profile_from_dict({"family": "S0", **keys}, name="prepaid-general")
    table = RouteTable([Channel(name, SMPP34, "login", "") for name in ("first", "second")])
    for view in table.views.values():
        view.is_up = True
    return Policy(account, profile, table, now=NOON)


def account_of(message_class: MessageClass, mode: SignatureMode) -> Account:
    return Account(
        "bench", "bench", "", service_codes=(ServiceCode("10690123"),), signatures=("示例商城",),
        message_class=message_class, signature_mode=mode,
    )


def submission_of(account: Account, text: str, encoding: Encoding) -> Submission:
    return Submission(account, "smpp", "1069012301", "13800138000", encoding, encode_text(text, encoding), NOON)


def screening(text: str, encoding: Encoding, message_class: MessageClass, mode: SignatureMode) -> Callable[[], object]:
    """Return the call that makes a message of one submission and walks the road with it."""
    account = account_of(message_class, mode)
    submission = submission_of(account, text, encoding)
    policy = policy_of(account)
    assert screen(message_of(1, submission), policy, NOON) == ("", ACCEPT)
    return lambda: screen(message_of(1, submission), policy, NOON)


def holding() -> Callable[[], object]:
    """Return the call that holds and settles under a new id."""
    book = Book()
    book.top_up("bench", 0, 10**15, NOON)
    id = 0

    def hold_and_settle() -> None:
        nonlocal id
        id += 1
        book.hold("bench", id, 450, 0, NOON)
        book.settle("bench", id, 450, 450, NOON)

    return hold_and_settle


def run(scale: Scale) -> Iterator[Figure]:
    otp, batch = MessageClass.TRIGGERED, MessageClass.BATCH
    inject, none = SignatureMode.INJECT, SignatureMode.NONE
    chinese = "您的验证码是123456，五分钟内有效，请勿泄露"
    latin = "Your parcel 123456 waits at the counter, come by 21:00 today."
    for name, call in (
        ("pipeline.otp", screening(chinese, Encoding.UCS2, otp, inject)),
        ("pipeline.batch", screening(chinese, Encoding.UCS2, batch, inject)),
        ("pipeline.latin", screening(latin, Encoding.GSM7, otp, none)),
        ("pipeline.long", screening(chinese * 8, Encoding.UCS2, otp, inject)),
        ("pipeline.strict", strict_screening(scale)),
        ("pipeline.ledger", holding()),
    ):
        yield Figure(name, microseconds(call, scale), "us")
