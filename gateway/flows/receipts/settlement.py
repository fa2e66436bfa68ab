"""A segment ends, and with the last one its message: its hold is resolved once, its client segments get outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.domain.ids import IdSource, accepted_at
from gateway.domain.message import Message, ReceiptWish, Submission
from gateway.domain.meters import Meters
from gateway.domain.outcome import NO_ANSWER, NO_RECEIPT, OF_GATEWAY, Outcome, State
from gateway.domain.store_interfaces import ENDING, Journal
from gateway.domain.verdict import Reject
from gateway.flows.outbox.outbox import Outbox
from gateway.ledger.book import Book
from gateway.ledger.charging import resolution
from gateway.ledger.funded import resolve_drawn
from gateway.pipeline.policy.account_policy import Policy

UNHEARD: Final = frozenset({NO_ANSWER, NO_RECEIPT})
TEXT_SHOWN: Final = 20  # characters in a receipt's text: field (SMPP 3.4 annex B)


class Settlement:
    """Resolves holds and owes outcomes; everything of one call is in one transaction."""

    __slots__ = ("_book", "_journal", "_meters", "_outbox", "_policies", "_seqs")

    def __init__(
        self, journal: Journal, book: Book, outbox: Outbox, policies: Mapping[str, Policy], seqs: IdSource,
        meters: Meters,
    ) -> None:
        self._journal = journal
        self._book = book
        self._outbox = outbox
        self._policies = policies
        self._seqs = seqs
        self._meters = meters

    def segment_ended(
        self, message: Message, index: int, state: State, error: str, done_at: float, now: float
    ) -> bool:
        """Note the final state of one wire segment; False when it had one. The last one ends the message."""
        if not message.conclude(index, state, error):
            return False
        self._count(message, state, error)
        if message.is_final:
            self._end(message, done_at, now)
        return True

    def _count(self, message: Message, state: State, error: str) -> None:
        """Count what became of what a carrier took; what the gateway ended itself says nothing about a carrier."""
        if error.startswith(OF_GATEWAY) and error not in UNHEARD:
            return
        count = self._meters.delivery(message.channel, message.account.name, message.signature)
        if state is State.DELIVERED:
            count.delivered += 1
        elif error in UNHEARD:
            count.unknown += 1
        else:
            count.failed += 1

    def message_ended(self, message: Message, state: State, error: str, now: float) -> None:
        """End every wire segment that is still open."""
        for index in range(len(message.parts)):
            self.segment_ended(message, index, state, error, now, now)

    def close(self, message: Message, now: float) -> None:
        """End a message whose wire segments are all final."""
        self._end(message, now, now)

    def _end(self, message: Message, done_at: float, now: float) -> None:
        message.is_stopped = True
        message.ended_at = done_at
        account = message.account.name
        tariff = self._policies[account].tariff_of(message.profile)
        if message.draws:
            entry = resolve_drawn(self._book, tariff, message, now)
        else:
            charged_hao = tariff.charged(message)
            kind = resolution(message, charged_hao)
            entry = self._book.resolve(kind, account, message.id, message.amount_hao, charged_hao, now)
        if entry is None:  # another copy of this message, read back from the store, ended it a moment ago
            return
        meters = self._meters.account(account)
        meters.charged_hao += entry.amount_hao
        text, asked, outcomes = message.text or "", message.submission, []
        for position, segment_id in enumerate(message.segment_ids):
            state, error = message.segment_result(position)
            meters.concluded[state] += 1
            wish = message.wishes[position]
            outcomes.append(self._outcome(asked, segment_id, message.id, wish, state, error, done_at, now, text))
        self._journal.ended(entry, outcomes)
        for outcome in outcomes:
            if outcome.is_owed:
                self._owe(outcome)

    def segment_refused(self, submission: Submission, segment_id: int, reject: Reject, now: float) -> None:
        """Owe a REJECTD outcome for a segment that was answered OK before the refusal was known."""
        self._meters.account(submission.account.name).concluded[State.REJECTED] += 1
        self._conclude(submission, segment_id, State.REJECTED, reject.key.stat or "GW:0009", now)

    def part_given_up(self, submission: Submission, segment_id: int, error: str, now: float) -> None:
        """Owe an EXPIRED outcome for a client segment whose others never came."""
        self._meters.account(submission.account.name).concluded[State.EXPIRED] += 1
        self._conclude(submission, segment_id, State.EXPIRED, error, now)

    def _conclude(self, submission: Submission, segment_id: int, state: State, error: str, now: float) -> None:
        """End a client segment that is in no message: no money moves."""
        outcome = self._outcome(
            submission, segment_id, segment_id, submission.receipt_wish, state, error, now, now, ""
        )
        self._journal.concluded(outcome, now)
        if outcome.is_owed:
            self._owe(outcome)

    def _outcome(
        self, submission: Submission, segment_id: int, message_id: int, wish: ReceiptWish, state: State, error: str,
        done_at: float, now: float, text: str,
    ) -> Outcome:
        return Outcome(
            submission.account.name, self._seqs.take(now), segment_id, message_id, state, error, done_at,
            wish.wants(state),
            submission.source, submission.destination, accepted_at(segment_id), text[:TEXT_SHOWN],
            submission.answer_id or segment_id, submission.user_reference, submission.service_id,
        )

    def _owe(self, outcome: Outcome) -> None:
        self._outbox.expect(outcome.account)
        self._journal.upon(ENDING, outcome.message_id, self._outbox.put, self._not_owed, outcome)

    def _not_owed(self, is_later: bool, outcome: Outcome) -> None:
        """The store did not take it: no receipt tells what is no fact."""
        self._meters.account(outcome.account).outbox_depth -= 1
