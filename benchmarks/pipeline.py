"""Cost of the pipeline: an ordinary one-segment message through every stage, and its neighbours.

CPU µs of one message, the best of several rounds.

    pipeline.otp       an account's OTP in UCS-2, signature put in front: message made and screened
    pipeline.batch     the same as a batch message inside its hours
    pipeline.latin     ASCII from an account whose clients sign for themselves
    pipeline.long      200 characters, three segments
    pipeline.strict    an OTP where all must be filed: 10,000 words, 1,000 templates, links, numbers, contents stopped
    pipeline.ledger    hold and settle
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from benchmarks.figures import Figure, Scale, microseconds
from gateway.content.kills import Kill, KillKind
from gateway.content.lexicon import Action, Category, Lexicon
from gateway.content.lists import ContentLists
from gateway.content.rules import ContentFacts
from gateway.content.templates import Template, TemplateBook
from gateway.contracts.profile import profile_from_dict
from gateway.domain.account import Account, MessageClass, ServiceCode, SignatureMode
from gateway.domain.channel import Channel, Wire
from gateway.domain.message import Submission
from gateway.domain.verdict import ACCEPT
from gateway.ledger.book import Book
from gateway.pipeline.channels import RouteTable
from gateway.pipeline.join import message_of
from gateway.pipeline.policy import Policy
from gateway.pipeline.road import screen
from protocols.text.codings import Encoding, encode_text

NOON = 1_772_424_000.0  # 2026-03-02 12:00 in China


def policy_of(account: Account, keys: Mapping[str, object] = {}) -> Policy:
    profile = profile_from_dict({"family": "S0", **keys}, name="prepaid-general")
    table = RouteTable([Channel(name, Wire.SMPP34, "login", "") for name in ("first", "second")])
    for view in table.views.values():
        view.is_up = True
    return Policy(account, profile, table, now=NOON)


def account_of(message_class: MessageClass, mode: SignatureMode) -> Account:
    return Account(
        "bench", "bench", "", service_codes=(ServiceCode("10690123"),), signatures=("示例商城",),
        message_class=message_class, signature_mode=mode,
    )  # fmt: skip


def submission_of(account: Account, text: str, encoding: Encoding) -> Submission:
    return Submission(account, "smpp", "1069012301", "13800138000", encoding, encode_text(text, encoding), NOON)


def screening(text: str, encoding: Encoding, message_class: MessageClass, mode: SignatureMode) -> Callable[[], object]:
    """Return the call that makes a message of one submission and walks the road with it."""
    account = account_of(message_class, mode)
    submission = submission_of(account, text, encoding)
    policy = policy_of(account)
    assert screen(message_of(1, submission), policy, NOON) == ("", ACCEPT)
    return lambda: screen(message_of(1, submission), policy, NOON)


def strict_screening() -> Callable[[], object]:
    """Return the call that screens an OTP by every rule about contents."""
    rng = Random(1)
    ideographs = [chr(code) for code in range(0x4E00, 0x9FA0)]
    words = ["".join(rng.choices(ideographs, k=rng.randint(3, 6))) for _ in range(9_000)]
    words += ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(5, 9))) for _ in range(1_000)]
    texts = (f"您在{number}号店的验证码是{{digits 4-8}}，五分钟内有效，请勿泄露" for number in range(1_000))
    templates = [Template(f"t{number}", text) for number, text in enumerate(texts)]
    lexicon = Lexicon([Category("nine", "nine kinds", "S0-7.6", Action.REFUSE, tuple(words))])
    lists = ContentLists(lexicon, {"bench": TemplateBook(templates)})
    kills = Kill(1, KillKind.TEXT, "别的内容"), Kill(2, KillKind.PHRASE, "别的活动")
    keys = {
        "template_required": True, "class_source": "template", "link_filing": True, "phone_filing": True,
        "short_links": "refuse",
    }  # fmt: skip
    text = "您在777号店的验证码是123456，五分钟内有效，请勿泄露"
    account = account_of(MessageClass.TRIGGERED, SignatureMode.INJECT)
    policy = policy_of(account, keys)
    policy.equip(lists, ContentFacts(kills))
    submission = submission_of(account, text, Encoding.UCS2)
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
        ("pipeline.strict", strict_screening()),
        ("pipeline.ledger", holding()),
    ):
        yield Figure(name, microseconds(call, scale), "us")
