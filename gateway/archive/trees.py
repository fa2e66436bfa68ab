"""Sorted Merkle trees: one hash for many rows, and proofs that a file shows every row of a range and no other.

A leaf is a tag and the hash of what it stands for; leaves are sorted, so all leaves of a tag lie side by side. Who is
shown the leaves of a tag with a neighbour on either side, and the hashes that lead from them to the root, knows that
there is no other leaf of that tag: without seeing anything of the others but two tags.

    leaf   length of tag, tag, digest; in that order they are sorted
    hash   SHA-256(0x00, leaf)                node   SHA-256(0x01, left, right)

Trees hold leaves as octets, because millions of them are made a day; proofs show tag and digest. A node without a
partner moves up as it is. The count of leaves belongs to the root: whoever stores one stores both.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

EMPTY = hashlib.sha256(b"").digest()
_LEAF, _NODE = b"\0", b"\1"


class Leaf(NamedTuple):
    """Tag (1 to 255 octets) and digest (32 octets)."""

    tag: bytes
    digest: bytes

    @property
    def octets(self) -> bytes:
        return lead(self.tag) + self.digest


class RangeProof(NamedTuple):
    """Leaves with their indexes, those of some tags and their neighbours, and the hashes beside their ways up."""

    leaves: tuple[tuple[int, Leaf], ...]
    beside: tuple[bytes, ...]


class ProofError(ValueError):
    """A proof that does not lead to its root, or leaves a gap."""


def lead(tag: bytes) -> bytes:
    """Return what every leaf of a tag begins with."""
    return bytes((len(tag),)) + tag


def leaf_of(octets: bytes) -> Leaf:
    end = octets[0] + 1
    return Leaf(octets[1:end], octets[end:])


def leaf_hash(octets: bytes) -> bytes:
    return hashlib.sha256(_LEAF + octets).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


class Tree:
    """The tree of some leaves, given as octets; they are sorted here."""

    __slots__ = ("leaves", "levels")

    def __init__(self, leaves: Iterable[bytes]) -> None:
        sha256 = hashlib.sha256
        self.leaves = sorted(leaves)
        self.levels: list[list[bytes]] = [[sha256(_LEAF + leaf).digest() for leaf in self.leaves]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            level = [sha256(_NODE + left + right).digest() for left, right in pairs]
            if len(below) % 2:
                level.append(below[-1])
            self.levels.append(level)

    @property
    def root(self) -> bytes:
        return self.levels[-1][0] if self.leaves else EMPTY

    def prove(self, tags: Iterable[bytes]) -> RangeProof:
        """Return the proof that shows all leaves of these tags, perhaps none, with their neighbours."""
        shown: set[int] = set()
        for tag in tags:
            start, end = _span(self.leaves, tag)
            shown.update(range(max(0, start - 1), min(len(self.leaves), end + 1)))
        known, beside = shown, []
        for level in self.levels[:-1]:
            for index in sorted(known):
                partner = index ^ 1
                if partner < len(level) and partner not in known:
                    beside.append(level[partner])
            known = {index >> 1 for index in known}
        return RangeProof(tuple((index, leaf_of(self.leaves[index])) for index in sorted(shown)), tuple(beside))


def check_proof(proof: RangeProof, tags: Iterable[bytes], count: int, root: bytes) -> dict[bytes, list[bytes]]:
    """Return the digests of all leaves of each tag in the tree with that count and root; raises ProofError.

    Without a tag nothing is claimed, so nothing is checked.
    """
    tags = list(tags)
    if not tags:
        return {}
    if count == 0:
        if proof.leaves or proof.beside or root != EMPTY:
            raise ProofError("a tree without leaves shows some")
        return {tag: [] for tag in tags}
    indexes = [index for index, _ in proof.leaves]
    leaves = [leaf.octets for _, leaf in proof.leaves]
    if not leaves or indexes[0] < 0 or indexes[-1] >= count or any(a >= b for a, b in pairwise(indexes)):
        raise ProofError("the leaves shown are not in the tree")
    if leaves != sorted(leaves):
        raise ProofError("leaves are not in order")
    level = {index: leaf_hash(leaf) for index, leaf in zip(indexes, leaves, strict=True)}
    if _climb(level, count, list(reversed(proof.beside))) != root:
        raise ProofError("the rows shown do not lead to the sealed root")
    return {tag: _all_of(tag, indexes, leaves, count) for tag in tags}


def _span(leaves: Sequence[bytes], tag: bytes) -> tuple[int, int]:
    """Return where the leaves of a tag begin and end among sorted ones."""
    head = lead(tag)
    start = end = bisect_left(leaves, head)
    while end < len(leaves) and leaves[end].startswith(head):
        end += 1
    return start, end


def _all_of(tag: bytes, indexes: list[int], leaves: list[bytes], count: int) -> list[bytes]:
    """Return the digests of a tag's leaves, which must lie side by side between neighbours that are shown."""
    start, end = _span(leaves, tag)
    first, last = max(0, start - 1), min(len(leaves), end + 1)
    begins = start > 0 or indexes[start] == 0
    ends = end < len(leaves) or indexes[end - 1] == count - 1
    if not begins or not ends or indexes[last - 1] - indexes[first] != last - 1 - first:
        raise ProofError("neighbours are missing: a row may be left out")
    return [leaf_of(leaf).digest for leaf in leaves[start:end]]


def _climb(level: Mapping[int, bytes], size: int, beside: list[bytes]) -> bytes:
    """Return the root over known nodes and those beside them, the next one last in the list."""
    while size > 1:
        above: dict[int, bytes] = {}
        for index in sorted(level):
            partner = index ^ 1
            if index >> 1 in above:
                continue
            if partner >= size:
                above[index >> 1] = level[index]
                continue
            other = level.get(partner)
            if other is None:
                if not beside:
                    raise ProofError("hashes are missing")
                other = beside.pop()
            left, right = (level[index], other) if index < partner else (other, level[index])
            above[index >> 1] = node_hash(left, right)
        level, size = above, (size + 1) // 2
    if beside or len(level) != 1:
        raise ProofError("there are hashes that lead nowhere")
    return level[0]
