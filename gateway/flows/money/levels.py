"""Levels of a balance at which something happens: warn, ask for a top-up, stop in arrears, write before the cap.

A hold costs one comparison with the next level (`Purse.watch_hao`); all else runs when one is reached. What was said is
stored with the hold that caused it, so a restart does not say it again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway.domain.money import format_yuan
from gateway.flows.money.lots_and_prices import ARREARS_BEGAN, ARREARS_ENDED, TOPPED_UP, LotsAndPrices
from gateway.ledger.purse import NEVER_HAO
from gateway.pipeline.policy.funding import PREPAID, term_of

ARREARS: Final = "arrears"  # the cause of a suspension, see Policy.suspend
LOW, REQUEST, CAP, TERM = "LOW_BALANCE", "TOP_UP_REQUEST", "CAP_NOTICE", "CAP_TERM"


class Level(NamedTuple):
    """Reached when the available balance is `at_hao` or less."""

    at_hao: int
    event: str
    subject: str


class Levels:
    """States of accounts by their balances. `suspended` are those in arrears."""

    def __init__(self, funds: LotsAndPrices) -> None:
        self._funds = funds
        self.suspended: set[str] = set()
        self._references: dict[str, tuple[str, int]] = {}  # after the last top-up: its entry, the balance then

    def load(self) -> None:
        """Read the standing of accounts from what was said."""
        newest: dict[str, tuple[float, bool]] = {}
        topped: dict[str, tuple[float, str, int]] = {}
        for (name, event, subject), (at, detail) in self._funds.events.items():
            if event in (ARREARS_BEGAN, ARREARS_ENDED):
                newest[name] = max(newest.get(name, (at, event == ARREARS_BEGAN)), (at, event == ARREARS_BEGAN))
            elif event == TOPPED_UP:
                topped[name] = max(topped.get(name, (at, subject, int(detail))), (at, subject, int(detail)))
        self.suspended = {name for name, (_, is_stopped) in newest.items() if is_stopped}
        self._references = {name: (subject, hao) for name, (_, subject, hao) in topped.items()}

    def note_top_up(self, name: str, subject: str) -> None:
        """The account was topped up: shares are of the balance that it has now."""
        available_hao = self._funds.ledger.available(name)
        self._references[name] = subject, available_hao
        self._funds.record(name, TOPPED_UP, subject, str(available_hao))

    def check(self, name: str) -> None:
        """Say what is reached and not said, and watch for the next level; resume what has money again."""
        funds = self._funds
        purse = funds.ledger.purse(name)
        available_hao = purse.available_hao
        if name in self.suspended and available_hao > 0:
            self._resume(name)
        elif name in self.suspended:
            self._stop(name)
        watch_hao = NEVER_HAO
        for level in self._levels(name):
            is_said = (
                name in self.suspended if level.event == ARREARS_BEGAN
                else funds.is_recorded(name, level.event, level.subject)
            )
            if is_said:
                continue
            if available_hao <= level.at_hao:
                self._reached(name, level)
            else:
                watch_hao = max(watch_hao, level.at_hao)
        purse.watch_hao = watch_hao

    def check_suspended(self) -> None:
        """Holds that were released may have brought money back."""
        for name in tuple(self.suspended):
            self.check(name)

    def refused(self, name: str) -> None:
        """A message cost more than was left: with what is left nobody can send, so the top-up is asked for (S2c-3)."""
        for level in self._levels(name):
            if level.event == REQUEST and not self._funds.is_recorded(name, REQUEST, level.subject):
                self._reached(name, level)

    def _levels(self, name: str) -> list[Level]:
        funds = self._funds
        policy, purse = funds.policies[name], funds.ledger.purse(name)
        profile = policy.profile
        found = []
        if profile.pay_mode in PREPAID and purse.cash_hao:
            subject, reference_hao = self._references.get(name, ("", 0))
            if reference_hao <= 0 < purse.available_hao:  # paid in by other ways: an opening balance
                self.note_top_up(name, "opening")
                subject, reference_hao = self._references[name]
            found = [
                Level(reference_hao * percent // 100, LOW, f"{percent}%@{subject}")
                for percent in profile.low_balance_percent if reference_hao > 0
            ]
            if profile.on_prepaid_used == "request_then_stop":
                found.append(Level(0, REQUEST, f"@{subject}"))
            if profile.stop_when == "at_zero":
                found.append(Level(0, ARREARS_BEGAN, ""))
        if profile.cap_notice:
            level_hao = -purse.cash_hao - self.term_began_with(name) - profile.cap_notice
            found.append(Level(level_hao, CAP, self._term(name)))
        return found

    def _reached(self, name: str, level: Level) -> None:
        funds = self._funds
        purse = funds.ledger.purse(name)
        available = format_yuan(purse.available_hao)
        if level.event == ARREARS_BEGAN:
            self.suspended.add(name)
            funds.record(name, ARREARS_BEGAN, f"{funds.clock():.6f}", available)
            self._stop(name)
            funds.emit("account_in_arrears", account=name, available=available)
            return
        if level.event == CAP:
            accrued = format_yuan(purse.accrued_hao - self.term_began_with(name))
            funds.record(name, CAP, level.subject, accrued)
            funds.emit("cap_notice_due", account=name, accrued=accrued)
            return
        funds.record(name, level.event, level.subject, available)
        if level.event == LOW:
            funds.emit("balance_low", account=name, available=available, share=level.subject.partition("@")[0])
        else:
            funds.emit("top_up_wanted", account=name, available=available)

    def _stop(self, name: str) -> None:
        policy = self._funds.policies[name]
        policy.suspend("the balance is used up: top up to go on", cause=ARREARS)

    def _resume(self, name: str) -> None:
        funds = self._funds
        self.suspended.discard(name)
        funds.policies[name].resume(ARREARS)
        available = format_yuan(funds.ledger.available(name))
        funds.record(name, ARREARS_ENDED, f"{funds.clock():.6f}", available)
        funds.emit("account_resumed", account=name, available=available)

    # --- terms of a cap ----------------------------------------------------------------------------------------------

    def _term(self, name: str) -> str:
        policy = self._funds.policies[name]
        return term_of(policy.account, policy.profile, self._funds.clock())

    def cap_left_hao(self, name: str) -> int | None:
        """Return what may still accrue in this term; None without a cap."""
        funds = self._funds
        cap_hao = funds.policies[name].profile.cap
        accrued_hao = funds.ledger.purse(name).accrued_hao - self.term_began_with(name)
        return cap_hao - accrued_hao if cap_hao else None

    def term_began_with(self, name: str) -> int:
        """Return what had accrued when the term of the cap began, in hao; noted when a new term is first seen."""
        funds = self._funds
        if not funds.is_loaded or not funds.policies[name].profile.cap:
            return 0
        term = self._term(name)
        noted = funds.events.get((name, TERM, term))
        if noted is not None:
            return int(noted[1])
        is_first = not any(who == name and event == TERM for who, event, _ in funds.events)
        accrued_hao = 0 if is_first else funds.ledger.purse(name).accrued_hao
        funds.record(name, TERM, term, str(accrued_hao))
        return accrued_hao
