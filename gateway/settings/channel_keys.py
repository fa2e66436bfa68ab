"""Tables of carriers/*.toml, and the domain Channel each becomes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict

from gateway.dialects.protocol_table import WIRES
from gateway.domain.account import MessageClass
from gateway.domain.channel import Channel, IdBase, LinkAddress, Quirks
from gateway.settings.value_kinds import (
    AnyEncoding,
    Host,
    Name,
    Table,
    TcpPort,
    WithPassword,
    as_set,
    as_tuple,
    key,
    named_in,
    table,
)
from gateway.settings.zones import Zone, zone_of
from protocols.text.codings import Encoding

Status = Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]
Ton = Annotated[int, Field(ge=0, le=255)]
WireName = Annotated[str, named_in(WIRES), Field(json_schema_extra={"enum": [*WIRES]})]
Encodings = Annotated[frozenset[AnyEncoding], BeforeValidator(as_set)]


def _as_statuses(value: object) -> object:
    return frozenset(value) if isinstance(value, list) and all(isinstance(item, int) for item in value) else value


class LinkKeys(Table):
    """An address of the carrier and how many binds to open to it."""

    host: Host = key(..., "host name or address")
    port: TcpPort = key(..., "TCP port")
    count: int = key(1, "binds to this address", ge=1, le=100)
    tls: bool = key(False, "SMPP in TLS; the certificate is checked against the system's authorities")


class QuirkKeys(Table):
    """Habits of one carrier; the defaults follow the specification (docs/quirks.md)."""

    default_alphabet: Encoding = key(Encoding.GSM7, "what data_coding 0 means there", strict=False)
    id_base: IdBase = key(IdBase.TEXT, "how one id is spelled in response and receipt", strict=False)
    udhi_as_one: bool = key(False, "CMPP peers that mark a header with TP_udhi 1 in MO only")
    report_width: Literal[0, 21, 32] = key(0, "octets of numbers in reports; 0: by version")
    receipt_encoding: Encoding = key(Encoding.LATIN1, "of receipt texts under data_coding 0", strict=False)
    receipt_in_plain_mo: bool = key(False, "receipts come with esm_class 0 and are known by their text or TLVs")
    accepted_is_final: bool = key(False, "ACCEPTD ends the message instead of being a step")
    delivered_words: Annotated[frozenset[str], BeforeValidator(as_set)] = key(frozenset(), "synonyms of DELIVRD")
    prefix_length: int = key(0, "characters the carrier adds before the text; room is left for them", ge=0, le=66)
    suffix_length: int = key(0, "and behind it", ge=0, le=66)
    padded_digest: bool = key(True, "CMPP login digest over the six padded octets; false: over the bare name")
    last_part_receipt_only: bool = key(False, "one receipt for a whole long message")
    temporary_statuses: Annotated[frozenset[Status], BeforeValidator(_as_statuses)] = key(
        frozenset(), "vendor statuses that may be tried again: [0x450]"
    )
    gbk_allowed: bool = key(False, "GBK may be used where it is shorter")
    long_password: bool = key(False, "SMPP passwords over eight characters are sent whole")
    mislabelled_text: bool = key(False, "MO under a wrong number are read as UTF-8 or GBK where they prove to be")
    verify_ismg: bool = key(False, "an ISMG that does not prove the secret is left; false: a warning in the log")


class ChannelKeys(WithPassword):
    """A way to a carrier."""

    wire: WireName = key(..., "what it speaks")
    login: str = key(
        ..., "SMPP system_id, or the six characters of a CMPP SP_Id", min_length=1, max_length=15,
        pattern=r"^[\x21-\x7e]+$",
    )
    links: Annotated[tuple[LinkKeys, ...], BeforeValidator(as_tuple)] = key(..., "where to bind to", min_length=1)
    bind_mode: Literal["trx", "tx+rx"] = key("trx", "SMPP: one bind for both ways, or two")
    binds_max: int = key(4, "binds the carrier allows, over all addresses", ge=1, le=1000)
    window_max: int | None = key(
        None, "submits of a link unanswered at a time; default: limits.link_window_max", ge=1, le=65_535
    )
    rate_per_s: float = key(0.0, "segments a second over all links; 0: no limit", ge=0)
    weight: int = key(1, "share of the traffic among channels that serve the same number", ge=1, le=1000)
    prefixes: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = key(
        (), "destinations it serves: digits, or @group of data/prefixes.toml; empty: all"
    )
    service_code: str = key(
        "", "put before the client's code, or the code itself where the client gives none", pattern=r"^[0-9]{0,20}$"
    )
    service_id: str = key("", "CMPP Service_Id or SMPP service_type", max_length=10)
    system_type: str = key("", "SMPP system_type of the bind", max_length=12)
    source_ton: Ton = key(0, "type of number of our codes")
    source_npi: Ton = key(0, "numbering plan of our codes")
    destination_ton: Ton = key(1, "type of number of destinations")
    destination_npi: Ton = key(1, "numbering plan of destinations")
    encodings: Encodings = key(
        frozenset({Encoding.GSM7, Encoding.UCS2, Encoding.BINARY}), "what it takes", min_length=1
    )
    split: Literal["udh67", "plain70"] = key("udh67", "long texts: parts with a header, or separate whole messages")
    flash: bool = key(True, "it takes flash messages")
    flash_max: int = key(0, "most characters of a flash message; 0: no limit of its own (S0-4.1d)", ge=0)
    classes: Annotated[frozenset[Annotated[MessageClass, Strict(False)]], BeforeValidator(as_set)] = key(
        frozenset(MessageClass), "what may leave by it: triggered, batch (S0-2.2)", min_length=1
    )
    response_timeout_s: float = key(60.0, "no answer by then: outcome unknown", gt=0, le=3600)
    keepalive_s: float = key(30.0, "silence after which we ask whether it is there", gt=0, le=3600)
    reconnect_min_s: float = key(1.0, "first pause before binding again", gt=0, le=3600)
    reconnect_max_s: float = key(60.0, "longest pause", gt=0, le=3600)
    throttle_pause_s: float = key(1.0, "longest pause while it takes nothing and says 'too fast'", gt=0, le=600)
    queue_max: int = key(100_000, "segments waiting for it; past it submits get 'try later'", ge=1)
    receipt_zone: Zone = key(
        "Asia/Shanghai", "zone of the dates in its receipts: a name, UTC, or an offset such as +05:30"
    )
    quirks: QuirkKeys = table(QuirkKeys, "habits of this carrier")
    contract: str = key("", "an upstream profile: the name of a file in contracts/")


class CarrierFile(Table):
    """carriers/*.toml"""

    channels: dict[Name, ChannelKeys] = key({}, "channels by name")


def channel_of(name: str, keys: ChannelKeys, *, window_max: int, prefixes: tuple[str, ...]) -> Channel:
    """Build the domain value of checked keys. `prefixes` are the channel's with its groups spelled out."""
    plain = {
        field: getattr(keys, field)
        for field in (
            "login", "bind_mode", "binds_max", "rate_per_s", "weight", "service_code", "service_id",
            "system_type", "source_ton", "source_npi", "destination_ton", "destination_npi", "encodings", "split",
            "flash", "response_timeout_s", "keepalive_s", "reconnect_min_s", "reconnect_max_s", "throttle_pause_s",
            "queue_max", "contract", "flash_max", "classes",
        )
    }
    return Channel(
        name=name,
        wire=WIRES[keys.wire],
        password=keys.secrets[0],
        addresses=tuple(LinkAddress(link.host, link.port, link.count, link.tls) for link in keys.links),
        window_max=keys.window_max or window_max,
        prefixes=prefixes,
        receipt_zone=zone_of(keys.receipt_zone),
        quirks=Quirks(**dict(keys.quirks)),
        **plain,
    )
