"""What follows a refusal for content or signature: a fee, a bar, a stopped content, an alert (S1-6, S0-7.3, S4-3.9c).

The fee is booked with the refusal, in one commit. Account and content are barred by a transaction of their own that
follows; messages that come meanwhile are judged and charged as the first one was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.content.kills import Kill, KillKind
from gateway.contracts.clauses import clause_of
from gateway.domain.china_time import day_number, midnight_before
from gateway.domain.entry import EntryKind
from gateway.domain.message import Message, Submission, message_of
from gateway.domain.store_interfaces import StoreAway
from gateway.domain.verdict import Key, Reject, Violation
from gateway.flows.compliance.closing import Closing
from gateway.flows.compliance.contents import Advice, Bar, Contents
from gateway.flows.interfaces import FlowContext
from gateway.ledger.book import Book
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.read_text import read_text
from gateway.pipeline.stages.violation import violating_segments

TOLD_EVERY_S: Final = 60.0
ACCOUNTS_MAX: Final = 10_000  # whose counts are remembered; beyond them all are forgotten
KILLS_MAX: Final = 100  # contents that violations of one account stopped; more are refused by their words all the same
FOREIGN_MAX: Final = 1_000  # different signatures remembered of one account and day


class Violations:
    """Hears of every refusal of intake; most are none of its business."""

    def __init__(
        self, context: FlowContext, contents: Contents, closing: Closing, book: Book, policies: Mapping[str, Policy]
    ) -> None:
        self._journal, self._spawn = context.journal, context.spawn
        self._emit, self._meters = context.emit, context.meters
        self._contents = contents
        self._closing = closing
        self._book = book
        self._policies = policies
        self._told: dict[tuple[str, str], float] = {}
        self._signatures: dict[tuple[str, int], set[str]] = {}  # account and day -> texts refused for a signature
        self._counts: dict[tuple[str, int], int] = {}
        self._under_way: set[str] = set()  # accounts whose bar is being stored

    def refused(self, submission: Submission, segment_id: int, reject: Reject, now: float) -> None:
        """Do what the contract has follow. In the step of the loop that journals the refusal."""
        if isinstance(reject, Violation):
            self._violated(submission, segment_id, reject, now)
        elif reject.key is Key.SIGN:
            self._wrong_signature(submission.account.name, reject, now)
        elif reject.key is Key.PROTECTED:
            self._closing.refused(submission, reject)

    # --- violations --------------------------------------------------------------------------------------------------

    def _violated(self, submission: Submission, segment_id: int, reject: Violation, now: float) -> None:
        policy = self._policies[submission.account.name]
        profile, account = policy.profile, policy.account.name
        message = message_of(segment_id, submission)
        read_text(message, policy, now)
        if profile.violation_charge:
            self._charge(message, policy, reject, now)
        if self._is_time("content_violation", account, now):
            self._emit("content_violation", account=account, clause=reject.clause, category=reject.category)
        is_new = account not in self._contents.decided.bars and account not in self._under_way
        if is_new and profile.violation_lists and len(self._own_kills(account)) < KILLS_MAX:
            self._under_way.add(account)
            self._spawn(self._list(message, policy, reject, now))

    def _charge(self, message: Message, policy: Policy, reject: Violation, now: float) -> None:
        """Deduct the fee: credits first, the rest in money, which is owed where none is left (S1-6)."""
        account, tariff = policy.account.name, policy.tariff
        segments = violating_segments(message, policy, now)
        fee_hao, draws = tariff.fine(segments, self._book.purse(account), now) if segments else (0, ())
        if not fee_hao:
            return
        clause = clause_of(policy.profile, "violation_charge")
        note = f"{clause} {reject.category}: {segments} segments not sent"
        kind = EntryKind.VIOLATION_CHARGE
        self._journal.entry(self._book.book(kind, account, message.id, fee_hao, now, note, draws))
        self._meters.account(account).charged_hao += fee_hao

    async def _list(self, message: Message, policy: Policy, reject: Violation, now: float) -> None:
        """Put account and content on the list, stored before it is in force; a store that is away ends the try."""
        account, lists = policy.account.name, policy.profile.violation_lists
        clause = clause_of(policy.profile, "violation_lists")
        contents = self._contents
        try:
            if "content" in lists and policy.content is not None and message.body is not None:
                core = policy.content.core(message.body)
                if not any(kill.value == core for kill in self._own_kills(account)):
                    reason = f"violation {message.id}, {reject.category}"
                    kill = Kill(0, KillKind.TEXT, core, account, reason, by=clause, at=now)
                    kill = await contents.store.add_kill(kill, policy.profile)
                    contents.decided.kills[kill.id] = kill
            if "account" in lists:
                bar = Bar(account, now, clause, f"barred for a violation: {reject.category}, message {message.id}")
                await contents.store.add_bar(bar, policy.profile)
                contents.decided.bars[account] = bar
        except StoreAway as error:
            self._emit("violation_not_listed", account=account, problem=str(error))
            return
        finally:
            self._under_way.discard(account)
            contents.equip([account])
        self._emit("account_barred", account=account, clause=clause, category=reject.category, message=message.id)

    def _own_kills(self, account: str) -> list[Kill]:
        return [kill for kill in self._contents.decided.kills.values() if kill.account == account]

    # --- signatures --------------------------------------------------------------------------------------------------

    def _wrong_signature(self, account: str, reject: Reject, now: float) -> None:
        """Count texts refused for a missing, foreign or unfiled signature; warn at the contract's number a day."""
        warn_at = self._policies[account].profile.sig_warnings
        day = day_number(now)
        if len(self._counts) > ACCOUNTS_MAX:
            self._counts.clear()
            self._signatures.clear()
        count = self._counts[account, day] = self._counts.get((account, day), 0) + 1
        details = self._signatures.setdefault((account, day), set())
        if reject.detail.startswith("【") and len(details) < FOREIGN_MAX:
            name = reject.detail.partition("】")[0] + "】"
            if name not in details:
                details.add(name)
                if self._is_time("foreign_signature", account, now):
                    self._emit("foreign_signature", account=account, clause=reject.clause)
            if warn_at and len(details) == warn_at:
                self._emit("signature_spike", account=account, signatures=len(details))
        if warn_at and count == warn_at:
            clause = clause_of(self._policies[account].profile, "sig_warnings")
            self._emit("signature_warning", account=account, clause=clause, refusals=count)
        if warn_at and count in (warn_at, 2 * warn_at):
            self._spawn(self._advise(Advice(account, now, count, is_repeated=count > warn_at)))

    async def _advise(self, advice: Advice) -> None:
        """Keep the letter and its duties; what the store does not take now is asked for again by `restore_counts`."""
        try:
            await self._contents.store.advise(advice, self._policies[advice.account].profile)
        except StoreAway as error:
            self._emit("advice_not_kept", account=advice.account, problem=str(error))

    async def restore_counts(self, now: float) -> None:
        """After a start: count the day's refusals from the store, and ask again for what they have follow."""
        day = day_number(now)
        try:
            found = await self._contents.store.wrong_signatures(midnight_before(now))
        except StoreAway:
            return
        for account, count in found.items():
            if account not in self._policies:
                continue
            count += self._counts.get((account, day), 0)
            self._counts[account, day] = count
            warn_at = self._policies[account].profile.sig_warnings
            if warn_at and count >= warn_at:
                await self._advise(Advice(account, now, count, is_repeated=count >= 2 * warn_at))

    def _is_time(self, event: str, account: str, now: float) -> bool:
        """Tell whether an event is due, once a minute for each account: a flood of refusals is no flood of lines."""
        if now - self._told.get((event, account), 0.0) < TOLD_EVERY_S:
            return False
        if len(self._told) > ACCOUNTS_MAX:
            self._told.clear()
        self._told[event, account] = now
        return True
