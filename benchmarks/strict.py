"""The strictest screening there is: one OTP after another, each to another number, under every rule at once.

10,000 words, 1,000 templates, links and phone numbers filed, two contents stopped; a blacklist of 10 million numbers,
an account's own blacklist and its unsubscribed of 100,000 each; frequency by number and signature, by minute, hour and
day, looked up and counted; sending hours, service types, a code's dates.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from random import Random

import numpy as np

from benchmarks.figures import Scale
from gateway.content.kills import Kill, KillKind
from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.rules import ContentFacts
from gateway.content.templates import Template, TemplateBook
from gateway.contracts.profile import profile_from_dict
from gateway.dialects.smpp.protocol_rows import SMPP34
from gateway.domain.account import Account, MessageClass, ServiceCode
from gateway.domain.channel import Channel
from gateway.domain.list_entry import EVERYWHERE, ListKind, account_scope
from gateway.domain.message import Submission, message_of
from gateway.domain.numbers import Keys, NumberSet
from gateway.domain.verdict import ACCEPT
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.number_lists import Lists
from gateway.pipeline.policy.tallies import Tallies
from gateway.pipeline.stages.stage_order import screen
from protocols.text.codings import Encoding, encode_text

NOON = 1_772_424_000.0  # 2026-03-02 12:00 in China
RECIPIENTS = 200_000
TEXT = "您在777号店的验证码是123456，五分钟内有效，请勿泄露"
KEYS = {
    "family": "S0", "template_required": True, "class_source": "template", "link_filing": True, "phone_filing": True,
    "short_links": "refuse", "otp_all_per_day": 50,
}


def content_lists() -> ContentLists:
    rng = Random(1)
    ideographs = [chr(code) for code in range(0x4E00, 0x9FA0)]
    words = ["".join(rng.choices(ideographs, k=rng.randint(3, 6))) for _ in range(9_000)]
    words += ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(5, 9))) for _ in range(1_000)]
    texts = (f"您在{number}号店的验证码是{{digits 4-8}}，五分钟内有效，请勿泄露" for number in range(1_000))
    templates = [Template(f"t{number}", text) for number, text in enumerate(texts)]
    lexicon = Lexicon([Category("nine", "nine kinds", "S0-7.6", WordAction.REFUSE, tuple(words))])
    return ContentLists(lexicon, {"bench": TemplateBook(templates)})


def number_lists(scale: Scale) -> Lists:
    def drawn(count: int, seed: int) -> Keys:
        """Numbers that begin with 13 to 17; recipients begin with 18."""
        return np.random.default_rng(seed).integers(13_000_000_000, 17_999_999_999, count)

    lists = Lists()
    for kind, scope, count in (
        (ListKind.BLACKLIST, EVERYWHERE, scale.of(10_000_000, 1_000)),
        (ListKind.BLACKLIST, account_scope("bench"), scale.of(100_000, 1_000)),
        (ListKind.UNSUBSCRIBED, account_scope("bench"), scale.of(100_000, 1_000)),
    ):
        live = lists.open(kind, scope)
        live.mark()
        live.swap(NumberSet(drawn(count, int(kind) + count)))
    return lists


def strict_screening(scale: Scale) -> Callable[[], object]:
    """Return the call that makes, screens and counts one message."""
    account = Account(
        "bench", "bench", "", service_codes=(ServiceCode("10690123", valid_from="2020-01-01", valid_to="2030-01-01"),),
        signatures=("示例商城",), message_class=MessageClass.TRIGGERED,
    )
    table = RouteTable([Channel(name, SMPP34, "login", "") for name in ("first", "second")])
    for view in table.views.values():
        view.is_up = True
    policy = Policy(
        account, profile_from_dict(KEYS, name="strict"), table, now=NOON, lists=number_lists(scale),
        content=content_lists(), tallies=Tallies(),
        facts=ContentFacts((Kill(1, KillKind.TEXT, "别的内容"), Kill(2, KillKind.PHRASE, "别的活动"))),
    )
    octets = encode_text(TEXT, Encoding.UCS2)
    next_submission = cycle([
        Submission(account, "smpp", "1069012301", str(18_000_000_000 + number), Encoding.UCS2, octets, NOON)
        for number in range(RECIPIENTS)
    ]).__next__
    now, sent = NOON, 0

    def one() -> None:
        nonlocal now, sent
        sent += 1
        if not sent % RECIPIENTS:
            now += 61.0  # the next natural minute, before anybody is written to again
        message = message_of(1, next_submission())
        assert screen(message, policy, now) == ("", ACCEPT)
        assert policy.limits is not None
        policy.limits.count(message, now)

    return one
