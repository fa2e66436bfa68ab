"""A channel: a configured way to a carrier, with its links, limits and named quirks (docs/quirks.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum

from gateway.domain.account import MessageClass
from gateway.domain.china_time import SHANGHAI
from gateway.domain.wire import Wire
from protocols.text.codings import Encoding


class IdBase(StrEnum):
    """How the carrier spells one id in the submit response and in the receipt."""

    TEXT = "text"  # the same text (case and leading zeros aside)
    RESPONSE_HEX = "response_hex"  # response hexadecimal, receipt decimal
    RECEIPT_HEX = "receipt_hex"  # response decimal, receipt hexadecimal


@dataclass(frozen=True, slots=True)
class Quirks:
    """Each leniency or habit of one carrier, by name; the defaults follow the specification."""

    default_alphabet: Encoding = Encoding.GSM7  # what data_coding 0 means there
    id_base: IdBase = IdBase.TEXT
    udhi_as_one: bool = False  # CMPP peers that write TP_udhi 1 on MO only; SMPP: UDH marked by esm_class 0x43
    report_width: int = 0  # 21 or 32 forced on reports that we write (simulated ISMG); 0: by version
    receipt_encoding: Encoding = Encoding.LATIN1  # of receipt texts under data_coding 0
    receipt_in_plain_mo: bool = False  # receipts with esm_class 0: told by their text or TLVs
    accepted_is_final: bool = False  # ACCEPTD ends the message instead of being a step
    delivered_words: frozenset[str] = frozenset()  # synonyms of DELIVRD on this route
    prefix_length: int = 0  # characters the carrier adds before the text (its own signature): room is left
    suffix_length: int = 0  # and behind it
    padded_digest: bool = True  # CMPP login digest over the six padded octets; False: over the bare name
    last_part_receipt_only: bool = False  # one receipt for a whole long message
    temporary_statuses: frozenset[int] = frozenset()  # vendor statuses that may be tried again
    gbk_allowed: bool = False
    long_password: bool = False  # SMPP passwords over eight characters sent whole
    mislabelled_text: bool = False  # octets of an MO that are not what they say are read as what they prove to be
    verify_ismg: bool = False  # a CONNECT_RESP that does not prove the secret ends the link; off: a warning


@dataclass(frozen=True, slots=True)
class LinkAddress:
    host: str
    tcp_port: int
    count: int = 1  # binds to this address
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to a carrier. `rate_per_s` counts segments over all its links."""

    name: str
    wire: Wire
    login: str
    password: str = field(repr=False)
    addresses: tuple[LinkAddress, ...] = ()
    bind_mode: str = "trx"  # SMPP: trx, or tx+rx as two binds
    binds_max: int = 4
    window_max: int = 16
    rate_per_s: float = 0.0
    weight: int = 1
    prefixes: tuple[str, ...] = ()  # destinations it serves; empty: all
    service_code: str = ""  # prefix put before the client's code, or the code itself where the client gives none
    service_id: str = ""
    system_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 1
    destination_npi: int = 1
    encodings: frozenset[Encoding] = frozenset({Encoding.GSM7, Encoding.UCS2, Encoding.BINARY})
    split: str = "udh67"  # or plain70: separate messages of 70 without a header
    flash: bool = True
    flash_max: int = 0  # most characters of a flash message; 0: as many as go whole
    classes: frozenset[MessageClass] = frozenset(MessageClass)  # what may leave by it
    response_timeout_s: float = 60.0
    keepalive_s: float = 30.0
    reconnect_min_s: float = 1.0
    reconnect_max_s: float = 60.0
    throttle_pause_s: float = 1.0
    queue_max: int = 100_000
    quirks: Quirks = Quirks()
    receipt_zone: tzinfo = SHANGHAI  # of the dates in its receipts
    contract: str = ""  # an upstream profile (sending port rate by complaints)

    @property
    def serves_abroad(self) -> bool:
        """Tell whether it is configured for numbers abroad. On any other, TON 1 before eleven digits is a bad habit."""
        return any(prefix.startswith("00") for prefix in self.prefixes)
