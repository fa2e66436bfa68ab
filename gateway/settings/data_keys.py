"""Tables of data/*.toml: what is neither a customer nor a carrier but a fact of the country."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.contracts.mo_words import SUBSCRIBE_WORDS, UNSUBSCRIBE_WORDS
from gateway.settings.kinds import Name, Table, Words, as_tuple, key

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
