"""Levels of a balance at which something happens: warn, ask for a top-up, stop in arrears, write before the cap.

A hold costs one comparison with the next level (`Purse.watch_hao`); all else runs when one is reached. What was said is
stored with the hold that caused it, so a restart does not say it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.domain.money import format_yuan
from gateway.ledger.purse import NEVER_HAO
from gateway.pipeline.policy.funding import PREPAID, term_of

if TYPE_CHECKING:
    from gateway.flows.money.treasury import Treasury

ARREARS: Final = "arrears"  # the cause of a suspension, see Policy.suspend
LOW, REQUEST, CAP, STOPPED, RESUMED, TOPPED, TERM = (
    "LOW_BALANCE", "TOP_UP_REQUEST", "CAP_NOTICE", "SUSPENDED_ARREARS", "RESUMED", "TOPPED_UP", "CAP_TERM",
)
PASSING: Final = frozenset({STOPPED, RESUMED, TOPPED})  # thousands a day of an account at zero: only the last counts


class Level(NamedTuple):
    """Reached when the available balance is `at_hao` or less."""

    at_hao: int
    event: str
    subject: str


class Levels:
    """States of accounts by their balances. `suspended` are those in arrears."""

    def __init__(self, treasury: Treasury) -> None:
        self._treasury = treasury
        self.suspended: set[str] = set()
        self._references: dict[str, tuple[str, int]] = {}  # after the last top-up: its entry, the balance then

    def load(self) -> None:
        """Read the standing of accounts from what was said."""
        newest: dict[str, tuple[float, bool]] = {}
        topped: dict[str, tuple[float, str, int]] = {}
        for (name, event, subject), (at, detail) in self._treasury.events.items():
            if event in (STOPPED, RESUMED):
                newest[name] = max(newest.get(name, (at, event == STOPPED)), (at, event == STOPPED))
            elif event == TOPPED:
                topped[name] = max(topped.get(name, (at, subject, int(detail))), (at, subject, int(detail)))
        self.suspended = {name for name, (_, is_stopped) in newest.items() if is_stopped}
        self._references = {name: (subject, hao) for name, (_, subject, hao) in topped.items()}

    def refer(self, name: str, subject: str) -> None:
        """The account was topped up: shares are of the balance that it has now."""
        available_hao = self._treasury.ledger.available(name)
        self._references[name] = subject, available_hao
        self._treasury.say(name, TOPPED, subject, str(available_hao))

    def look(self, name: str) -> None:
        """Say what is reached and not said, and watch for the next level; resume what has money again."""
        treasury = self._treasury
        purse = treasury.ledger.purse(name)
        available_hao = purse.available_hao
        if name in self.suspended and available_hao > 0:
            self._resume(name)
        elif name in self.suspended:
            self._stop(name)
        watch_hao = NEVER_HAO
        for level in self._levels(name):
            is_said = (
                name in self.suspended if level.event == STOPPED
                else treasury.was_said(name, level.event, level.subject)
            )
            if is_said:
                continue
            if available_hao <= level.at_hao:
                self._reached(name, level)
            else:
                watch_hao = max(watch_hao, level.at_hao)
        purse.watch_hao = watch_hao

    def look_at_suspended(self) -> None:
        """Holds that were released may have brought money back."""
        for name in tuple(self.suspended):
            self.look(name)

    def refused(self, name: str) -> None:
        """A message cost more than was left: with what is left nobody can send, so the top-up is asked for (S2c-3)."""
        for level in self._levels(name):
            if level.event == REQUEST and not self._treasury.was_said(name, REQUEST, level.subject):
                self._reached(name, level)

    def _levels(self, name: str) -> list[Level]:
        treasury = self._treasury
        policy, purse = treasury.policies[name], treasury.ledger.purse(name)
        profile = policy.profile
        found = []
        if profile.pay_mode in PREPAID and purse.cash_hao:
            subject, reference_hao = self._references.get(name, ("", 0))
            if reference_hao <= 0 < purse.available_hao:  # paid in by other ways: an opening balance
                self.refer(name, "opening")
                subject, reference_hao = self._references[name]
            found = [
                Level(reference_hao * percent // 100, LOW, f"{percent}%@{subject}")
                for percent in profile.low_balance_percent if reference_hao > 0
            ]
            if profile.on_prepaid_used == "request_then_stop":
                found.append(Level(0, REQUEST, f"@{subject}"))
            if profile.stop_when == "at_zero":
                found.append(Level(0, STOPPED, ""))
        if profile.cap_notice:
            level_hao = -purse.cash_hao - self.term_began_with(name) - profile.cap_notice
            found.append(Level(level_hao, CAP, self._term(name)))
        return found

    def _reached(self, name: str, level: Level) -> None:
        treasury = self._treasury
        purse = treasury.ledger.purse(name)
        available = format_yuan(purse.available_hao)
        if level.event == STOPPED:
            self.suspended.add(name)
            treasury.say(name, STOPPED, f"{treasury.clock():.6f}", available)
            self._stop(name)
            treasury.emit("account_in_arrears", account=name, available=available)
            return
        if level.event == CAP:
            accrued = format_yuan(purse.accrued_hao - self.term_began_with(name))
            treasury.say(name, CAP, level.subject, accrued)
            treasury.emit("cap_notice_due", account=name, accrued=accrued)
            return
        treasury.say(name, level.event, level.subject, available)
        if level.event == LOW:
            treasury.emit("balance_low", account=name, available=available, share=level.subject.partition("@")[0])
        else:
            treasury.emit("top_up_wanted", account=name, available=available)

    def _stop(self, name: str) -> None:
        policy = self._treasury.policies[name]
        policy.suspend("the balance is used up: top up to go on", cause=ARREARS)

    def _resume(self, name: str) -> None:
        treasury = self._treasury
        self.suspended.discard(name)
        treasury.policies[name].resume(ARREARS)
        available = format_yuan(treasury.ledger.available(name))
        treasury.say(name, RESUMED, f"{treasury.clock():.6f}", available)
        treasury.emit("account_resumed", account=name, available=available)

    # --- terms of a cap ----------------------------------------------------------------------------------------------

    def _term(self, name: str) -> str:
        policy = self._treasury.policies[name]
        return term_of(policy.account, policy.profile, self._treasury.clock())

    def cap_left_hao(self, name: str) -> int | None:
        """Return what may still accrue in this term; None without a cap."""
        treasury = self._treasury
        cap_hao = treasury.policies[name].profile.cap
        accrued_hao = treasury.ledger.purse(name).accrued_hao - self.term_began_with(name)
        return cap_hao - accrued_hao if cap_hao else None

    def term_began_with(self, name: str) -> int:
        """Return what had accrued when the term of the cap began, in hao; noted when a new term is first seen."""
        treasury = self._treasury
        if not treasury.is_loaded or not treasury.policies[name].profile.cap:
            return 0
        term = self._term(name)
        noted = treasury.events.get((name, TERM, term))
        if noted is not None:
            return int(noted[1])
        is_first = not any(who == name and event == TERM for who, event, _ in treasury.events)
        accrued_hao = 0 if is_first else treasury.ledger.purse(name).accrued_hao
        treasury.say(name, TERM, term, str(accrued_hao))
        return accrued_hao
