"""Sends what is owed by mail: claimed, handed to the relay, written down; bounded in rate, size and time.

A round takes one mail after another while there are any and the rate allows it. A mail is claimed before it is handed
over, so that a process that dies sends it again after the lease, with the same Message-ID.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import orjson

from gateway.documents.notice import FAILED, Means, Sending, SendingOutcome, SendingState
from gateway.documents.sent_statement import Sent
from gateway.domain.china_time import day_of
from gateway.domain.fault_words import said
from gateway.domain.mail_address import masked_address, masked_in
from gateway.domain.secret_box import SecretBox
from gateway.notices.mail_format import Attachment, Envelope, mail_octets
from gateway.notices.notice_letters import unpacked
from gateway.notices.outcome_notes import note_outcome
from gateway.notices.smtp_relay import STEPS, RelayAnswer, hand_over
from gateway.notices.statement_links import StatementLink, link_ends_at, token_of, url_of
from gateway.settings import Settings
from gateway.settings.party_keys import MailKeys
from gateway.store.database_faults import is_away
from gateway.store.facts import notice_rows, statement_rows

Acquire = Callable[[], AbstractAsyncContextManager[Any]]
Emit = Callable[..., None]
Draw = Callable[[Any, Sent], Awaitable[Sequence[Attachment]]]  # (connection, statement): it as files
ROUND_MAX: Final = 100  # mails of one round
STATEMENT: Final = "statement"
LEASE_STEPS: Final = STEPS + 2
MINUTE_S: Final = 60.0


class MailSender:
    """`round` every few seconds. `outcomes` counts attempts, `waiting` is what the last round left."""

    def __init__(
        self, settings: Callable[[], Settings], acquire: Acquire, open_box: Callable[[], SecretBox], draw: Draw,
        clock: Callable[[], float], emit: Emit,
    ) -> None:
        self._settings = settings
        self._acquire = acquire
        self._open_box = open_box
        self._draw = draw
        self._clock = clock
        self._emit = emit
        self._handed_at: deque[float] = deque()
        self.outcomes: Counter[str] = Counter()
        self.waiting: dict[str, notice_rows.Waiting] = {}

    async def round(self) -> None:
        """Send what is due."""
        for _ in range(ROUND_MAX):
            mail = self._settings().mail
            if not mail.host or not self._may_send(mail) or not await self._send_next(mail):
                break
        async with self._acquire() as connection:
            self.waiting = await notice_rows.waiting(connection)

    def _may_send(self, mail: MailKeys) -> bool:
        now = self._clock()
        while self._handed_at and self._handed_at[0] <= now - MINUTE_S:
            self._handed_at.popleft()
        return len(self._handed_at) < mail.rate_per_minute

    async def _send_next(self, mail: MailKeys) -> bool:
        """Send one mail; False where none is due. No connection is lent while the relay is spoken to."""
        now = self._clock()
        async with self._acquire() as connection:
            sending = await notice_rows.claim(connection, Means.EMAIL, now, lease_s=mail.timeout_s * LEASE_STEPS)
        if sending is None:
            return False
        self._handed_at.append(now)
        answer = await self._try(mail, sending)
        async with self._acquire() as connection:
            state = await note_outcome(
                connection, self._settings(), sending, answer.outcome, answer.words, self._clock()
            )
        self.outcomes[answer.outcome] += 1
        self._tell(sending, state, answer)
        return True

    async def _try(self, mail: MailKeys, sending: Sending) -> RelayAnswer:
        try:
            octets = await self._octets(mail, sending)
        except Exception as fault:  # one letter that cannot be written must not keep the others
            if is_away(fault):
                raise
            self._emit("notice_not_written", notice=sending.notice, kind=sending.kind, exc_info=fault)
            return RelayAnswer(SendingOutcome.LATER, f"it cannot be written: {said(fault)}")
        return await hand_over(mail, octets, sending.recipient)

    async def _octets(self, mail: MailKeys, sending: Sending) -> bytes:
        statement, files = None, tuple[Attachment, ...]()
        if sending.kind == STATEMENT:
            async with self._acquire() as connection:
                statement = await statement_rows.find(connection, int(orjson.loads(sending.values)[STATEMENT]))
                if statement is not None:
                    files = tuple(await self._draw(connection, statement))
        link = valid_on = ""
        if statement is not None and mail.console_url:
            ends_at = link_ends_at(statement.sent_at, statement.confirm_by)
            token = token_of(StatementLink(statement.id, sending.recipient, ends_at), self._open_box())
            link, valid_on = url_of(mail.console_url, token), day_of(ends_at - 1).isoformat()
        envelope = Envelope(
            mail.from_address, self._settings().company.name, sending.recipient, sending.addressee, mail.reply_to,
            sending.message_id, sending.due_at,
        )
        return mail_octets(
            unpacked(sending.letter), envelope, link=link, link_valid_on=valid_on,
            attachments=files, octets_max=mail.attachment_max_octets,
        )

    def _tell(self, sending: Sending, state: SendingState, answer: RelayAnswer) -> None:
        values = {
            "notice": sending.notice, "kind": sending.kind, "account": sending.account, "clause": sending.clause,
            "means": sending.means.value, "address": masked_address(sending.recipient), "attempts": sending.attempts,
            "answer": masked_in(answer.words),
        }
        if state is SendingState.SENT:
            self._emit("notice_sent", **values)
        elif state in FAILED:
            self._emit("notice_not_sent", **values)
        elif sending.attempts == 1:
            self._emit("notice_waits", **values)
