"""The wire segments: sizes at every boundary, encodings, headers kept, N client segments in and M out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.domain.channel import Channel, Quirks
from gateway.domain.concat_headers import reference_of, with_concat_headers
from gateway.domain.message import Concat, Message
from gateway.domain.verdict import Key, Reject
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.join import message_of_set
from gateway.pipeline.stages.stage_order import reroute, screen
from protocols.text import udh
from protocols.text.codings import Encoding, decode_text, encode_text
from tests.gateway.pipeline.builders import NOON, channel, message, policy, submission
from tests.gateway.tables import rows

GBK_ROUTE = channel("gbk", wire=CMPP20, encodings=frozenset(Encoding), quirks=Quirks(gbk_allowed=True))
CHANNELS = {
    "smpp": channel(),
    "cmpp": channel(wire=CMPP30),
    "gbk": GBK_ROUTE,
    "plain": channel(split="plain70"),
    "adds": channel(quirks=Quirks(prefix_length=6, suffix_length=4)),
}

# text: a kind and how many characters in all; wire: octets of each segment, header included
TABLE = """
| client | kind  | count | channel | encoding | wire          |
| ucs2   | han   | 1     | smpp    | ucs2     | 2             |
| ucs2   | han   | 70    | smpp    | ucs2     | 140           |
| ucs2   | han   | 71    | smpp    | ucs2     | 140 14        |
| ucs2   | han   | 134   | smpp    | ucs2     | 140 140       |
| ucs2   | han   | 135   | smpp    | ucs2     | 140 140 8     |
| ucs2   | han   | 71    | plain   | ucs2     | 140 2         | # separate messages
| ucs2   | han   | 140   | plain   | ucs2     | 140 140       |
| ucs2   | han   | 60    | adds    | ucs2     | 120           | # room for ten characters of the carrier's
| ucs2   | han   | 61    | adds    | ucs2     | 120 14        |
| gsm7   | latin | 160   | smpp    | gsm7     | 160           |
| gsm7   | latin | 161   | smpp    | gsm7     | 159 14        |
| gsm7   | latin | 306   | smpp    | gsm7     | 159 159       |
| gsm7   | latin | 307   | smpp    | gsm7     | 159 159 7     |
| gsm7   | euro  | 80    | smpp    | gsm7     | 160           | # two septets each
| gsm7   | euro  | 81    | smpp    | gsm7     | 158 16        | # no pair is parted: 152 and 10
| ascii  | latin | 160   | smpp    | gsm7     | 160           |
| ascii  | latin | 160   | cmpp    | ascii    | 160           |
| ascii  | latin | 161   | cmpp    | ascii    | 159 14        |
| gsm7   | euro  | 70    | cmpp    | ucs2     | 140           | # no euro in ASCII
| latin1 | latin | 10    | smpp    | gsm7     | 10            |
| gbk    | han   | 70    | smpp    | ucs2     | 140           |
| gbk    | han   | 70    | gbk     | gbk      | 140           |
| gbk    | han   | 71    | gbk     | gbk      | 140 14        |
| gbk    | emoji | 1     | gbk     | ucs2     | 4             |
| ucs2   | emoji | 35    | smpp    | ucs2     | 140           |
| ucs2   | emoji | 36    | smpp    | ucs2     | 138 18        | # 33 pairs a segment, half a pair is left free
| ucs2   | latin | 100   | smpp    | ucs2     | 140 72        | # the client's encoding stays
"""
KINDS = {"han": "汉", "latin": "a", "euro": "€", "emoji": "😀"}


def unsigned(*channels: Channel, **keys: Any) -> Policy:
    """Make a policy whose texts leave as they came."""
    return policy(*channels, keys={"sig_inject": "none", "sig_required": False, "max_chars": 2000} | keys)


def cut_text(text: str, client: Encoding, judged: Policy, **changes: Any) -> Message:
    """Screen one submit; return its message or fail with the refusal."""
    content = text if client is not Encoding.GBK or "😀" not in text else None
    octets = encode_text(text, client) if content is not None else text.encode("gb18030")
    made = message("", client, octets=octets, **changes)
    stage, verdict = screen(made, judged, NOON)
    assert not isinstance(verdict, Reject), f"{stage}: {verdict}"
    return made


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: "-".join(row.values()))
def test_sizes(row: dict[str, str]) -> None:
    text = KINDS[row["kind"]] * int(row["count"])
    made = cut_text(text, Encoding(row["client"]), unsigned(CHANNELS[row["channel"]]))
    assert made.encoding == row["encoding"]
    assert [len(part) for part in made.parts] == [int(size) for size in row["wire"].split()]
    assert made.has_udh == (len(made.parts) > 1 and row["channel"] != "plain")
    assert not made.clauses, "one client segment is nothing that was cut anew"


def joined_text(made: Message) -> str:
    """Read the wire segments as a handset would."""
    bodies = []
    for number, part in enumerate(made.parts, 1):
        if made.has_udh:
            header = udh.read(part)
            assert header is not None
            if len(made.parts) > 1:
                assert header.concat is not None
                assert header.concat[:3] == (reference_of(made.id), len(made.parts), number)
            part = part[header.octets :]
        bodies.append(decode_text(part, made.encoding))  # each by itself: no character is parted
    return "".join(bodies)


@given(
    text=st.text(st.sampled_from("汉字ab€[é😀【1"), max_size=600),
    client=st.sampled_from([Encoding.GSM7, Encoding.UCS2, Encoding.LATIN1, Encoding.ASCII]),
    name=st.sampled_from(sorted(CHANNELS)),
    ports=st.booleans(),
    is_signed=st.booleans(),
)
def test_what_leaves_is_the_final_text(text: str, client: Encoding, name: str, ports: bool, is_signed: bool) -> None:
    keys: dict[str, Any] = {"max_chars": 2000} | ({} if is_signed else {"sig_inject": "none", "sig_required": False})
    judged = policy(CHANNELS[name], keys=keys)
    own_udh = udh.write([udh.Element(udh.PORTS_16, b"\x0b\x84\x23\xf0")]) if ports else b""
    octets = text.encode("utf-16-be") if client is Encoding.UCS2 else text.encode("ascii", "replace")
    made = message("", client, octets=octets, udh=own_udh)
    _, verdict = screen(made, judged, NOON)
    if isinstance(verdict, Reject):
        assert verdict.key is Key.SIGN or (verdict.key is Key.EMPTY and not text and not ports), verdict
        return
    assert joined_text(made) == made.text
    for part in made.parts:
        body = part[part[0] + 1 :] if made.has_udh else part
        limit = 160 if made.encoding in (Encoding.GSM7, Encoding.ASCII) else 140
        assert len(part) <= limit
        room = 8 * (140 - (len(part) - len(body)))
        bits = 7 if limit == 160 else 8
        assert len(body) * bits <= room
        assert not made.has_udh or not ports or own_udh[1:] in part[: part[0] + 1]


def joined(texts: list[str], client: Encoding = Encoding.UCS2, id: int = 7) -> Message:
    """Make the message of a client's complete set."""
    total = len(texts)
    pieces = [submission(text, client, concat=Concat(3, total, number)) for number, text in enumerate(texts, 1)]
    return message_of_set(id, pieces, range(id, id + total))


