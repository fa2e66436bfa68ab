"""The policies of all accounts, compiled at each load; each changes to its contract's next version by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gateway.content.lists import NO_LISTS, ContentLists
from gateway.content.rules import ContentFacts
from gateway.contracts.profile import Profile
from gateway.contracts.terms import ends_at, notice_of
from gateway.domain.account import Account
from gateway.flows.interfaces import Clock
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.pipeline.policy.number_lists import Lists
from gateway.pipeline.policy.tallies import Tallies
from gateway.pipeline.policy.version_change import follow_versions

FactsOf = Callable[[Account, Profile], ContentFacts]
"""What operators decided about an account's contents and signatures."""


def unconfigured_account(name: str) -> Account:
    """Return an account of which nothing is known but its name; nobody can log in to it."""
    return Account(name=name, login="", password="", suspended=True)


class AccountPolicies(dict[str, Policy]):
    """Policies by account name; who holds one keeps it over a change of its contract's version.

    An account that only history knows is judged by the first contract of the configuration: its messages may still be
    on their way after it left the configuration, and must end and be settled like others.

    `notices` are those of non-renewal: by account the days on which they counted as delivered.
    """

    def __init__(
        self, clock: Clock, lists: Lists, tallies: Tallies, notices: Mapping[str, tuple[dt.date, ...]]
    ) -> None:
        super().__init__()
        self._clock = clock
        self._lists = lists
        self._tallies = tallies
        self._notices = dict(notices)
        self._table = RouteTable(())
        self._content: ContentLists = NO_LISTS
        self._facts_of: FactsOf | None = None
        self._first_profile: Profile | None = None

    def __missing__(self, name: str) -> Policy:
        if self._first_profile is None:
            raise KeyError(name)
        policy = self[name] = self._compile(unconfigured_account(name), self._first_profile)
        return policy

    def load(
        self, accounts: Mapping[str, Account], profiles: Mapping[str, Profile],
        versions: Mapping[str, Sequence[Profile]], table: RouteTable, content: ContentLists, facts_of: FactsOf,
        changed: Callable[[str], None],
    ) -> list[Account]:
        """Compile a configuration; return the accounts that are new or changed.

        `profiles` are the contracts in force, `versions` all versions of those that have several; `changed(account)` is
        called behind each later change of version. Accounts that are gone keep their policy until a restart: their
        messages are still on their way.
        """
        self._table, self._content, self._facts_of = table, content, facts_of
        now, fresh = self._clock(), []
        compiled = {name: self._compile(account, profiles[account.contract]) for name, account in accounts.items()}
        for name, policy in compiled.items():
            known = versions.get(policy.account.contract, ())
            if len(known) > 1:
                follow_versions(policy, known, partial(self._compile, policy.account), partial(changed, name), now)
            before = self.get(name)
            if before is None or before.account != policy.account:
                fresh.append(policy.account)
        self._first_profile = next(iter(profiles.values()), self._first_profile)
        self.update(compiled)
        return fresh

    def _compile(self, account: Account, profile: Profile) -> Policy:
        assert self._facts_of is not None
        return Policy(
            account, profile, self._table, now=self._clock(), lists=self._lists, content=self._content,
            facts=self._facts_of(account, profile), tallies=self._tallies, ends_at=self._ends_at(account, profile),
        )

    def _ends_at(self, account: Account, profile: Profile) -> float:
        return ends_at(profile, account, notice_of(account, self._notices.get(account.name, ())))

    def note_nonrenewal(self, account: str, served_on: dt.date) -> None:
        """Take note of a notice of non-renewal: the contract's end may be another from now on (S0-3.2)."""
        self._notices[account] = (*self._notices.get(account, ()), served_on)
        policy = self.get(account)
        if policy is not None:
            policy.ends_at = self._ends_at(policy.account, policy.profile)

    def change_versions(self, now: float) -> None:
        """Change the policies whose next version has begun; those that have traffic did it themselves."""
        for policy in self.values():
            if now >= policy.next_version_at and policy.change_version is not None:
                policy.change_version(now)

    def find_account(self, name: str) -> Account:
        """Return a configured account, or one without login for a name that history knows and no file names."""
        policy = self.get(name)
        return policy.account if policy is not None else unconfigured_account(name)
