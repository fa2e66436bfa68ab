"""Which protocols the simulated peers speak: a line for each name that terms may give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.simulator.core_interfaces import CarrierTerms, CarrierWords, ClientTerms, ClientWords
from gateway.simulator.esme import Esme
from gateway.simulator.ismg import Ismg
from gateway.simulator.smsc import Smsc
from gateway.simulator.sp import Sp


def _smsc(first_id: int, terms: CarrierTerms) -> CarrierWords:
    return Smsc(first_id, terms.id_form)


def _ismg(first_id: int, terms: CarrierTerms) -> CarrierWords:
    return Ismg(first_id, terms.protocol)


CARRIER_WORDS: Final[dict[str, Callable[[int, CarrierTerms], CarrierWords]]] = {
    "smpp": _smsc, "cmpp": _ismg, "cmpp20": _ismg, "cmpp30": _ismg,
}
"""Ids count up from the number that is given. cmpp takes the peer's version."""
CLIENT_WORDS: Final[dict[str, Callable[[ClientTerms], ClientWords]]] = {"smpp": Esme, "cmpp20": Sp, "cmpp30": Sp}
