"""Tables of data/*.toml: what is neither a customer nor a carrier but a fact of the country."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.contracts.mo_words import SUBSCRIBE_WORDS, UNSUBSCRIBE_WORDS
from gateway.contracts.working_days import published_calendar
from gateway.settings.value_kinds import IsoDate, Name, Table, Words, as_tuple, key

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]


class PrefixFile(Table):
    """Number prefixes by home network: a group is a key, its prefixes a list of text."""

    groups: dict[Name, Annotated[tuple[Digits, ...], BeforeValidator(as_tuple)]] = key(
        {}, "group name = list of number prefixes; channels name a group as @group"
    )


class WordsFile(Table):
    """Words of an MO that unsubscribe or subscribe its sender; case, width, spaces and punctuation do not matter."""

    unsubscribe: Words = key(UNSUBSCRIBE_WORDS, "the sender gets no more from the service code it wrote to")
    subscribe: Words = key(SUBSCRIBE_WORDS, "the sender agrees to be written to by it; lifts an unsubscription")


class CalendarYear(Table):
    """Days off and working weekends of one year, as the State Council published them."""

    year: int = key(..., "the year", ge=published_calendar().first_year, le=2199)
    holidays: Annotated[tuple[IsoDate, ...], BeforeValidator(as_tuple)] = key(
        ..., "every day off, those moved included, weekends too", min_length=11, max_length=100
    )
    working_weekends: Annotated[tuple[IsoDate, ...], BeforeValidator(as_tuple)] = key(
        (), "Saturdays and Sundays that are worked", max_length=50
    )


class CalendarFile(Table):
    """Working-day calendars of years that the release does not know yet, or knows otherwise."""

    years: Annotated[tuple[CalendarYear, ...], BeforeValidator(as_tuple)] = key((), "one table a year", max_length=50)
