"""Cost of the codecs: one PDU decoded or encoded, CPU µs.

    codec.smpp_submit_decode …    an 80-octet submit_sm, a receipt's deliver_sm, and the same in CMPP 3.0
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.figures import Figure, Scale, microseconds
from benchmarks.wires import CMPP, SMPP, Wire

_SEQUENCE = 77


def run(scale: Scale) -> Iterator[Figure]:
    wires: tuple[tuple[str, Wire], ...] = (("smpp", SMPP), ("cmpp", CMPP))
    for protocol, wire in wires:
        for name, pdu in (("submit", wire.submit("13800138000", 1)), ("receipt", wire.receipt(wire.sample_id))):
            frame = wire.encode(pdu, _SEQUENCE)
            yield Figure(f"codec.{protocol}_{name}_decode", microseconds(partial(wire.decode, frame), scale), "us")
            yield Figure(
                f"codec.{protocol}_{name}_encode", microseconds(partial(wire.encode, pdu, _SEQUENCE), scale), "us"
            )
