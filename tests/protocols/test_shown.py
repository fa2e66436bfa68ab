"""No PDU prints what is in it: tracebacks and failed callbacks print what they hold."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from protocols.cmpp import pdus as cmpp
from protocols.smpp import destinations
from protocols.smpp import pdus as smpp

KINDS = sorted(
    {kind for module in (smpp, cmpp, destinations) for kind in vars(module).values()
     if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__") and kind.__module__.startswith("protocols.")
     and kind.__name__ not in ("Group", "Repeated", "CString", "Tail")},
    key=lambda kind: f"{kind.__module__}.{kind.__qualname__}",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__.split('.')[1]}-{kind.__name__}")
def test_a_pdu_shows_names_numbers_and_lengths_only(kind: Any) -> None:
    try:
        made = kind()
    except TypeError:
        pytest.skip("has no defaults")
    for field in fields(made):
        value = getattr(made, field.name)
        if isinstance(value, str):
            setattr(made, field.name, "Zq7kVx2w")
        elif isinstance(value, bytes):
            setattr(made, field.name, b"Zq7kVx2w")
        elif isinstance(value, tuple):
            setattr(made, field.name, ("Zq7kVx2w", (1060, b"Zq7kVx2w"), destinations.SmeAddress(1, 1, "Zq7kVx2w")))
    assert kind.__name__ in repr(made) and "Zq7kVx2w" not in repr(made)
    assert "Zq7kVx2w" not in repr([made]) and "Zq7kVx2w" not in f"{made}"


def test_the_search_covers_binds_and_submits() -> None:
    assert {smpp.BindTransceiver, smpp.SubmitSm, cmpp.Connect, cmpp.Submit, cmpp.Deliver} <= set(KINDS)
