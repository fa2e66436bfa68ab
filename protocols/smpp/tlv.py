"""Optional parameters: (tag, value) pairs in the order of the wire, and one table of what the tags mean.

A PDU keeps its parameters as a tuple of (tag, octets), so unknown, repeated and badly sized ones survive the round
trip; this table gives the known ones a type. Sections 3.2.4 and 5.3; congestion_state is from 5.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from librt.strings import BytesWriter, read_i32_be

Tlvs = tuple[tuple[int, bytes], ...]


def parse_tlvs(buf: bytes, start: int, end: int) -> Tlvs:
    """The parameters in buf[start:end].

    Quirk "stray tail": one whose length runs past the end, or one to three octets that cannot be a header, end the
    list; the mandatory part is sound, so the message is taken and the tail dropped.
    """
    found: list[tuple[int, bytes]] = []
    while start + 4 <= end:
        head: int = read_i32_be(buf, start)
        size = head & 0xFFFF
        start += 4 + size
        if start > end:
            break
        found.append((head >> 16 & 0xFFFF, buf[start - size : start]))
    return tuple(found)


def build_tlvs(tlvs: Tlvs) -> bytes:
    """The octets of parameters, in the order given. Raises ValueError when a tag or value does not fit."""
    w = BytesWriter()
    for tag, value in tlvs:
        size = len(value)
        if not 0 <= tag <= 0xFFFF or size > 0xFFFF:
            raise ValueError(f"parameter 0x{tag:04x} with {size} octets does not fit")
        w.append(tag >> 8)
        w.append(tag & 0xFF)
        w.append(size >> 8)
        w.append(size & 0xFF)
        w.write(value)
    return w.getvalue()


@dataclass(frozen=True, slots=True)
class Tag:
    """One known parameter: `kind` is "uint", "text" (NUL-terminated) or "octets"; sizes count value octets."""

    number: int
    name: str
    kind: str
    size_min: int
    size_max: int

    def of(self, *values: int | str | bytes) -> tuple[tuple[int, bytes], ...]:
        """Parameters of this tag, one a value, ready to be added to `tlvs`. Raises ValueError on a misfit."""
        return tuple((self.number, self._octets(value)) for value in values)

    def _octets(self, value: int | str | bytes) -> bytes:
        if isinstance(value, int):
            octets = value.to_bytes(self.size_max, "big") if value >> 8 * self.size_max == 0 else b""
        else:
            octets = value.encode("latin-1") + b"\0" if isinstance(value, str) else bytes(value)
        if not self.size_min <= len(octets) <= self.size_max:
            raise ValueError(f"{self.name}: {len(octets)} octets do not fit {self.size_min} to {self.size_max} octets")
        return octets


def get_octets(tlvs: Tlvs, tag: Tag) -> bytes | None:
    """The first parameter of this tag as it came, None when absent."""
    number = tag.number
    for found, value in tlvs:
        if found == number:
            return value
    return None


def get_int(tlvs: Tlvs, tag: Tag) -> int | None:
    """The first parameter of this tag as a number. Quirk "odd length": any width is read, an empty one is absent."""
    value = get_octets(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def get_text(tlvs: Tlvs, tag: Tag) -> str | None:
    """The first parameter of this tag as text. Quirk "no NUL": the end of the value may stand for it."""
    value = get_octets(tlvs, tag)
    return None if value is None else value.split(b"\0", 1)[0].decode("latin-1")


_ROWS: Final = """
0005 dest_addr_subunit uint 1              0006 dest_network_type uint 1              0007 dest_bearer_type uint 1
0008 dest_telematics_id uint 2             000D source_addr_subunit uint 1            000E source_network_type uint 1
000F source_bearer_type uint 1             0010 source_telematics_id uint 1           0017 qos_time_to_live uint 4
0019 payload_type uint 1                   001D additional_status_info_text text 1-256
001E receipted_message_id text 1-65        0030 ms_msg_wait_facilities uint 1         0201 privacy_indicator uint 1
0202 source_subaddress octets 2-23         0203 dest_subaddress octets 2-23           0204 user_message_reference uint 2
0205 user_response_code uint 1             020A source_port uint 2                    020B destination_port uint 2
020C sar_msg_ref_num uint 2                020D language_indicator uint 1             020E sar_total_segments uint 1
020F sar_segment_seqnum uint 1             0210 sc_interface_version uint 1           0302 callback_num_pres_ind uint 1
0303 callback_num_atag octets 0-65         0304 number_of_messages uint 1             0381 callback_num octets 4-19
0420 dpf_result uint 1                     0421 set_dpf uint 1                        0422 ms_availability_status uint 1
0423 network_error_code octets 3           0424 message_payload octets 0-65535
0425 delivery_failure_reason uint 1
0426 more_messages_to_send uint 1          0427 message_state uint 1                  0428 congestion_state uint 1
0501 ussd_service_op octets 1              1201 display_time uint 1                   1203 sms_signal uint 2
1204 ms_validity uint 1                    130C alert_on_message_delivery octets 0-1  1380 its_reply_type uint 1
1383 its_session_info octets 2
"""


def _table() -> dict[int, Tag]:
    words = _ROWS.split()
    table = {}
    for number, name, kind, sizes in zip(words[::4], words[1::4], words[2::4], words[3::4], strict=True):
        low, _, high = sizes.partition("-")
        table[int(number, 16)] = Tag(int(number, 16), name, kind, int(low), int(high or low))
    return table


TAGS: Final = _table()
"""Every tag of 3.4 and congestion_state, by number."""

DEST_ADDR_SUBUNIT: Final = TAGS[0x0005]
ADDITIONAL_STATUS_INFO_TEXT: Final = TAGS[0x001D]
RECEIPTED_MESSAGE_ID: Final = TAGS[0x001E]
USER_MESSAGE_REFERENCE: Final = TAGS[0x0204]
SAR_MSG_REF_NUM: Final = TAGS[0x020C]
SAR_TOTAL_SEGMENTS: Final = TAGS[0x020E]
SAR_SEGMENT_SEQNUM: Final = TAGS[0x020F]
SC_INTERFACE_VERSION: Final = TAGS[0x0210]
NETWORK_ERROR_CODE: Final = TAGS[0x0423]
MESSAGE_PAYLOAD: Final = TAGS[0x0424]
DELIVERY_FAILURE_REASON: Final = TAGS[0x0425]
MORE_MESSAGES_TO_SEND: Final = TAGS[0x0426]
MESSAGE_STATE: Final = TAGS[0x0427]
CONGESTION_STATE: Final = TAGS[0x0428]


def describe(tag: int, value: bytes) -> tuple[str, int | str]:
    """(name, value for people) of any parameter: a number, text, or hex; unknown tags are named by number."""
    known = TAGS.get(tag)
    if known is None or not known.size_min <= len(value) <= known.size_max or known.kind == "octets":
        return (known.name if known else f"0x{tag:04x}"), value.hex()
    if known.kind == "uint":
        return known.name, int.from_bytes(value, "big")
    return known.name, value.split(b"\0", 1)[0].decode("latin-1")
