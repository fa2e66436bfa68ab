"""messages.submit: a person sends by a form what a program sends over HTTP: same intake, one batch, one answer.

The rows come as a stream of JSON lines, {"to": …, "text": …}: no audit has a number or a text. Nothing is awaited
between the first verdict and the line of the audit: all of it is one commit. A refused row is stored as such.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.contracts.billing import choose_encoding
from gateway.dialects.protocol_table import HTTP
from gateway.domain.account import Account, MessageClass
from gateway.domain.message import ReceiptWish, Submission
from gateway.domain.verdict import Reject
from gateway.flows.messages.apart import Judged
from gateway.flows.wiring import Flows
from gateway.operations.account_money import AccountName
from gateway.operations.field_kinds import Moment, OperationAnswer, OperationRequest, ShownHao
from gateway.operations.operation import Change, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import FieldFault, InvalidRequest, OperationRefused, StoreUnavailable
from protocols.text.codings import EncodingError, encode_text

ROWS_MAX: Final = 1_000  # of one request, which is one batch of the journal
TEXT_MAX: Final = 2_000
STREAM_OCTETS_MAX: Final = 12 << 20
PACE_WAIT_MAX_S: Final = 1.0
COMMIT_WAIT_S: Final = 20.0


class SubmitMessages(OperationRequest):
    """What holds for all rows; the rows are the stream."""

    account: AccountName
    source: Annotated[
        str, StringConstraints(pattern=r"^[0-9]{0,20}$"),
        Field(description="A service code; empty: the first. 接入码，空为第一个。"),
    ] = ""
    message_class: Annotated[
        Literal["", "triggered", "batch"], Field(description="Empty: the account's. 类别。")
    ] = ""
    deliver_at: Annotated[Moment | None, Field(description="Not before; unix seconds. 定时发送。")] = None


class SubmittedRow(BaseModel):
    """One line of the stream."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    to: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,24}$")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX)]


class RowAnswer(OperationAnswer):
    """What became of one row, in the order of the stream; key, clause and detail of a refused one."""

    id: str
    is_accepted: bool
    segments: int = 0
    charge_hao: ShownHao = 0
    not_before: float | None = None
    key: str = ""
    clause: str = ""
    detail: str = ""


class RowsSubmitted(OperationAnswer):
    """All rows, and how many were accepted."""

    account: str
    accepted: int
    refused: int
    rows: tuple[RowAnswer, ...]


class _Commit:
    """Hears of each message's commit; `late` has by position what the store did not take."""

    __slots__ = ("_left", "late", "told")

    def __init__(self, messages: int) -> None:
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.late: dict[int, Reject] = {}
        self._left = messages
        self._end()

    def accepted(self, token: int, segment_id: int) -> None:
        self._left -= 1
        self._end()

    def refused(self, token: int, reject: Reject) -> None:
        self.late[token] = reject
        self._left -= 1
        self._end()

    def _end(self) -> None:
        if self._left <= 0 and not self.told.done():
            self.told.set_result(None)


async def submit(context: OperationContext, asked: SubmitMessages) -> RowsSubmitted:
    """Judge, hold and store the rows. Raises OperationRefused for what comes too fast."""
    assert context.node is not None
    account = context.account(asked.account)
    rows = await read_rows(context.stream)
    source = _source_of(account, asked.source)
    flows = context.node.flows
    submissions = _submissions(flows, account, source, asked, rows, context.clock())
    _check_pace(flows, account.name, source)
    shut = flows.intake.why_shut(account.name)
    if shut is not None:
        raise StoreUnavailable(shut.detail)
    flows.intake.book(account.name, source, len(rows))
    commit = _Commit(len(submissions))
    judged = flows.intake.submit_apart(submissions, commit)
    for _ in (each for each in judged if each.message is None):
        commit.accepted(0, 0)  # it is decided: no commit of it is told
    await context.committed(context.node.journal)
    await _told(commit)
    found = tuple(_answer(each, commit.late.get(position)) for position, each in enumerate(judged))
    accepted = sum(row.is_accepted for row in found)
    return RowsSubmitted(account=account.name, accepted=accepted, refused=len(found) - accepted, rows=found)


async def read_rows(stream: AsyncIterable[bytes]) -> list[SubmittedRow]:
    """Return the rows of a stream of JSON lines; raise InvalidRequest with every line that is none."""
    octets = bytearray()
    async for chunk in stream:
        octets += chunk
        if len(octets) > STREAM_OCTETS_MAX:
            raise OperationRefused(f"more than {STREAM_OCTETS_MAX} octets: send the rows in parts")
    rows: list[SubmittedRow] = []
    faults: list[FieldFault] = []
    for number, line in enumerate((line for line in octets.split(b"\n") if line.strip()), 1):
        if number > ROWS_MAX:
            raise OperationRefused(f"more than {ROWS_MAX} rows: send them in parts")
        try:
            rows.append(SubmittedRow.model_validate_json(line))
        except ValidationError as error:
            at = f"rows[{number - 1}]"
            faults += [FieldFault(f"{at}.{each.field}", each.problem) for each in InvalidRequest.of(error).faults]
    if faults:
        raise InvalidRequest(faults)
    if not rows:
        raise OperationRefused("there is no row")
    return rows


def _source_of(account: Account, asked: str) -> str:
    if asked:
        return asked
    if not account.service_codes:
        raise OperationRefused(f"{account.name} has no service code")
    return account.service_codes[0].code


def _check_pace(flows: Flows, account: str, source: str) -> None:
    wait_s = flows.intake.wait_s(account, source)
    if wait_s > PACE_WAIT_MAX_S:
        raise OperationRefused(f"above the agreed rate: try again in {int(wait_s) + 1} s", "account.rate_per_s")


def _submissions(
    flows: Flows, account: Account, source: str, asked: SubmitMessages, rows: Sequence[SubmittedRow], now: float
) -> list[Submission]:
    profile = flows.policies[account.name].profile
    message_class = MessageClass(asked.message_class) if asked.message_class else None
    found = []
    for position, row in enumerate(rows):
        encoding = choose_encoding(row.text, profile)
        try:
            octets = encode_text(row.text, encoding)
        except EncodingError as error:
            raise InvalidRequest([FieldFault(f"rows[{position}].text", str(error))]) from None
        found.append(Submission(
            account, HTTP, source, row.to, encoding, octets, now, ReceiptWish.NONE, deliver_at=asked.deliver_at,
            message_class=message_class,
        ))
    return found


async def _told(commit: _Commit) -> None:
    try:
        async with asyncio.timeout(COMMIT_WAIT_S):
            await asyncio.shield(commit.told)
    except TimeoutError:
        raise StoreUnavailable("it waits for the database and will be committed with it: do not repeat it") from None


def _answer(judged: Judged, late: Reject | None) -> RowAnswer:
    reject = late or judged.reject
    if reject is not None:
        return RowAnswer(
            id=str(judged.id), is_accepted=False, key=reject.key.name, clause=reject.clause, detail=reject.detail
        )
    message = judged.message
    assert message is not None
    return RowAnswer(
        id=str(judged.id), is_accepted=True, segments=message.billed, charge_hao=message.amount_hao,
        not_before=message.not_before or None,
    )


SUBMIT: Final = Operation(
    "messages.submit", ("Send the messages of a stream of lines for an account.", "以账户名义发送一批短信。"),
    SubmitMessages, RowsSubmitted, submit, Change.JOURNAL, offline=Offline.NEVER, reads_stream=True,
    subject="account", example={"account": "smppdemo", "message_class": "triggered"},
)
OPERATIONS: Final = (SUBMIT,)
