"""One conversation with the relay, and what its answer means for the mail.

    before the mail was handed over     no connection, no TLS, 4xx, our own name refused: later
    RCPT or DATA answered 5xx           refused: this mail will not be taken tomorrow either
    DATA sent and no answer             unknown: it may have been taken; later, with the same Message-ID
    DATA answered 2xx                   taken: the answer, mostly with a queue id, is the proof

A refusal of our own name or of a TLS that we insist on concerns every mail and is mended in the configuration: the mail
waits for that instead of being given up at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Final, NamedTuple

import aiosmtplib

from gateway.documents.notice import SendingOutcome
from gateway.domain.fault_words import said
from gateway.settings.party_keys import MailKeys

STEPS: Final = 6.0  # timeouts of a whole conversation
ANSWER_MAX: Final = 300


class RelayAnswer(NamedTuple):
    """What came of handing a mail over, with the relay's words."""

    outcome: SendingOutcome
    words: str


async def tls_of(mail: MailKeys) -> ssl.SSLContext | None:
    """Return what checks the relay's certificate; None where it is spoken to in the clear. Raises OSError."""
    if mail.tls == "none":
        return None
    authority = None if mail.authority_file is None else str(mail.authority_file)
    return await asyncio.to_thread(ssl.create_default_context, cafile=authority)


async def hand_over(mail: MailKeys, octets: bytes, recipient: str) -> RelayAnswer:
    """Hand one mail to the relay; return what it said. Raises nothing but what ends the program."""
    is_handed = False
    try:
        async with asyncio.timeout(mail.timeout_s * STEPS):
            client = aiosmtplib.SMTP(
                hostname=mail.host, port=mail.tcp_port, timeout=mail.timeout_s, use_tls=mail.tls == "implicit",
                start_tls=mail.tls == "starttls", tls_context=await tls_of(mail), username=mail.user or None,
                password=mail.password, local_hostname=mail.from_address.rpartition("@")[2],
            )
            await client.connect()
            try:
                await client.mail(mail.from_address)
                await client.rcpt(recipient)
                is_handed = True
                code, words = await client.data(octets)
                with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):  # it is taken all the same
                    await client.quit()
                return RelayAnswer(SendingOutcome.TAKEN, _answer(code, words))
            finally:
                client.close()
    except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as fault:
        outcome = SendingOutcome.LATER if fault.code < 500 else SendingOutcome.REFUSED
        return RelayAnswer(outcome, _answer(fault.code, fault.message))
    except aiosmtplib.SMTPResponseException as fault:
        return RelayAnswer(SendingOutcome.LATER, _answer(fault.code, fault.message))
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as fault:
        outcome = SendingOutcome.UNKNOWN if is_handed else SendingOutcome.LATER
        is_smtp = isinstance(fault, aiosmtplib.SMTPException)
        return RelayAnswer(outcome, (f"{type(fault).__name__}: {fault}" if is_smtp else said(fault))[:ANSWER_MAX])


def _answer(code: int, words: str) -> str:
    return f"{code} {' '.join(words.split())}"[:ANSWER_MAX]
