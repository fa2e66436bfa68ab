"""Sends what is owed as short messages, through our own intake under a configured account; receipts are the proof.

A message is claimed as a mail is. Where an attempt was made before, history is asked first whether it was accepted
then, by its account, number and reference: a message is never sent again in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple

from gateway.documents.notice import FAILED, Means, Sending, SendingOutcome, SendingState
from gateway.domain.outcome import State
from gateway.notices.notice_letters import unpacked
from gateway.notices.outcome_notes import note_failed, note_outcome
from gateway.settings import Settings
from gateway.store.facts import notice_rows, own_messages
from gateway.telemetry.mask import mask_number

Acquire = Callable[[], AbstractAsyncContextManager[Any]]
Emit = Callable[..., None]
ROUND_MAX: Final = 50  # messages of one round
LEASE_S: Final = 120.0
REFERENCES: Final = 65_536  # user_message_reference has 16 bits
RECEIPT_WAIT_S: Final = 8 * 86_400.0  # longer than any receipt_wait_h that makes sense


class Submitted(NamedTuple):
    """What our own intake said: accepted with an id, refused with words, or nothing in time."""

    outcome: SendingOutcome
    words: str
    message_id: int = 0


Submit = Callable[[str, str, int], Awaitable[Submitted]]  # (number, text, reference)


class MessageSender:
    """`round` every few seconds. `outcomes` counts attempts."""

    def __init__(
        self, settings: Callable[[], Settings], acquire: Acquire, submit: Submit, clock: Callable[[], float], emit: Emit
    ) -> None:
        self._settings = settings
        self._acquire = acquire
        self._submit = submit
        self._clock = clock
        self._emit = emit
        self.outcomes: Counter[str] = Counter()

    async def round(self) -> None:
        """Send what is due, then look for the receipts of what was sent."""
        if not self._settings().notices.account:
            return
        for _ in range(ROUND_MAX):
            if not await self._send_next():
                break
        await self._take_receipts()

    async def _send_next(self) -> bool:
        async with self._acquire() as connection:
            sending = await notice_rows.claim(connection, Means.MESSAGE, self._clock(), lease_s=LEASE_S)
            if sending is None:
                return False
            account = self._settings().notices.account
            known = None if sending.attempts == 1 else await own_messages.accepted_before(
                connection, account, sending.recipient, sending.id % REFERENCES, since=sending.due_at
            )
        if known is not None:
            said = Submitted(SendingOutcome.TAKEN, f"message {known}", known)
        else:
            text = unpacked(sending.letter).message
            said = await self._submit(sending.recipient, text, sending.id % REFERENCES)
        async with self._acquire() as connection:
            if said.message_id:
                await notice_rows.keep_message_id(connection, sending.id, str(said.message_id))
            state = await note_outcome(
                connection, self._settings(), sending, said.outcome, said.words, self._clock()
            )
        self.outcomes[said.outcome] += 1
        self._tell(sending, state, said.words)
        return True

    async def _take_receipts(self) -> None:
        now = self._clock()
        async with self._acquire() as connection:
            awaited = await notice_rows.awaited(connection, now - RECEIPT_WAIT_S, ROUND_MAX)
            states = await own_messages.final_states(connection, [int(each.message_id) for each in awaited])
            for sending in awaited:
                found = states.get(int(sending.message_id))
                if found is not None:
                    await self._end(connection, sending, *found, now)

    async def _end(self, connection: Any, sending: Sending, state: State, error: str, at: float, now: float) -> None:
        """Write a receipt down: it arrived, or it did not and a person must see to it."""
        has_arrived = state is State.DELIVERED
        words = f"message {sending.message_id}: {state.stat} {error}".rstrip()
        async with connection.transaction():
            await notice_rows.note_attempt(connection, sending.id, "delivered" if has_arrived else "failed", words, at)
            ends_as = SendingState.DELIVERED if has_arrived else SendingState.BOUNCED
            is_set = await notice_rows.set_state(connection, sending, ends_as, next_at=0.0, now=now, proof=words)
            if is_set and not has_arrived:
                await note_failed(connection, self._settings(), sending, words, now)
        if not has_arrived:
            self._tell(sending, ends_as, words)

    def _tell(self, sending: Sending, state: SendingState, words: str) -> None:
        values = {
            "notice": sending.notice, "kind": sending.kind, "account": sending.account, "clause": sending.clause,
            "means": sending.means.value, "address": mask_number(sending.recipient), "attempts": sending.attempts,
            "answer": words,
        }
        if state is SendingState.SENT:
            self._emit("notice_sent", **values)
        elif state in FAILED:
            self._emit("notice_not_sent", **values)
        elif sending.attempts == 1:
            self._emit("notice_waits", **values)
