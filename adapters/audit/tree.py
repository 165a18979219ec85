"""The Merkle tree of RFC 6962, section 2.1, as far as its growing edge: a root for any size."""

from hashlib import sha256
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


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
    for start in range(0, len(leaves), 32):
        tree.add(bytes(leaves[start : start + 32]))
    return tree.root
