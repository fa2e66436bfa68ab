"""What suspends an account by itself: an expired licence (S0-5.1), a statement not paid in time (S0-4.2(2)c, S4-6.2).

Both follow from facts, configuration and statements, so nothing of it is stored as a state: a start and a reload come
to the same answer. What was done is written down as events of the account's money. Each cause ends by itself: with a
new licence in the configuration, with the payment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.contracts.clauses import clause_of
from gateway.contracts.working_days import CalendarNotCovered
from gateway.documents.account_terms import expired_papers
from gateway.documents.sent_statement import Sent, carried_into, payment_of
from gateway.domain.china_time import day_of, end_of
from gateway.domain.money import format_yuan
from gateway.duties.duty_interfaces import DutyNode, DutyStore
from gateway.queries.statement_months import is_before_contract

log = structlog.get_logger()

LICENCE: Final = "licence"
LATE: Final = "late payment"
SUSPENDED: Final = "SUSPENDED_LATE"
RESUMED: Final = "RESUMED_LATE"


@dataclass(frozen=True, slots=True)
class Late:
    """A statement that should have been paid: since the end of its due day."""

    subject: str
    words: str


class Suspensions:
    """`review` reads what is late, `apply` puts it to the policies: also to new ones, after a reload."""

    def __init__(self, node: DutyNode, store: DutyStore) -> None:
        self._node = node
        self._store = store
        self._late: dict[str, Late] = {}
        self._expired: set[str] = set()
        self._reviewed_on: dt.date | None = None

    def review_soon(self) -> None:
        """Statements or the configuration changed: review in the next round of the duties."""
        self._reviewed_on = None

    async def review(self, now: float) -> None:
        """Suspend and resume by the facts of today; a round of the duties."""
        today = day_of(now)
        if today == self._reviewed_on:
            return
        late = await self._read(now)
        self._reviewed_on, self._late = today, late
        self._note()
        self.apply(now)

    def apply(self, now: float) -> None:
        """Put to the policies what is known."""
        settings, policies, today = self._node.settings, self._node.flows.policies, day_of(now)
        for account in settings.accounts.values():
            policy, profile = policies[account.name], settings.profiles[account.contract]
            expired = expired_papers(account, today) if profile.paper_expired == "suspend" else []
            if expired:
                clause = clause_of(profile, "paper_expired")
                policy.suspend(f"{expired[0].kind} was valid to {expired[0].valid_to}", clause, cause=LICENCE)
                if account.name not in self._expired:
                    log.warning("licence_expired", account=account.name, clause=clause, valid_to=expired[0].valid_to)
                    self._expired.add(account.name)
            else:
                policy.resume(LICENCE)
                self._expired.discard(account.name)
            late = self._late.get(account.name)
            if late is not None:
                policy.suspend(late.words, clause_of(profile, "late_suspend"), cause=LATE)
            else:
                policy.resume(LATE)

    async def _read(self, now: float) -> dict[str, Late]:
        settings = self._node.settings
        strict = [
            name for name, account in settings.accounts.items()
            if settings.profiles[account.contract].late_suspend == "auto"
        ]
        found: dict[str, Late] = {}
        for sent in await self._store.unpaid(strict) if strict else ():
            late = self._late_by(sent, await self._store.known_statements(sent.account, sent.month), now)
            if late is not None:
                found.setdefault(sent.account, late)
        return found

    def _late_by(self, sent: Sent, before: Sequence[Sent], now: float) -> Late | None:
        settings = self._node.settings
        account = settings.accounts[sent.account]
        profile, opened_at = settings.profiles[account.contract], self._node.flows.treasury.opened_at.get(account.name)
        if is_before_contract(account, sent.month, opened_at) and not sent.has_movements:
            return None  # it was sent by a version that made up a base fee
        try:
            carried_hao = carried_into(profile, sent, before, now)
            payment = payment_of(profile, sent, now, settings.calendar, carried_hao)
        except CalendarNotCovered as error:
            log.error("calendar_ends", account=sent.account, problem=str(error))
            return None
        if payment.due is None or payment.owed_hao <= 0 or now < end_of(payment.due):
            return None
        owed = format_yuan(payment.owed_hao)
        words = f"{owed} yuan of {sent.month:%Y-%m} were due on {payment.due}"
        return Late(f"{sent.month:%Y-%m}@{payment.due}", words)

    def _note(self) -> None:
        """Write down and tell what began and what ended."""
        treasury = self._node.flows.treasury
        for name, late in self._late.items():
            if not treasury.is_recorded(name, SUSPENDED, late.subject):
                treasury.record(name, SUSPENDED, late.subject, late.words)
                log.warning("late_payer_suspended", account=name, clause=self._clause(name), detail=late.words)
        for name, event, subject in list(treasury.events):
            is_over = event == SUSPENDED and name in self._node.settings.accounts and (
                name not in self._late or self._late[name].subject != subject
            )
            if is_over and not treasury.is_recorded(name, RESUMED, subject):
                treasury.record(name, RESUMED, subject)
                if name not in self._late:
                    log.info("late_payer_resumed", account=name, clause=self._clause(name), paid=subject)

    def _clause(self, account: str) -> str:
        settings = self._node.settings
        return clause_of(settings.profiles[settings.accounts[account].contract], "late_suspend")
