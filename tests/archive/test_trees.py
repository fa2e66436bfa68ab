"""Merkle trees: every proof leads to its root, and none that leaves out or changes a leaf does."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.archive.trees import EMPTY, Leaf, ProofError, RangeProof, Tree, check_proof, leaf_hash, leaf_of, node_hash


def digest(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4, "big")).digest()


tags = st.lists(st.sampled_from([b"a", b"b", b"c", b"cc", b"d"]), max_size=40)


def tree_of(names: list[bytes]) -> Tree:
    return Tree(Leaf(tag, digest(number)).octets for number, tag in enumerate(names))


def test_the_root_of_three() -> None:
    leaves = [Leaf(tag, digest(number)).octets for number, tag in enumerate((b"a", b"b", b"c"))]
    first, second, third = map(leaf_hash, leaves)
    assert Tree(leaves[::-1]).root == node_hash(node_hash(first, second), third)
    assert Tree([]).root == EMPTY


@given(tags, st.sets(st.sampled_from([b"a", b"b", b"bb", b"c", b"d", b"e", b"A"]), min_size=1))
@settings(max_examples=400, deadline=None)
def test_a_proof_shows_all_leaves_of_its_tags(names: list[bytes], asked: set[bytes]) -> None:
    tree = tree_of(names)
    found = check_proof(tree.prove(asked), asked, len(names), tree.root)
    for tag in asked:
        assert found[tag] == sorted(digest(number) for number, name in enumerate(names) if name == tag)


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=30), st.data())
@settings(max_examples=500, deadline=None)
def test_nothing_can_be_left_out_or_changed(names: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(names)
    proof = tree.prove([b"b"])
    leaves, beside, count = list(proof.leaves), list(proof.beside), len(names)
    kind = data.draw(st.sampled_from(["leaf", "digest", "beside", "index", "none", "surplus"]))
    at = data.draw(st.integers(0, len(leaves) - 1))
    index, leaf = leaves[at]
    if kind == "leaf":
        leaves.pop(at)
    elif kind == "digest":
        leaves[at] = index, Leaf(leaf.tag, digest(999))
    elif kind == "beside" and beside:
        beside[data.draw(st.integers(0, len(beside) - 1))] = digest(999)
    elif kind == "index":
        leaves[at] = index + data.draw(st.sampled_from([-1, 1])), leaf
    elif kind == "surplus":
        beside.append(digest(999))
    else:
        count = 0
    with pytest.raises(ProofError):
        check_proof(RangeProof(tuple(leaves), tuple(beside)), [b"b"], count, tree.root)


@given(st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), min_size=2, max_size=30), st.data())
@settings(max_examples=500, deadline=None)
def test_who_makes_his_own_proof_cannot_hide_a_row(names: list[bytes], data: st.DataObject) -> None:
    """Any leaves of the tree with all the hashes they need: they pass only when they show every row of the tag."""
    tree = tree_of(names)
    shown = data.draw(st.sets(st.integers(0, len(names) - 1), min_size=1))
    known, beside = shown, []
    for level in tree.levels[:-1]:
        beside += [level[i ^ 1] for i in sorted(known) if i ^ 1 < len(level) and i ^ 1 not in known]
        known = {i >> 1 for i in known}
    proof = RangeProof(tuple((i, leaf_of(tree.leaves[i])) for i in sorted(shown)), tuple(beside))
    try:
        found = check_proof(proof, [b"b"], len(names), tree.root)[b"b"]
    except ProofError:
        return
    assert len(found) == names.count(b"b")


def test_a_tree_cut_short_is_another_tree() -> None:
    """A whole tree's root over fewer leaves does not pass: nodes are no leaves."""
    tree = tree_of([b"a", b"b", b"c", b"d"])
    top = tree.levels[1]
    with pytest.raises(ProofError):
        check_proof(RangeProof(((0, Leaf(b"a", top[0])), (1, Leaf(b"b", top[1]))), ()), [b"a"], 2, tree.root)
