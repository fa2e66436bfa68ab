"""Operations on documents: issue a letter under a number, keep a file that proves an answer."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Final

import orjson
from pydantic import Field, StringConstraints

from gateway.documents.letter_forms import LETTERS, TEXT_MAX, LetterError, letter_document
from gateway.documents.letterhead import document_number, packed_sides
from gateway.domain.china_time import day_of
from gateway.operations.field_kinds import STORABLE, MonthText, Name, OperationAnswer, OperationRequest
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import FieldFault, InvalidRequest, OperationRefused
from gateway.queries.configured import profile_of_side
from gateway.queries.letterheads import letterhead_of
from gateway.store.facts import document_rows, evidence_files

FILE_OCTETS_MAX: Final = 5 << 20
# What a file may be: a browser is told its kind as it is here, never as its sender says.
MEDIA_TYPES: Final = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "txt": "text/plain",
    "eml": "message/rfc822", "zip": "application/zip",
}
AccountName = Annotated[Name, Field(description="Account. 账户。")]
Value = Annotated[str, StringConstraints(max_length=TEXT_MAX), STORABLE]


class IssueLetter(OperationRequest):
    """A letter by its kind, with the values that its form asks for; yuan as decimal texts, days as YYYY-MM-DD."""

    account: AccountName
    kind: Annotated[Name, Field(description=f"{', '.join(LETTERS)}. 函件种类。")]
    values: Annotated[dict[Name, Value], Field(max_length=20, description="By the form's fields. 各项内容。")]
    answer_by: Annotated[dt.date | None, Field(description="Last day to send the slip back. 回执期限。")] = None


class LetterIssued(OperationAnswer):
    """The letter under its number."""

    id: int
    number: str
    account: str
    kind: str
    title: str
    dated: str


class KeepFile(OperationRequest):
    """A file that a client sent with its answer to a statement; the octets come as a stream."""

    account: AccountName
    month: Annotated[MonthText, Field(description="The statement's month, YYYY-MM. 账期。")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200), STORABLE,
                    Field(description="The file's name. 文件名。")]


class FileKept(OperationAnswer):
    """The file under its number; `evidence` is what an operation takes for proof."""

    id: int
    name: str
    octets: int
    sha256: str
    evidence: str


async def issue_letter(context: OperationContext, asked: IssueLetter) -> LetterIssued:
    """Keep a letter as it is written now, with both sides as they are now."""
    account = context.account(asked.account).name
    letterhead = letterhead_of(context.settings, account)
    try:
        letter = letter_document(
            asked.kind, asked.values, profile_of_side(context.settings, account, ""), letterhead, asked.answer_by
        )
    except LetterError as error:
        raise InvalidRequest([FieldFault(f"values.{error.field}" if error.field else "", str(error))]) from None
    packed = orjson.dumps({"sides": packed_sides(letterhead), "letter": letter}).decode()
    dated = day_of(context.now)
    found = await document_rows.issue(
        context.connection, series="letter", account=account, dated=dated, document=packed, now=context.now,
        actor=context.actor,
    )
    return LetterIssued(
        id=found.id, number=document_number("letter", found.year, found.number), account=account, kind=asked.kind,
        title=letter["title"], dated=dated.isoformat(),
    )


async def keep_file(context: OperationContext, asked: KeepFile) -> FileKept:
    account, subject = context.account(asked.account).name, statement_subject(asked.month)
    media_type = MEDIA_TYPES.get(asked.name.rpartition(".")[2].lower())
    if media_type is None:
        kinds = ", ".join(MEDIA_TYPES)
        raise OperationRefused(f"{asked.name!r}: files of the kinds {kinds} are kept（文件类型不支持）")
    octets = bytearray()
    async for chunk in context.stream:
        octets += chunk
        if len(octets) > FILE_OCTETS_MAX:
            raise OperationRefused(f"{asked.name!r} is larger than {FILE_OCTETS_MAX} octets（文件超过 5 MB）")
    if not octets:
        raise OperationRefused(f"{asked.name!r} is empty（文件为空）")
    if await evidence_files.count(context.connection, account, subject) >= evidence_files.FILES_MAX:
        raise OperationRefused(f"{evidence_files.FILES_MAX} files are kept about it already（文件数已达上限）")
    digest = hashlib.sha256(octets).hexdigest()
    number = await evidence_files.add(
        context.connection, account=account, subject=subject, name=asked.name, media_type=media_type, digest=digest,
        octets=bytes(octets), now=context.now, actor=context.actor,
    )
    return FileKept(
        id=number, name=asked.name, octets=len(octets), sha256=digest,
        evidence=f"file {number} {asked.name} SHA-256 {digest[:16]}",
    )


def statement_subject(month: str) -> str:
    """Return the subject under which files about a month's statement are kept."""
    return f"statement {month}"


ISSUE_LETTER: Final = Operation(
    "letters.issue", ("Issue a letter to a client under the next number.", "向客户出具函件并编号。"), IssueLetter,
    LetterIssued, issue_letter, Change.STORE, node_must_know=False, subject="account",
    example={
        "account": "smppdemo", "kind": "nonrenewal", "values": {"term_end": "2026-12-31"}, "answer_by": "2026-12-01",
    },
)
KEEP_FILE: Final = Operation(
    "statement.file", ("Keep a file that proves a client's answer to a statement.", "保存客户答复对账单的凭证文件。"),
    KeepFile, FileKept, keep_file, Change.STORE, node_must_know=False, reads_stream=True, subject="account",
    example={"account": "shop", "month": "2026-03", "name": "objection.pdf"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (ISSUE_LETTER, KEEP_FILE)
