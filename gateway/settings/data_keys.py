"""Tables of data/*.toml: what is neither a customer nor a carrier but a fact of the country."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.settings.kinds import Name, Table, as_tuple, key

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]


class PrefixFile(Table):
    """Number prefixes by home network: a group is a key, its prefixes a list of text."""

    groups: dict[Name, Annotated[tuple[Digits, ...], BeforeValidator(as_tuple)]] = key(
        {}, "group name = list of number prefixes; channels name a group as @group"
    )
