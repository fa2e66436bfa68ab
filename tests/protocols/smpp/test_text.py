"""The text named beside a vector is what its octets say, through the text layer: alphabets and headers agree."""

from __future__ import annotations

import pytest

from protocols.smpp import tlv
from protocols.smpp.codec import decode
from protocols.smpp.constants import EsmClass
from protocols.text import udh
from protocols.text.codings import decode_text, from_data_coding
from tests.vectors import Vector, ids, load

WITH_TEXT = [vector for vector in load("smpp") if "text" in vector.extra]


@pytest.mark.parametrize("vector", WITH_TEXT, ids=ids)
def test_text(vector: Vector) -> None:
    pdu = decode(vector.octets)
    octets: bytes = getattr(pdu, "short_message", b"") or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b""
    if getattr(pdu, "esm_class", 0) & EsmClass.UDHI:
        assert udh.read(octets) is not None
        octets = octets[1 + octets[0] :]
    coding = from_data_coding(getattr(pdu, "data_coding", 0))
    assert decode_text(octets, coding.encoding) == vector.extra["text"]
