"""Profile keys of number lists: which list decides, what an unsubscription stops, which words of an MO mean it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from gateway.contracts.content_keys import MessageClassName, Regime
from gateway.contracts.keys import Keys, Words, as_tuple, key


class ListKeys(Keys):
    """Beside `regime` and `service_types`."""

    regime_list: Regime = key(
        "blacklist", "S0-7.1 S1-5(3) S2c-2 S3-2.2 S4-3.1",
        "the list where `regime` is not by_type: blacklist (consent is proved when asked for) or whitelist",
    )
    unsubscribed_classes: Annotated[tuple[MessageClassName, ...], BeforeValidator(as_tuple)] = key(
        ("triggered", "batch"), "S4-3.10 S0-7.1", "classes that a number which unsubscribed gets no more"
    )
    unsubscribe_scope: Literal["code", "account", "everywhere"] = key(
        "code", "S4-3.10", "an MO unsubscribes from the service code it was sent to, or from more"
    )
    unsubscribe_words: Words = key((), "D", "an MO with one of these unsubscribes, beside those of data/mo_words.toml")
    subscribe_words: Words = key((), "D", "an MO with one of these subscribes, beside those of data/mo_words.toml")