def test_the_clients_own_cuts_stay_where_nothing_was_added() -> None:
    for texts, wire in ((["汉" * 60, "字" * 67, "尾" * 5], [126, 140, 16]), (["汉" * 66, "字" * 9], [138, 24])):
        made = joined(texts)
        screen(made, unsigned(), NOON)
        assert [len(part) for part in made.parts] == wire
        assert not made.clauses
        assert joined_text(made) == made.text


@pytest.mark.parametrize(
    ("texts", "judged", "wire"),
    [
        (["汉" * 67, "字" * 67], policy(), 3),  # the signature needs room
        (["汉" * 10, "字" * 10], unsigned(), 1),  # it fits whole
        (["汉" * 68, "字" * 3], unsigned(CHANNELS["adds"]), 2),
        (["汉" * 67, "字" * 67], unsigned(CHANNELS["plain"]), 2),
    ],
)
def test_recut_where_needed(texts: list[str], judged: Policy, wire: int) -> None:
    made = joined(texts)
    assert not isinstance(screen(made, judged, NOON)[1], Reject)
    assert len(made.parts) == wire
    assert (f"cut 2>{wire}" in made.clauses) == (wire != 2)


def test_a_failover_cuts_anew_for_the_other_channel() -> None:
    judged = unsigned(channel("a", weight=9), channel("b", split="plain70"))
    made = joined(["汉" * 60, "字" * 30])
    screen(made, judged, NOON)
    assert (made.channel, made.has_udh) == ("a", True)
    made.reset_states()
    made.tried_channels = ("a",)
    assert not isinstance(reroute(made, judged, NOON)[1], Reject)
    assert (made.channel, made.has_udh, [len(part) for part in made.parts]) == ("b", False, [140, 40])
    made.tried_channels = ("a", "b")
    stage, verdict = reroute(made, judged, NOON)
    assert isinstance(verdict, Reject)
    assert (stage, verdict.key) == ("route", Key.ROUTE)


