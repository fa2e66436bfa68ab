"""A recording as a capture file that Wireshark and tshark dissect: pcapng, each frame in TCP over IPv4.

There was a connection; its addresses and segments are made up: the gateway is 10.0.0.1, the peer 10.0.0.2, and the port
of whoever listens is one that the dissectors know their protocol by.

Source: draft-ietf-opsawg-pcapng (blocks 0x0A0D0D0A, 1, 6), RFC 791 3.1, RFC 9293 3.1, RFC 1071.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from gateway.telemetry.recordings.recording_file import OUT, Recording

GATEWAY, PEER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
TCP_PORTS: Final = {"smpp": 2775, "cmpp": 7890}
CALLER_PORT: Final = 40_000
SEGMENT_MAX: Final = 60_000
_RAW_IP: Final = 101  # LINKTYPE_RAW
_PUSH_ACK: Final = 0x18


def _block(kind: int, body: bytes) -> bytes:
    padded = body + bytes(-len(body) % 4)
    length = len(padded) + 12
    return struct.pack("<II", kind, length) + padded + struct.pack("<I", length)


def capture(recording: Recording) -> bytes:
    """Return the file."""
    head = _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = _block(1, struct.pack("<HHI", _RAW_IP, 0, 0))
    return b"".join([head, interface, *_packets(recording)])


def _packets(recording: Recording) -> Iterator[bytes]:
    heading = recording.heading
    tcp_port = TCP_PORTS[heading.protocol]
    listens_here = heading.of == "session"
    tcp_ports = (tcp_port, CALLER_PORT) if listens_here else (CALLER_PORT, tcp_port)  # of the gateway, of the peer
    sent = {True: 1, False: 1}
    for each in recording.frames:
        is_out = each.way == OUT
        for at in range(0, len(each.octets), SEGMENT_MAX):
            piece = each.octets[at : at + SEGMENT_MAX]
            packet = _packet(piece, is_out, tcp_ports, sent[is_out], sent[not is_out])
            sent[is_out] += len(piece)
            micros = int(each.at * 1_000_000)
            body = struct.pack("<IIIII", 0, micros >> 32, micros & 0xFFFFFFFF, len(packet), len(packet))
            yield _block(6, body + packet)


def _packet(octets: bytes, is_out: bool, tcp_ports: tuple[int, int], sequence: int, acknowledged: int) -> bytes:
    source, destination = (GATEWAY, PEER) if is_out else (PEER, GATEWAY)
    source_port, destination_port = tcp_ports if is_out else tcp_ports[::-1]
    head = struct.pack(
        ">HHIIBBHHH", source_port, destination_port, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 5 << 4,
        _PUSH_ACK, 0xFFFF, 0, 0,
    )
    pseudo = source + destination + struct.pack(">BBH", 0, 6, len(head) + len(octets))
    head = head[:16] + struct.pack(">H", _checksum(pseudo + head + octets)) + head[18:]
    total = 20 + len(head) + len(octets)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, total, 0, 0, 64, 6, 0) + source + destination
    ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
    return ip + head + octets


def _checksum(octets: bytes) -> int:
    padded = octets + bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)
