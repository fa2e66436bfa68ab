"""What a message takes from pools: its text in store columns, its price, and what of it is owed at the end.

The text stands in the `note` of an entry and behind a message's price version, so that neither needs a column, and the
use of every pool can be added up again from the entries: "[lot:71*2@600 lot:72*1@580]".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.domain.entry import Draw

_DRAW: Final = re.compile(r"([^\s*@\[\]]+)\*(-?\d+)@(\d+)")
_TEXT: Final = re.compile(r"\[((?:[^\s*@\[\]]+\*-?\d+@\d+ ?)+)\]")


def format_draws(draws: Sequence[Draw]) -> str:
    """Return the text that `parse_draws` reads; empty for no draws."""
    if not draws:
        return ""
    if len(draws) == 1:  # nearly always, and a generator costs twice as much
        pool, quantity, price_hao = draws[0]
        return f"[{pool}*{quantity}@{price_hao}]"
    return f"[{' '.join(f'{draw.pool}*{draw.quantity}@{draw.price_hao}' for draw in draws)}]"


def parse_draws(text: str) -> tuple[Draw, ...]:
    """Return the draws that a note or a price version names."""
    found = _TEXT.search(text) if "*" in text else None
    if found is None:
        return ()
    return tuple(Draw(pool, int(quantity), int(price)) for pool, quantity, price in _DRAW.findall(found[1]))


def note_with(draws: Sequence[Draw], words: str) -> str:
    """Return the note of an entry: its draws in front of its words."""
    text = format_draws(draws)
    return f"{text} {words}" if text and words else text or words


def words_of(note: str) -> str:
    """Return a note without its draws: what a person wrote or reads."""
    return _TEXT.sub("", note, count=1).strip() if "*" in note else note


def amount_of(draws: Sequence[Draw], billed: int, price_hao: int) -> int:
    """Return what `billed` segments cost: those drawn at their pool's price, the rest at the unit price."""
    amount_hao = 0
    for draw in draws:
        billed -= draw.quantity
        amount_hao += draw.quantity * draw.price_hao
    return amount_hao + billed * price_hao


def split(draws: Sequence[Draw], owed: int, price_hao: int) -> tuple[int, tuple[Draw, ...]]:
    """Return what `owed` segments of a message cost, and the draws that go back, with quantities below zero.

    Segments are owed in the order in which they were drawn: a free one before one that costs, the credits that expire
    first before the others.
    """
    amount_hao = 0
    back: list[Draw] = []
    for draw in draws:
        used = min(owed, draw.quantity)
        owed -= used
        amount_hao += used * draw.price_hao
        if used < draw.quantity:
            back.append(Draw(draw.pool, used - draw.quantity, draw.price_hao))
    return amount_hao + owed * price_hao, tuple(back)
