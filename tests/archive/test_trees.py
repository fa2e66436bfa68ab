"""Merkle trees: every proof leads to its root, and none that leaves out or changes a leaf does."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.archive.trees import EMPTY, Leaf, ProofError, RangeProof, Tree, check_range, leaf_hash, node_hash


def digest(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4, "big")).digest()


tags = st.lists(st.sampled_from([b"a", b"b", b"c", b"cc", b"d"]), max_size=40)


def tree_of(names: list[bytes]) -> Tree:
    return Tree([Leaf(tag, digest(number)) for number, tag in enumerate(names)])


def test_the_root_of_three() -> None:
    leaves = [Leaf(b"a", digest(0)), Leaf(b"b", digest(1)), Leaf(b"c", digest(2))]
    first, second, third = map(leaf_hash, leaves)
    assert Tree(leaves[::-1]).root == node_hash(node_hash(first, second), third)
    assert Tree([]).root == EMPTY


@given(tags, st.sampled_from([b"a", b"b", b"bb", b"c", b"d", b"e", b"A"]))
@settings(max_examples=300, deadline=None)
def test_a_proof_shows_all_leaves_of_a_tag(names: list[bytes], tag: bytes) -> None:
    tree = tree_of(names)
    found = check_range(tree.prove(tag), tag, len(names), tree.root)
    assert found == sorted(digest(number) for number, name in enumerate(names) if name == tag)


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=30), st.data())
@settings(max_examples=300, deadline=None)
def test_nothing_can_be_left_out_or_changed(names: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(names)
    proof = tree.prove(b"b")
    kind = data.draw(st.sampled_from(["leaf", "digest", "beside", "first", "count"]))
    leaves, beside, first, count = list(proof.leaves), list(proof.beside), proof.first, len(names)
    if kind == "leaf" and leaves:
        leaves.pop(data.draw(st.integers(0, len(leaves) - 1)))
    elif kind == "digest" and leaves:
        index = data.draw(st.integers(0, len(leaves) - 1))
        leaves[index] = Leaf(leaves[index].tag, digest(999))
    elif kind == "beside" and beside:
        index = data.draw(st.integers(0, len(beside) - 1))
        beside[index] = digest(999)
    elif kind == "first":
        first += data.draw(st.sampled_from([-1, 1]))
    else:
        count = 0
    with pytest.raises(ProofError):
        check_range(RangeProof(first, tuple(leaves), tuple(beside)), b"b", count, tree.root)


def test_a_tree_cut_short_is_another_tree() -> None:
    """A whole tree's root over fewer leaves does not pass: nodes are no leaves."""
    tree = tree_of([b"a", b"b", b"c", b"d"])
    top = tree.levels[1]
    with pytest.raises(ProofError):
        check_range(RangeProof(0, (Leaf(b"a", top[0]), Leaf(b"b", top[1])), ()), b"a", 2, tree.root)
