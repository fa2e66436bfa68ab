"""Key group customers (重要集团客户) on a province's protection list: nobody of another province serves them (S0-5.6).

A customer is known by its signature, its name or its credit code; spaces, width, case and brackets do not matter.
Provinces are compared by their short names: 广东 and 广东省 are one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.contracts.mo_words import fold

_ENDINGS: Final = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "province", "省", "市")


@dataclass(frozen=True, slots=True)
class Protected:
    """One customer on one province's list; of name, credit code and signature at least one is there."""

    province: str
    name: str = ""
    credit_code: str = ""
    signature: str = ""


class Protection:
    """The lists of all provinces."""

    __slots__ = ("_codes", "_signs", "customers")

    def __init__(self, customers: Iterable[Protected] = ()) -> None:
        self.customers = frozenset(customers)
        self._signs: dict[str, frozenset[str]] = {}  # folded signature or name -> its provinces
        self._codes: dict[str, frozenset[str]] = {}
        for each in self.customers:
            province = frozenset({short_province(each.province)})
            for word in {fold(each.signature), fold(each.name)} - {""}:
                self._signs[word] = self._signs.get(word, frozenset()) | province
            if each.credit_code:
                code = each.credit_code.upper()
                self._codes[code] = self._codes.get(code, frozenset()) | province

    def __bool__(self) -> bool:
        return bool(self.customers)

    def elsewhere(self, signature: str, province: str) -> str:
        """Return the province whose customer bears this signature, for an account of another; else ""."""
        return _elsewhere(self._signs.get(fold(signature)), province)

    def registration_fault(self, *, province: str, customer: str, credit_code: str, signature: str = "") -> str | None:
        """Return why an account may not be registered, or may not register a signature; None: it may (S0-5.6)."""
        for what, owner in (
            (f"signature 【{signature}】", self.elsewhere(signature, province)),
            (f"customer {customer!r}", self.elsewhere(customer, province)),
            (f"credit code {credit_code}", _elsewhere(self._codes.get(credit_code.upper()), province)),
        ):
            if owner:
                whose = f"an account of {province}" if province else "an account without a province"
                return f"{what} is on the protection list of {owner}: not for {whose} (S0-5.6)"
        return None


def _elsewhere(provinces: frozenset[str] | None, province: str) -> str:
    if provinces is None or short_province(province) in provinces:
        return ""
    return min(provinces)


def short_province(name: str) -> str:
    """Return a province without its kind: 广东省 -> 广东."""
    short = "".join(name.split()).casefold()
    for ending in _ENDINGS:
        if short.endswith(ending) and len(short) > len(ending) + 1:
            return short.removesuffix(ending)
    return short
