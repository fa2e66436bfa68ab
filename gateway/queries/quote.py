"""quote: what would happen to a text, or to rich media, under a contract, for anybody or for one account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.contracts.overrides import override
from gateway.contracts.profile import Profile
from gateway.domain.china_time import clock_at
from gateway.domain.money import format_yuan
from gateway.pipeline.trial import Quote, Trial
from gateway.pipeline.trial import quote as judge_text
from gateway.queries.configured import account_named, channel_named, profile_named
from gateway.queries.query import QueryDocument, WrongRequest
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """A text, or the octets of rich media; under a contract, or that of an account, with keys of it changed.

    `at` is the moment of the submit in unix seconds, `changes` are written key=value.
    """

    at: float
    text: str | None = None
    media_octets: int | None = None
    contract: str = ""
    account: str = ""
    channel: str = ""
    signature: str = ""
    message_class: Literal["triggered", "batch"] = "batch"
    count: int = 1
    changes: Sequence[str] = ()


class QuotedStage(QueryDocument):
    """What one stage said."""

    stage: str
    verdict: str
    key: str | None
    clause: str | None


class QuoteDocument(QueryDocument):
    """The answer: the keys that scripts read, and what else helps to understand them; `release_at` of a hold."""

    contract: str
    verdict: str
    key: str | None
    clause: str | None
    detail: str | None
    final_text: str
    encoding: str
    characters: int
    octets: int
    billed_segments: int
    wire_segments: list[int]
    unit_price: str
    count: int
    charge: str
    verdicts: list[QuotedStage]
    notes: list[str]
    release_at: str | None = None


def quote(settings: Settings, request: QuoteRequest) -> QuoteDocument:
    """Judge a text without sending it; nothing is read from the store.

    Raises WrongRequest, ProfileError for changes that a contract does not take, EncodingError for a text that none of
    its encodings holds.
    """
    if request.text is None and request.media_octets is None:
        raise WrongRequest("there is neither a text nor the octets of rich media")
    whose = account_named(settings, request.account) if request.account else None
    if not request.contract and whose is None:
        raise WrongRequest("name a contract, or an account whose contract it is")
    contract = request.contract or (whose.contract if whose else "")
    profile = override(profile_named(settings, contract, at=request.at), request.changes)
    if request.media_octets is not None:
        answer = Trial(profile, at=request.at).ask_media(request.media_octets, at=request.at)
    else:
        answer = judge_text(
            profile, request.text or "", at=request.at, signature=request.signature,
            message_class=request.message_class, count=request.count, account=whose,
            channel=channel_named(settings, request.channel) if request.channel else None, content=settings.content,
        )
    return quote_document(answer, profile, request.count)


def quote_document(answer: Quote, profile: Profile, count: int) -> QuoteDocument:
    document = QuoteDocument(
        contract=profile.tag, verdict=answer.verdict, key=None if answer.key is None else answer.key.name,
        clause=answer.clause, detail=answer.detail or None, final_text=answer.final_text,
        encoding=answer.encoding.value, characters=answer.characters, octets=answer.octets,
        billed_segments=answer.billed, wire_segments=list(answer.wire_octets),
        unit_price=format_yuan(answer.unit_price_hao), count=count, charge=format_yuan(answer.charge_hao),
        verdicts=[
            QuotedStage(stage=step.stage, verdict=step.verdict, key=step.key and step.key.name, clause=step.clause)
            for step in answer.steps
        ],
        notes=list(answer.notes),
    )
    if answer.release_at is None:
        return document
    return document.model_copy(update={"release_at": clock_at(answer.release_at).isoformat()})
