"""What a node sends notices with: mail by its relay, short messages through its own intake."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import asyncpg

from gateway.documents.notice import SendingOutcome
from gateway.documents.sent_statement import Sent
from gateway.domain.message import Submission
from gateway.domain.verdict import Reject, Retry
from gateway.flows.interfaces import Token
from gateway.notices.mail_format import Attachment
from gateway.notices.mail_sender import Draw, MailSender
from gateway.notices.message_sender import MessageSender, Submitted
from gateway.queries.statement_files import Form, statement_file
from gateway.settings import Settings
from gateway.settings.secret_key import open_secret_box
from protocols.text.codings import Encoding

if TYPE_CHECKING:
    from gateway.node.node import Node

FORMS: Final[tuple[Form, ...]] = ("pdf", "xlsx")
UCS2_CODING: Final = 8
ANSWER_S: Final = 30.0  # a submit that is not answered by then is unknown, and looked up in history


class NoticeSending:
    """The rounds that send. Without a store that knows SQL nothing is owed, and there are none."""

    def __init__(self, node: Node) -> None:
        self.rounds: tuple[Callable[[], Awaitable[None]], ...] = ()
        self.mails: MailSender | None = None
        self.messages: MessageSender | None = None
        acquire = node.store.acquire
        if acquire is not None:
            self.mails = MailSender(
                lambda: node.settings, acquire, lambda: open_secret_box(node.settings.state_dir),
                statement_files(lambda: node.settings, node.clock), node.clock, node.emit,
            )
            own = OwnMessages(node)
            self.messages = MessageSender(lambda: node.settings, acquire, own.submit, node.clock, node.emit)
            self.rounds = (self._send_mails, self._send_messages)

    async def _send_mails(self) -> None:
        assert self.mails is not None
        await self.mails.round()

    async def _send_messages(self) -> None:
        assert self.messages is not None
        await self.messages.round()


def statement_files(settings: Callable[[], Settings], clock: Callable[[], float]) -> Draw:
    """Return what draws a statement as the files that go with its mail: PDF and a spreadsheet."""

    async def draw(connection: asyncpg.Connection, sent: Sent) -> list[Attachment]:
        return [
            Attachment(file.name, file.media_type, file.octets)
            for form in FORMS
            for file in [await statement_file(
                connection, settings(), sent.account, sent.month, form, clock(), version=sent.version, is_sent=True
            )]
        ]

    return draw


class OwnMessages:
    """Submits to the node's own intake, under the account that [notices] names: judged and charged as any client's."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def submit(self, number: str, text: str, reference: int) -> Submitted:
        """Submit one text; return once it is committed, refused, or not answered in time."""
        node, keys = self._node, self._node.settings.notices
        account = node.settings.accounts[keys.account]
        source = keys.service_code or next((code.code for code in account.service_codes), "")
        signed = f"【{account.signatures[0]}】{text}" if account.signatures else text
        submission = Submission(
            account, min(account.protocols), source, number, Encoding.UCS2, signed.encode("utf-16-be"),
            node.clock(), data_coding=UCS2_CODING, user_reference=reference, sp_id=account.login,
        )
        answer: asyncio.Future[Submitted] = node.loop.create_future()
        node.flows.intake.submit(submission, _Answer(answer), reference)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            return Submitted(SendingOutcome.UNKNOWN, "our own intake did not answer in time")


class _Answer:
    """The `Responder` of one submit."""

    def __init__(self, answer: asyncio.Future[Submitted]) -> None:
        self._answer = answer

    def accepted(self, token: Token, segment_id: int) -> None:
        self._set(Submitted(SendingOutcome.TAKEN, f"message {segment_id}", segment_id))

    def refused(self, token: Token, reject: Reject) -> None:
        outcome = SendingOutcome.REFUSED if reject.key.retry is Retry.NEVER else SendingOutcome.LATER
        self._set(Submitted(outcome, reject.text))

    def _set(self, submitted: Submitted) -> None:
        if not self._answer.done():
            self._answer.set_result(submitted)
