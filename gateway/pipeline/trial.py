"""A text on trial: the stages that judge a text, walked for nobody in particular; nothing is sent, held or stored.

What depends on who sends it to whom, and on what went before, is not asked: source, destination, lists, frequency,
balance. The channel, where none is named, is one that counts as the contract does and adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.contracts.billing import choose_encoding, count_characters
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.signature import signature_fault, without_brackets
from gateway.domain.account import Account, MessageClass, SignatureMode
from gateway.domain.channel import Channel, LinkAddress
from gateway.domain.message import Message, Submission, message_of
from gateway.domain.verdict import Defer, Key, Reject, Violation
from gateway.domain.wire import Wire
from gateway.ledger.purse import Purse
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.stages.read_text import read_text
from gateway.pipeline.stages.stage_order import STAGES
from gateway.pipeline.stages.violation import violating_segments
from protocols.text.codings import Encoding, encode_text

# The stages that read the text, the class and the clock, and nothing else.
ABOUT_TEXT: Final = frozenset({"text", "content", "sign", "window", "doubt", "cut", "price"})
_STAGES: Final = tuple((name, stage) for name, stage in STAGES if name in ABOUT_TEXT)
_HOLDS: Final = {"doubt": Key.CONTENT}  # what a stage that lets a message wait would refuse by; the others: TIME
_SOURCE: Final = "10690000"
_DESTINATION: Final = "13800138000"


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage said; `key` is None where it let the text pass."""

    stage: str
    verdict: Literal["accept", "hold", "refuse"]
    key: Key | None = None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer. `key` and `clause` are None when accepted; a refused text bills and sends nothing, and costs
    nothing but the fee of a violation where the contract has one.

    `octets` counts the user data without headers, `wire_octets` each wire segment with them; GSM7 is one septet an
    octet. `notes` are sentences for the reader.
    """

    verdict: Literal["accept", "hold", "refuse"]
    key: Key | None
    clause: str | None
    final_text: str
    encoding: Encoding
    characters: int
    octets: int
    billed: int = 0
    wire_octets: tuple[int, ...] = ()
    unit_price_hao: int = 0
    charge_hao: int = 0
    release_at: float | None = None
    detail: str = ""
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


class Trial:
    """One contract, or one account under it, ready to judge texts: compiled once, asked as often as wanted."""

    def __init__(
        self, profile: Profile, *, at: float, account: Account | None = None, signatures: Sequence[str] = (),
        channel: Channel | None = None, content: ContentLists = NO_LISTS,
    ) -> None:
        self.profile = profile
        self.account = _account(profile, account, signatures)
        table = _table(profile, channel)
        self.policy = Policy(self.account, profile, table, now=at, content=content)
        self._channel = next(iter(table.views))
        self._faults = [signature_fault(without_brackets(name), profile) for name in self.account.signatures]

    def ask(self, text: str, *, at: float, message_class: str = "batch", count: int = 1) -> Quote:
        """Return what happens to `count` copies of a text submitted at `at` (unix seconds).

        Raises EncodingError for a text that is none: half a surrogate pair.
        """
        message = self._message(text, at, MessageClass(message_class))
        fault = next((fault for fault in self._faults if fault), None)
        if fault is not None:
            reject = Reject(Key.SIGN, clause_of(self.profile, "sig_han_max"), fault)
            return self._refused(message, reject, (Step("sign", "refuse", Key.SIGN, reject.clause),))
        steps: list[Step] = []
        for name, stage in _STAGES:
            verdict = stage(message, self.policy, at)
            if isinstance(verdict, Reject):
                steps.append(Step(name, "refuse", verdict.key, verdict.clause))
                refused = self._refused(message, verdict, tuple(steps))
                return self._fined(refused, message, count, at) if isinstance(verdict, Violation) else refused
            if isinstance(verdict, Defer):
                message.not_before = max(message.not_before, verdict.until)
                steps.append(Step(name, "hold", _HOLDS.get(name, Key.TIME), verdict.clause))
            else:
                steps.append(Step(name, "accept"))
        return self._accepted(message, tuple(steps), count, at)

    def ask_media(self, octets: int, *, at: float) -> Quote:
        """Return what happens to rich media of so many octets: taken or refused (MEDIA); it bills by its own tariff."""
        submission = Submission(self.account, "smpp", _SOURCE, _DESTINATION, Encoding.BINARY, bytes(octets), at)
        message = message_of(1, submission)
        plain = replace(self._plain(message), encoding=Encoding.BINARY, octets=octets, characters=0, unit_price_hao=0)
        verdict = read_text(message, self.policy, at)
        if not isinstance(verdict, Reject):
            return replace(plain, steps=(Step("text", "accept"),))
        step = Step("text", "refuse", verdict.key, verdict.clause)
        return replace(
            plain, verdict="refuse", key=verdict.key, clause=verdict.clause, detail=verdict.detail, steps=(step,)
        )

    def _message(self, text: str, at: float, message_class: MessageClass) -> Message:
        encoding = choose_encoding(text, self.profile)
        submission = Submission(
            self.account, "smpp", _SOURCE, _DESTINATION, encoding, encode_text(text, encoding), at,
            message_class=message_class,
        )
        message = message_of(1, submission)
        message.text = message.body = text
        message.channel, message.message_class, message.profile = self._channel, message_class, self.profile.tag
        return message

    def _accepted(self, message: Message, steps: tuple[Step, ...], count: int, at: float) -> Quote:
        hold = next((step for step in reversed(steps) if step.verdict == "hold"), None)
        plain = self._plain(message)
        return replace(
            plain,
            verdict="accept" if hold is None else "hold",
            key=None if hold is None else hold.key,
            clause=None if hold is None else hold.clause,
            release_at=None if hold is None else message.not_before,
            billed=message.billed,
            wire_octets=tuple(map(len, message.parts)),
            unit_price_hao=message.price_hao,
            charge_hao=count * message.amount_hao,
            steps=steps,
            notes=tuple(self._notes(message, at)),
        )

    def _refused(self, message: Message, reject: Reject, steps: tuple[Step, ...]) -> Quote:
        plain = self._plain(message)
        return replace(
            plain, verdict="refuse", key=reject.key, clause=reject.clause, detail=reject.detail, steps=steps,
        )

    def _fined(self, refused: Quote, message: Message, count: int, at: float) -> Quote:
        """Add the fee of a violating text, where the contract has it deducted though nothing is sent (S1-6)."""
        policy, profile = self.policy, self.profile
        segments = violating_segments(message, policy, at) if profile.violation_charge else 0
        if not segments:
            return refused
        fee_hao, _ = policy.tariff.fine(segments, Purse(), at)
        clause = clause_of(profile, "violation_charge")
        notes = [f"nothing is sent, the fee of {segments} segments each is deducted all the same ({clause})"]
        if profile.violation_lists:
            clause = clause_of(profile, "violation_lists")
            notes.append(f"barred from then on: {', '.join(profile.violation_lists)} ({clause})")
        return replace(refused, charge_hao=count * fee_hao, notes=tuple(notes))

    def _plain(self, message: Message) -> Quote:
        text = message.text or ""
        encoding = message.encoding if message.parts else choose_encoding(text, self.profile)
        encoding = Encoding.ASCII if encoding is Encoding.LATIN1 and text.isascii() else encoding
        return Quote(
            verdict="accept", key=None, clause=None, final_text=text, encoding=encoding,
            characters=count_characters(text, self.profile), octets=len(encode_text(text, encoding)),
            unit_price_hao=self.account.price_hao or self.profile.price,
        )

    def _notes(self, message: Message, at: float) -> list[str]:
        profile, notes, sent = self.profile, [], len(message.parts)
        if sent > message.billed:
            notes.append(f"margin: {message.billed} billed, {sent} sent ({clause_of(profile, 'split')})")
        if profile.sig_required and not message.signature:
            notes.append(f"no signature in it; an account's own would be added ({clause_of(profile, 'sig_required')})")
        if profile.pay_mode == "package":
            notes.append(f"inside the month's package nothing is added ({clause_of(profile, 'packages')})")
        if not self.policy.starts_at <= at < self.policy.ends_at:
            notes.append(f"{profile.tag} is not in force then")
        return notes


def quote(
    profile: Profile,
    text: str,
    *,
    at: float,
    signature: str = "",
    message_class: str = "batch",
    count: int = 1,
    price_hao: int = 0,
    account: Account | None = None,
    channel: Channel | None = None,
    content: ContentLists = NO_LISTS,
) -> Quote:
    """Return what happens to `count` copies of a text submitted at `at`, for an account or for anybody.

    Without a signature and an account the text is taken as final: whose 【…】 it may bear is the account's matter.
    """
    if price_hao:
        account = replace(account or _account(profile, None, ()), price_hao=price_hao)
    signatures = (signature,) if signature else ()
    trial = Trial(profile, at=at, account=account, signatures=signatures, channel=channel, content=content)
    return trial.ask(text, at=at, message_class=message_class, count=count)


def _account(profile: Profile, account: Account | None, signatures: Sequence[str]) -> Account:
    known = account or Account(
        name="quote", login="quote", password="", contract=profile.name, signature_mode=SignatureMode.NONE
    )
    known = replace(known, routes=())
    if not signatures:
        return known
    mode = SignatureMode.INJECT if known.signature_mode is SignatureMode.NONE else known.signature_mode
    return replace(known, signatures=tuple(signatures), signature_mode=mode)


def _table(profile: Profile, channel: Channel | None) -> RouteTable:
    """Return routes over the channel, else over one that counts as the contract does: septets, or octets of 8 bits."""
    narrow = Encoding.GSM7 if profile.latin_rule == "gsm7_160_153" else Encoding.LATIN1
    counted = Channel(
        name="any", wire=Wire("any", "smpp"), login="", password="", addresses=(LinkAddress("", 0),),
        encodings=frozenset({narrow, Encoding.UCS2, Encoding.BINARY}),
    )
    return RouteTable([channel or counted])
