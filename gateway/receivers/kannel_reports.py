"""The report URL and mask of messages as to Kannel: a GET for each report that is asked for, its escapes filled in.

Source: Kannel 1.4 user guide, chapter "SMS Gateway", table of escape codes and "Delivery reports". An escape is a
letter behind %, whatever follows; %% is one %. What a report does not have (%c, %u, %m…) is empty, as with Kannel, and
a letter that is no escape stays. What only digits make, as in %20, is no escape.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from gateway.dialects.error_words import err_of
from gateway.domain.callback_endpoint import Particulars
from gateway.domain.outcome import CANCELLED, Outcome, State

DELIVERED: Final = 1  # to the phone
FAILED: Final = 2  # not to be delivered
BUFFERED: Final = 4  # queued at the SMSC
SUBMITTED: Final = 8  # the SMSC accepted it
REJECTED: Final = 16  # the SMSC, or we on its behalf, refused it
MASK_MAX: Final = 31

_BITS: Final = {
    State.DELIVERED: DELIVERED, State.REJECTED: REJECTED, State.ACCEPTED: BUFFERED, State.ENROUTE: BUFFERED,
}
_EMPTY: Final = frozenset("BcCDfmMOrRsSuvV")  # escapes of Kannel that say nothing of a report, or that we do not know
_find = re.compile(r"%([A-Za-z%])").sub


def bit_of(state: State) -> int:
    """Return what of the mask a state is: exactly one of its bits."""
    return _BITS.get(state, FAILED)


def is_asked_for(outcome: Outcome, said: Particulars) -> bool:
    """Tell whether the mask of a message asks for this report."""
    return bool(bit_of(outcome.state) & said.receipt_mask)


def filled(outcome: Outcome, said: Particulars) -> str:
    """Return the URL to get, each value percent-encoded."""
    values = _values(outcome)

    def value_of(found: re.Match[str]) -> str:
        letter = found[1]
        if letter in values:
            return quote(values[letter], safe="")
        return "" if letter in _EMPTY else found[0].replace("%", "%25")

    return _find(value_of, said.report_url)


def _values(outcome: Outcome) -> dict[str, str]:
    done = datetime.fromtimestamp(outcome.done_at, UTC)
    id, source, destination = str(outcome.answer_id or outcome.segment_id), outcome.source, outcome.destination
    return {
        "%": "%", "d": str(bit_of(outcome.state)), "A": _answer(outcome), "a": outcome.text, "b": outcome.text,
        "k": outcome.text.partition(" ")[0], "p": source, "P": destination, "q": _with_plus(source),
        "Q": _with_plus(destination), "F": id, "I": id, "i": "hongyan", "n": outcome.account, "o": outcome.account,
        "t": done.strftime("%Y-%m-%d %H:%M:%S"), "T": str(int(outcome.done_at)),
    }


def _with_plus(number: str) -> str:
    return "+" + number[2:] if number.startswith("00") else number


def _answer(outcome: Outcome) -> str:
    """Return what %A is: the report in the words of SMPP's receipts, from which programs read stat and err."""
    err = err_of(outcome.state, "" if outcome.error == CANCELLED else outcome.error)
    id = outcome.answer_id or outcome.segment_id
    dlvrd = "001" if outcome.state is State.DELIVERED else "000"
    return f"id:{id} sub:001 dlvrd:{dlvrd} stat:{outcome.state.stat} err:{err}"
