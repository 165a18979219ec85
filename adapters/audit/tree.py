"""The Merkle tree of RFC 6962, section 2.1, as far as its growing edge: a root for any size."""

from hashlib import sha256
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_LEAF_BYTES: Final = 32
_CHUNK: Final = 1_024  # leaves of a whole subtree


class Tree:
    """Grows by one leaf at a time. A leaf's data are the 32 bytes of a record's chain hash."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, data: bytes | bytearray) -> None:
        """Add a leaf that holds *data*."""
        node = sha256(_LEAF + data).digest()
        size, peaks = self.size, self._peaks
        while size & 1:
            node = sha256(_NODE + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)
        self.size += 1

    def extend(self, leaves: bytes | bytearray) -> None:
        """Add the leaves that hold the 32 bytes each of *leaves*; whole subtrees at a time."""
        at = 0
        while at < len(leaves):
            chunk = leaves[at : at + _CHUNK * _LEAF_BYTES]
            if self.size % _CHUNK == 0 and len(chunk) == _CHUNK * _LEAF_BYTES:
                self._add_chunk(bytes(chunk))
                at += len(chunk)
            else:
                self.add(leaves[at : at + _LEAF_BYTES])
                at += _LEAF_BYTES

    def _add_chunk(self, chunk: bytes) -> None:
        starts = range(0, len(chunk), _LEAF_BYTES)
        nodes = [sha256(_LEAF + chunk[i : i + _LEAF_BYTES]).digest() for i in starts]
        while len(nodes) > 1:
            each = iter(nodes)
            nodes = [sha256(_NODE + one + other).digest() for one, other in zip(each, each)]  # noqa: B905 - pairs
        (node,), size, peaks = nodes, self.size // _CHUNK, self._peaks
        while size & 1:
            node = sha256(_NODE + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)
        self.size += _CHUNK

    @property
    def root(self) -> bytes:
        """The root over all leaves added so far."""
        if not self._peaks:
            return sha256().digest()
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = sha256(_NODE + peak + node).digest()
        return node


def root_of(leaves: bytes | bytearray) -> bytes:
    """Return the root over *leaves*, 32 bytes each."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root
