"""The gathering half of a journal: facts become rows of the batch that is to be committed next.

Both journals stand on it, the one on PostgreSQL and its twin in memory, so that they store the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from gateway.domain.entry import Entry
from gateway.domain.ids import IdSource
from gateway.domain.list_entry import ListFact
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import Answer, Inbound, Outcome, Receipt, Unreadable
from gateway.domain.verdict import Reject
from gateway.store.journal import rows
from gateway.store.journal.batch import Batch, Continuation, entry_of
from gateway.store.journal.packing import pack_submission


def _nothing(table: str, record: Mapping[str, Any], entry: Entry | None) -> None:
    """Nobody keeps anything in memory that a row stands for."""


class Gathering:
    """The appends of a journal. A subclass commits the batch; `_start_writing` is called when it waits for work.

    By itself it commits nothing: whoever calls `take_gathered` does, as benchmarks do.
    """

    def __init__(self, node: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._batch = Batch()
        self._is_idle = False
        self._committing_rows = 0
        self._ids = self._seqs = IdSource(node)
        self.is_open = False
        self._number = 0  # of the batch that was taken last
        self._taken: Batch | None = None
        self._followed: list[tuple[int, Batch]] | None = None
        self.withdrawn: Callable[[str, Mapping[str, Any], Entry | None], None] = _nothing
        self.last_id = 0  # highest id given out, as of the batch in flight
        self.last_seq = 0  # likewise the seqs of outboxes
        self.committed_id = 0  # every message up to here is committed or refused
        self.floor = 0  # no message below it waits to leave; stored with each batch

    def watch(self, ids: IdSource, seqs: IdSource) -> None:
        """Store with each batch how far these numberings have come, so that a restart goes on behind them."""
        self._ids, self._seqs = ids, seqs

    @property
    def pending(self) -> int:
        """Rows that are not committed yet, those of the kinds that traffic makes."""
        batch = self._batch
        return len(batch.messages) + len(batch.short_messages) + len(batch.answers) + self._committing_rows

    def _start_writing(self) -> None:
        """Nobody waits for work here."""

    def take_gathered(self) -> Batch:
        """Return what has gathered, as if it were committed, and begin another batch."""
        batch, self._batch = self._batch, Batch()
        self.last_id, self.last_seq = self._ids.last, self._seqs.last
        self.committed_id = self.last_id
        return batch

    def _wake_up(self) -> None:
        """Something was appended: start the writer if it waits for work."""
        if self._is_idle:
            self._is_idle = False
            self._start_writing()

    def then(self, continuation: Callable[..., None], *args: Any) -> None:
        self._batch.continuations.append((continuation, args, "", 0, None))
        if self._is_idle:
            self._wake_up()

    def upon(
        self, fact: str, id: int, continuation: Callable[..., None], otherwise: Callable[..., None], *args: Any
    ) -> None:
        self._batch.continuations.append((continuation, args, fact, id, otherwise))
        if self._is_idle:
            self._wake_up()

    def accepted(self, message: Message) -> None:
        hold = message.hold
        assert hold is not None
        batch = self._batch
        if rows.is_short(message):
            batch.short_messages.append(rows.short_message_row(message))
        else:
            batch.messages.append(rows.message_row(message))
        if hold.draws:
            self.entry(hold)
        else:
            batch.move(hold)

    def claimed(self, message: Message) -> None:
        self._batch.claims.append(rows.claim_row(message, self._clock()))

    def answered(
        self, message: Message, index: int, answer: Answer, carrier_message_id: str, status: int, at: float
    ) -> None:
        self._batch.answers.append(rows.answer_row(message, index, answer, carrier_message_id, status, at))
        if self._is_idle:
            self._wake_up()

    def received(self, message: Message, index: int, receipt: Receipt, at: float) -> None:
        if len(message.parts) > 1 or not receipt.state.is_final:  # else its outcome says all of it
            self._batch.receipts.append(rows.receipt_row(message, index, receipt, at))
            if self._is_idle:
                self._wake_up()

    def unmatched(self, receipt: Receipt, at: float, is_ambiguous: bool = False) -> None:
        self._batch.unmatched.append(rows.unmatched_row(receipt, at, is_ambiguous))

    def unreadable(self, found: Unreadable, at: float) -> None:
        self._batch.unreadable.append(rows.unreadable_row(found, at))

    def matched(self, channel: str, carrier_message_id: str) -> None:
        self._batch.matched.append((channel, rows.storable(carrier_message_id)))

    def concluded(self, outcome: Outcome, at: float) -> None:
        self._batch.outcomes.append(rows.outcome_row(outcome, at))
        if self._is_idle:
            self._wake_up()

    def ended(self, entry: Entry, outcomes: Sequence[Outcome]) -> None:
        batch = self._batch
        is_implied = not entry.draws
        if is_implied:
            batch.move(entry)
        else:
            self.entry(entry)
        for outcome in outcomes:
            if is_implied and outcome.segment_id == entry.id:
                batch.outcomes.append(rows.resolving_row(outcome, entry))
            else:
                batch.outcomes.append(rows.outcome_row(outcome, entry.at))
        if self._is_idle:
            self._wake_up()

    def entry(self, entry: Entry) -> None:
        self._batch.movements.append(rows.movement_row(entry))
        self._batch.move(entry)
        if entry.draws:
            used = self._batch.used
            for pool, quantity, _ in entry.draws:
                used[entry.account, pool] = used.get((entry.account, pool), 0) + quantity
        if self._is_idle:
            self._wake_up()

    def lot_opened(
        self, id: int, account: str, kind: str, quantity: int, price_hao: int, opens_at: float, closes_at: float,
        note: str, at: float,
    ) -> None:
        self._rare("lots", rows.lot_row(id, account, kind, quantity, price_hao, opens_at, closes_at, note, at))

    def price_announced(
        self, account: str, version: str, price_hao: int, valid_from: float, noticed_at: float | None, note: str,
        at: float,
    ) -> None:
        row = rows.price_version_row(account, version, price_hao, valid_from, noticed_at, note, at)
        self._rare("price_versions", row)

    def price_confirmed(self, account: str, version: str, confirmed_at: float, evidence: str, at: float) -> None:
        self._rare("price_consents", rows.price_consent_row(account, version, confirmed_at, evidence, at))

    def adjusted(self, entry: Entry, month: date, clause: str, reason: str, actor: str, evidence: str) -> None:
        self._rare("adjustments", rows.adjustment_row(entry, month, clause, reason, actor, evidence))

    def money_event(self, account: str, event: str, subject: str, detail: str, at: float) -> None:
        self._rare("money_events", rows.money_event_row(account, event, subject, detail, at))

    def audited(
        self, at: float, actor: str, source: str, action: str, subject: str, result: str, reason: str, detail: str
    ) -> None:
        self._rare("audit", rows.audit_row(at, actor, source, action, subject, result, reason, detail))

    def _rare(self, table: str, row: rows.Row) -> None:
        self._batch.rare.append((table, row))
        self._wake_up()

    def refused(self, submission: Submission, segment_id: int, stage: str, reject: Reject) -> None:
        self._batch.refusals.append(rows.refusal_row(submission, segment_id, stage, reject))
        self._wake_up()

    def request_answered(
        self, account: str, key_digest: str, body_digest: str, status: int, answer: str, at: float
    ) -> None:
        self._batch.request_keys.append((account, key_digest, body_digest, rows.to_ms(at), status, answer))

    def asked_with(self, message: Message, reference: str, callback: str, receipt_mask: int) -> None:
        self._batch.asked.append((message.id, message.account.name, reference, callback, receipt_mask))

    def part(self, submission: Submission, segment_id: int) -> None:
        self._batch.parts.append(rows.part_row(submission, segment_id, pack_submission(submission)))

    def parts_joined(self, segment_ids: Sequence[int], message_id: int) -> None:
        self._batch.joined.extend((segment_id, message_id) for segment_id in segment_ids)

    def inbound(self, inbound: Inbound) -> None:
        self._batch.inbound.append(rows.inbound_row(inbound))

    def listed(self, fact: ListFact) -> None:
        self._batch.listed.append(rows.list_fact_row(fact))
        self._wake_up()

    def delivered(self, account: str, seq: int) -> None:
        self._batch.cursors[account] = seq
        self._wake_up()

    def aside(self, account: str, seq: int, tries: int, status: int) -> None:
        self._batch.outbox_aside[account, seq] = tries, status, rows.to_ms(self._clock())
        self._wake_up()

    def aside_over(self, account: str, seq: int) -> None:
        self._batch.outbox_aside[account, seq] = None
        self._wake_up()

    def deliver_refused(self, account: str, seq: int, what: str, protocol: str, status: int) -> None:
        row = rows.refused_deliver_row(account, seq, what, protocol, status, self._clock())
        self._batch.refused_delivers.append(row)
        self._wake_up()

    def amended(self, message: Message, what: str, at: float) -> None:
        self._batch.amendments.append(rows.amendment_row(message, what, at))
        self._wake_up()

    # --- what is stored as of a batch ----------------------------------------------------------------------------

    def _note_taken(self, batch: Batch) -> None:
        self._taken = batch
        if self._followed is not None:
            self._followed.append((self._number, batch))

    def follow(self) -> None:
        """Remember each batch from the one in flight on, until `moved_behind` is asked."""
        self._followed = [] if self._taken is None else [(self._number, self._taken)]

    def moved_behind(self, number: int) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        """Return what all batches behind this number move, the one that gathers included: books, and use of pools.

        MUST be asked behind `follow`, for a number that was stored since.
        """
        batches = [batch for each, batch in self._followed or () if each > number]
        self._followed = None
        books: dict[str, int] = {}
        used: dict[tuple[str, str], int] = {}
        for batch in (*batches, self._batch):
            for book, delta_hao in batch.balances().items():
                books[book] = books.get(book, 0) + delta_hao
            for place, quantity in batch.used.items():
                used[place] = used.get(place, 0) + quantity
        return books, used

    # --- what is not stored --------------------------------------------------------------------------------------

    def _put_off(self, batch: Batch) -> int:
        """Tell everybody who waits for a submit of this batch to come later; return how many continuations that ran.

        MUST be certain that no copy of it is or will be committed.
        """
        taken, instead = batch.put_off()
        self._tell_withdrawn(taken)
        self._run(instead)
        return len(instead)

    def _settle(self, batch: Batch) -> None:
        """Run what follows from a commit."""
        self._tell_withdrawn(batch.set_aside)
        self._run(batch.what_follows())

    def _tell_withdrawn(self, found: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self._run([(self.withdrawn, (table, record, entry_of(table, record)), "", 0, None) for table, record in found])

    def _run(self, continuations: Sequence[Continuation]) -> None:
        raise TypeError("a journal says how continuations run")
