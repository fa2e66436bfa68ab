"""A client segment that waits for the others of its long message, as one value of the table `parts`."""

from __future__ import annotations

import dataclasses

import orjson

from gateway.domain.account import MessageClass
from gateway.domain.message import Concat, ReceiptWish, Submission
from gateway.domain.outcome import Outcome
from gateway.store.journal.rows import Record
from gateway.store.reader.rebuilding import FindAccount, build_outcome
from protocols.text.codings import Encoding


def pack_submission(submission: Submission) -> bytes:
    """Return a client segment that waits for the others, as JSON: few, short-lived, readable in psql."""
    concat = submission.concat
    fields = {
        field.name: getattr(submission, field.name)
        for field in dataclasses.fields(Submission)
        if field.name not in ("account", "concat", "octets", "udh")
    }
    fields |= {
        "account": submission.account.name, "octets": submission.octets.hex(), "udh": submission.udh.hex(),
        "concat": [concat.reference, concat.total, concat.number] if concat else None,
    }
    return orjson.dumps(fields)


def unpack_submission(packed: bytes, find_account: FindAccount) -> Submission:
    fields = orjson.loads(packed)
    fields["account"] = find_account(fields["account"])
    fields["octets"], fields["udh"] = bytes.fromhex(fields["octets"]), bytes.fromhex(fields["udh"])
    fields["concat"] = Concat(*fields["concat"]) if fields["concat"] else None
    fields["encoding"] = Encoding(fields["encoding"])
    fields["receipt_wish"] = ReceiptWish(fields["receipt_wish"])
    fields["message_class"] = MessageClass(fields["message_class"]) if fields["message_class"] else None
    return Submission(**fields)


def read_outcome(row: Record, find_account: FindAccount) -> Outcome:
    """Rebuild an outcome; `submission` is the segment as it waited, where its long message never became one."""
    outcome = build_outcome(row)
    if row["submission"] is not None:
        asked = unpack_submission(row["submission"], find_account)
        outcome.source, outcome.destination = asked.source, asked.destination
        outcome.user_reference, outcome.service_id = asked.user_reference, asked.service_id
    return outcome
