"""The accounts of one configuration, found by what their systems say: a login, or a service code."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.domain.account import Account


class AccountDirectory:
    """Finds accounts by login and by service code; by name they lie in the mapping of the settings.

    A login is unique within a protocol, a service code altogether (`gateway.settings.crosscheck`).
    """

    __slots__ = ("_by_code", "_by_login", "_code_lengths")

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_login: dict[str, tuple[Account, ...]] = {}
        self._by_code: dict[str, Account] = {}
        for account in accounts:
            self._by_login[account.login] = (*self._by_login.get(account.login, ()), account)
            for code in account.service_codes:
                self._by_code[code.code] = account
        self._code_lengths = tuple(sorted({len(code) for code in self._by_code}, reverse=True))

    def with_login(self, login: str) -> tuple[Account, ...]:
        """Return every account with this login: two, where one binds over SMPP and the other over CMPP."""
        return self._by_login.get(login, ())

    def binding(self, login: str, protocol: str) -> Account | None:
        """Return the account that binds with this login over a protocol; else one that has it for the other."""
        found = self._by_login.get(login, ())
        for account in found:
            if protocol in account.protocols:
                return account
        return found[0] if found else None

    def owner_of(self, number: str) -> Account | None:
        """Return the account whose service code is the longest prefix of a number."""
        for length in self._code_lengths:
            account = self._by_code.get(number[:length])
            if account is not None:
                return account
        return None
