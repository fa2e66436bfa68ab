"""Cutting and joining: each boundary as a row, then as properties over every encoding and header."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from protocols.text import segments, udh
from protocols.text.codings import Encoding, EncodingError, decode_text, encode_text
from protocols.text.segments import SegmentError
from tests.protocols.text.tables import cases, long_texts

OTHER_UDHS = [b"", bytes.fromhex("0605040b8423f0"), bytes.fromhex("03240101"), bytes.fromhex("0370017f")]
WHOLE_OCTETS_MAX = {Encoding.GSM7: 160, Encoding.ASCII: 160}

headers = st.tuples(st.sampled_from([8, 16]), st.sampled_from(OTHER_UDHS))


@pytest.mark.parametrize("row", cases("segments.toml", "cut"))
def test_boundary(row: dict[str, Any]) -> None:
    encoding = Encoding(row["encoding"])
    for times, octets in zip(row["times"], row["octets"], strict=True):
        text = row.get("head", "") + row["character"] * times + row.get("tail", "")
        if row.get("plain"):
            cut = segments.split_plain(text, encoding)
        else:
            size = segments.segment_max(encoding, udh.concat_octets(row.get("bits", 8)))
            cut = segments.split(text, encoding, multi_max=size)
        assert [len(segment) for segment in cut] == octets, times


@pytest.mark.parametrize(
    ("encodings", "sizes"),
    [("gsm7 ascii", [160, 153, 152]), ("latin1 binary", [140, 134, 133]), ("ucs2 gbk", [70, 67, 66])],
)
def test_sizes(encodings: str, sizes: list[int]) -> None:
    for name in encodings.split():
        found = [segments.segment_max(Encoding(name), octets) for octets in (0, 6, 7)]
        assert found == sizes
        assert segments.segment_max(Encoding(name), 140) == segments.segment_max(Encoding(name), 200) == 0


@given(long_texts(), headers, st.integers(0, 2**20), st.randoms(use_true_random=False))
def test_join_undoes_split(
    case: tuple[Encoding, str], header: tuple[udh.RefBits, bytes], ref: int, shuffle: random.Random
) -> None:
    encoding, text = case
    bits, other_udh = header
    size = segments.segment_max(encoding, udh.concat_octets(bits, other_udh))
    cut = segments.split(text, encoding, multi_max=size)
    assume(1 < len(cut) <= udh.TOTAL_MAX)
    sent = segments.with_concat_udh(cut, ref, bits, other_udh)
    shuffle.shuffle(sent)
    assert decode_text(segments.join(sent), encoding) == text


@given(long_texts(), headers)
def test_every_segment_fits_the_air(case: tuple[Encoding, str], header: tuple[udh.RefBits, bytes]) -> None:
    encoding, text = case
    bits, other_udh = header
    octets_max = udh.concat_octets(bits, other_udh)
    size = segments.segment_max(encoding, octets_max)
    cut = segments.split(text, encoding, multi_max=size)
    if len(cut) == 1:
        assert len(cut[0]) <= WHOLE_OCTETS_MAX.get(encoding, 140)
        return
    for segment in cut:
        air_bits = len(segment) * (7 if encoding in WHOLE_OCTETS_MAX else 8)
        assert 0 < air_bits <= (140 - octets_max) * 8


@given(long_texts(), st.booleans())
def test_no_character_is_parted(case: tuple[Encoding, str], plain: bool) -> None:
    """Each segment alone reads as its share of the text, so nothing was cut in two."""
    encoding, text = case
    assume("\ufeff" not in text)
    assume("\ufffe" not in text)
    cut = (segments.split_plain if plain else segments.split)(text, encoding)
    assert "".join(decode_text(segment, encoding) for segment in cut) == text
    assert [segment for segment in cut if not segment] == ([b""] if not text else [])


@given(long_texts())
def test_segments_are_as_few_as_they_can_be(case: tuple[Encoding, str]) -> None:
    """A segment is left one unit short at most, and only for a pair."""
    encoding, text = case
    units = segments.count_units(text, encoding)
    whole, multi = segments.segment_max(encoding), segments.segment_max(encoding, 6)
    cut = segments.split(text, encoding)
    assert (len(cut) == 1) is (units <= whole)
    sizes = [segments.count_units(decode_text(segment, encoding), encoding) for segment in cut]
    assume("\ufeff" not in text)
    assume("\ufffe" not in text)
    assert sum(sizes) == units
    short = 1 if encoding in (Encoding.UCS2, Encoding.GSM7) else 0
    assert all(multi - short <= size <= multi for size in sizes[:-1])


@given(long_texts(), st.integers(0, 50), st.integers(2, 50))
def test_limits_given_are_kept(case: tuple[Encoding, str], first_max: int, multi_max: int) -> None:
    encoding, text = case
    cut = segments.split(text, encoding, first_max=first_max, multi_max=multi_max)
    assert b"".join(cut) == encode_text(text, encoding)
    width = 2 if encoding in (Encoding.UCS2, Encoding.GBK) else 1
    assert all(len(segment) <= max(first_max, multi_max) * width for segment in cut)


@given(st.binary(max_size=2000), st.sampled_from(list(Encoding)), st.integers(2, 80))
def test_any_octets_are_cut_without_loss(octets: bytes, encoding: Encoding, multi_max: int) -> None:
    cut = segments.split_octets(octets, encoding, first_max=1, multi_max=multi_max)
    assert b"".join(cut) == octets
    assert all(cut) or not octets
    width = 2 if encoding in (Encoding.UCS2, Encoding.GBK) else 1
    assert all(len(segment) <= multi_max * width for segment in cut)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("ç汉a😀"), min_size=1), st.integers(1, 100))
@example("ç", 71)
@example("汉😀", 50)
def test_gb18030_is_cut_between_characters(text: str, times: int) -> None:
    """Octets from a peer may hold characters of four octets, which `split` itself never writes."""
    octets = (text * times).encode("gb18030")
    cut = segments.split_octets(octets, Encoding.GBK)
    assert "".join(segment.decode("gb18030") for segment in cut) == text * times
    assert all(len(segment) <= (140 if len(cut) == 1 else 134) for segment in cut)


def test_a_limit_too_small_for_a_pair_is_refused() -> None:
    with pytest.raises(SegmentError, match="multi_max is 1"):
        segments.split("汉" * 71, Encoding.UCS2, multi_max=1)
    assert segments.split("汉", Encoding.UCS2, multi_max=1) == [b"\x6c\x49"]


def test_a_foreign_character_is_refused_before_cutting() -> None:
    with pytest.raises(EncodingError) as caught:
        segments.split("a" * 200 + "汉", Encoding.GSM7)
    assert (caught.value.index, caught.value.character) == (200, "汉")


def test_count_units_takes_any_text() -> None:
    assert segments.count_units("\ud83d", Encoding.UCS2) == 1
    assert segments.count_units("汉[", Encoding.GSM7) == 3


def test_single_segment_has_no_concatenation() -> None:
    assert segments.with_concat_udh([b"x"], 1) == [b"x"]
    assert segments.with_concat_udh([b"x"], 1, 16, b"\x03\x24\x01\x01") == [b"\x03\x24\x01\x01x"]


def test_more_segments_than_a_header_counts_are_refused() -> None:
    assert len(segments.with_concat_udh([b"x"] * 255, 1)) == 255
    with pytest.raises(SegmentError, match="256 segments"):
        segments.with_concat_udh([b"x"] * 256, 1)


class TestJoin:
    one, two = segments.with_concat_udh([b"on", b"e"], 7)
    other_ref, _ = segments.with_concat_udh([b"on", b"e"], 8)
    other_total, _, _ = segments.with_concat_udh([b"on", b"e", b"!"], 7)
    other_width, _ = segments.with_concat_udh([b"on", b"e"], 7, 16)

    def test_a_repeated_segment_counts_once(self) -> None:
        assert segments.join([self.two, self.one, self.two]) == b"one"

    @pytest.mark.parametrize("stranger", [other_ref, other_total, other_width])
    def test_two_messages_are_not_mixed(self, stranger: bytes) -> None:
        with pytest.raises(SegmentError, match="two messages"):
            segments.join([self.two, stranger])

    @pytest.mark.parametrize("given_", [[one], [two]])
    def test_incomplete(self, given_: list[bytes]) -> None:
        with pytest.raises(SegmentError, match="missing"):
            segments.join(given_)

    @pytest.mark.parametrize("given_", [[], [b"text"], [one, b""], [bytes.fromhex("0605040b8423f0")]])
    def test_no_concatenation(self, given_: list[bytes]) -> None:
        with pytest.raises(SegmentError, match=r"^(a segment has no concatenation header|no segments)$"):
            segments.join(given_)

    def test_bodies_by_number(self) -> None:
        assert segments.join_bodies({2: b"e", 1: b"on"}, 2) == b"one"
        for bodies in ({1: b"on"}, {0: b"x", 1: b"on", 2: b"e"}, {1: b"on", 3: b"e"}):
            with pytest.raises(SegmentError):
                segments.join_bodies(bodies, 2)

    def test_a_pair_parted_by_the_peer_is_whole_again(self) -> None:
        octets = "😀".encode("utf-16-be")
        parted = segments.with_concat_udh([octets[:2], octets[2:]], 1)
        assert decode_text(segments.join(parted), Encoding.UCS2) == "😀"
