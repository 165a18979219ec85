"""The tree is that of RFC 6962, whichever way it grows."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit.tree import Tree, root_of

pytestmark = pytest.mark.unit


def leaf(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


def by_the_book(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash as section 2.1 of the RFC defines it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_the_book(leaves[:k]) + by_the_book(leaves[k:])).digest()


@given(count=st.integers(0, 40), first=st.integers(0, 40))
def test_a_root_is_that_of_the_book(count: int, first: int) -> None:
    leaves = [leaf(n) for n in range(count)]
    tree = Tree()
    for each in leaves[:first]:
        tree.add(each)
    tree.extend(b"".join(leaves[first:]))
    assert (tree.size, tree.root) == (count, by_the_book(leaves))


@pytest.mark.parametrize("count", [1_023, 1_024, 1_025, 2_048, 3_500, 4_096])
@pytest.mark.parametrize("first", [0, 1, 1_024])
def test_whole_subtrees_at_a_time_come_to_the_same(count: int, first: int) -> None:
    leaves = [leaf(n) for n in range(count)]
    tree = Tree()
    for each in leaves[:first]:
        tree.add(each)
    tree.extend(b"".join(leaves[first:]))
    assert tree.root == by_the_book(leaves)
    assert root_of(b"".join(leaves)) == by_the_book(leaves)