def test_binary_passes_octet_for_octet() -> None:
    ports = b"\x06\x05\x04\x0b\x84\x23\xf0"
    for size, wire in ((133, [140]), (134, [140, 18]), (400, [140, 140, 140, 28])):
        octets = bytes(n & 0xFF for n in range(size))
        made = message("", Encoding.BINARY, octets=octets, udh=ports)
        screen(made, unsigned(), NOON)
        assert (made.text, [len(part) for part in made.parts]) == (None, wire)
        assert b"".join(part[part[0] + 1 :] for part in made.parts) == octets
        assert all(ports[1:] in part[: part[0] + 1] for part in made.parts)


@pytest.mark.parametrize(
    ("judged", "made", "key", "clause"),
    [
        (unsigned(channel(flash=False)), message(flash=True), Key.MEDIA, None),
        (unsigned(channel(encodings=frozenset({Encoding.GSM7}))), message("汉"), Key.CODING, None),
        (
            unsigned(channel(encodings=frozenset({Encoding.UCS2}))),
            message("", Encoding.BINARY, octets=b"\1"),
            Key.CODING,
            None,
        ),
        (unsigned(split="none"), message("汉" * 71), Key.LEN, "S0-4.1a"),
        (unsigned(CHANNELS["adds"], max_chars=17_000), message("汉" * 17_000), Key.LEN, "S0-4.1a"),
        (unsigned(channel(encodings=frozenset({Encoding.ASCII}))), message("a", flash=True), Key.CODING, None),
    ],
    ids=["flash", "ucs2", "binary", "one segment", "256 segments", "flash in ascii"],
)
def test_what_a_channel_cannot_carry(judged: Policy, made: Message, key: Key, clause: str | None) -> None:
    stage, verdict = screen(made, judged, NOON)
    assert isinstance(verdict, Reject)
    assert (stage, verdict.key) == ("cut", key)
    assert clause is None or verdict.clause == clause


def test_a_header_counts_255_segments() -> None:
    judged = unsigned(CHANNELS["adds"], max_chars=17_000)
    assert len(cut_text("汉" * 57 * 255, Encoding.UCS2, judged).parts) == 255
    _, verdict = screen(message("汉" * (57 * 255 + 1)), judged, NOON)
    assert isinstance(verdict, Reject)
    assert verdict.key is Key.LEN


def test_flash_in_ascii_goes_in_the_channels_gsm7() -> None:
    made = cut_text("hello", Encoding.ASCII, unsigned(), flash=True)
    assert made.encoding is Encoding.GSM7


def test_neighbouring_messages_have_references_of_their_own() -> None:
    ids = [second << 32 | 5 << 16 | sequence for second in range(200_000_000, 200_000_004) for sequence in range(3)]
    assert len({reference_of(id) for id in ids}) == len(ids)


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=9))
def test_headers_are_made_again_from_the_id(id: int, bodies: list[bytes]) -> None:
    again = with_concat_headers(bodies, id)
    if len(bodies) > 1:
        again = [part[part[0] + 1 :] for part in again]
    assert again == bodies
