"""All of a trail, read once: whether the chains hold, and the hash of each record.

This is the fast way: it works on raw bytes and stops a class at its first bad line. What was done
to that line is for `classify` to say.
"""

from binascii import hexlify
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit import chain
from adapters.audit.found import BadRecord, Finding, Tampering
from adapters.audit.tombstones import ENDING, Tombstone, leaves_of, tombstones_in
from adapters.signing import Verifier

LEAF_BYTES: Final = 32
_LINE_BYTES_MIN: Final = 150
_LOST_MAX: Final = 10_000  # records that a crash may have kept from the disk: more than a group
_EMPTY: Final = bytes(LEAF_BYTES)


class Segment(NamedTuple):
    """A segment of a class: a file, or what is left of it."""

    name: str
    path: Path | None
    stone: Tombstone | None


class Stop(NamedTuple):
    """Where a class does not go on: the file and the line that is bad, from 1."""

    days: int
    file: str
    line: int


class Walked(NamedTuple):
    """What was read. `leaves` has the hash of record n at 32 * (n - 1), zeros where there is none.

    `ends` tells the last segment of each class and the last hash in it, `held` how many records
    there are, `pruned` those of which only the hash is left.
    """

    leaves: bytearray
    held: int
    pruned: int
    ends: dict[int, tuple[str, bytes]]
    stops: list[Stop]
    findings: list[Finding]

    @property
    def prefix(self) -> int:
        """How many records there are from the first on without a gap."""
        if self.held * LEAF_BYTES == len(self.leaves):
            return self.held
        for start in range(0, len(self.leaves), LEAF_BYTES):
            if self.leaves[start : start + LEAF_BYTES] == _EMPTY:
                return start // LEAF_BYTES
        return len(self.leaves) // LEAF_BYTES

    def leaf(self, seq: int) -> bytes:
        """Return the hash of record *seq*; zeros when it is not there."""
        return bytes(self.leaves[LEAF_BYTES * (seq - 1) : LEAF_BYTES * seq])


def segments_in(directory: Path) -> dict[int, list[Segment]]:
    """Return the segments of each class, in their order. Raises `IntegrityFailure`."""
    found = {path.name: Segment(path.name, path, None) for path in chain.files_in(directory)}
    for stone in tombstones_in(directory):
        found.setdefault(stone.segment, Segment(stone.segment, None, stone))
    classes: dict[int, list[Segment]] = {}
    for name in sorted(found):
        classes.setdefault(chain.days_in(name), []).append(found[name])
    return classes


def walk(directory: Path, keys: Sequence[Verifier] = ()) -> Walked:
    """Read the trail in *directory*. Raises `OSError`, `IntegrityFailure`."""
    classes = segments_in(directory)
    every = [segment for segments in classes.values() for segment in segments]
    most = _LOST_MAX + sum(
        s.path.stat().st_size // _LINE_BYTES_MIN if s.path else s.stone.records if s.stone else 0
        for s in every
    )
    reader = _Reader(directory, keys, most)
    for days, segments in classes.items():
        reader.read(days, segments)
    return reader.walked()


class _Reader:
    """Reads class after class; a forged number beyond *most* is no number."""

    def __init__(self, directory: Path, keys: Sequence[Verifier], most: int) -> None:
        self._directory, self._keys, self._most = directory, keys, most
        self.leaves = bytearray()
        self.count = self.pruned = self._top = 0
        self.ends: dict[int, tuple[str, bytes]] = {}
        self.stops: list[Stop] = []
        self.findings: list[Finding] = []

    def walked(self) -> Walked:
        """Return what was read."""
        del self.leaves[LEAF_BYTES * self._top :]
        return Walked(self.leaves, self.count, self.pruned, self.ends, self.stops, self.findings)

    def read(self, days: int, segments: Sequence[Segment]) -> None:
        """Read the *segments* of a class, up to its first bad line."""
        prev, last = chain.ZERO, 0
        for segment in segments:
            if segment.path is None:
                held = self._buried(segment, last)
                if held is None:
                    return
                prev, last = held
            else:
                if not segment.path.stat().st_size:
                    continue  # made for a day, and not yet written to
                first = chain.genesis(segment.name, prev)
                prev, last, bad = self._file(segment.path, first, last)
                if bad:
                    self.stops.append(Stop(days, segment.name, bad))
                    return
            self.ends[days] = (segment.name, prev)

    def _buried(self, segment: Segment, last: int) -> tuple[bytes, int] | None:
        """Take the hashes of a dropped segment; return its last hash and number."""
        stone = segment.stone
        leaves = leaves_of(self._directory, stone) if stone is not None else None
        sound = stone is not None and leaves is not None and stone.is_of(self._keys)
        for seq, leaf in leaves or ():
            sound = sound and last < seq <= self._most and self._put(seq, leaf)
            last = seq
        if not sound or leaves is None or stone is None:
            name = segment.name.removesuffix(".jsonl") + ENDING
            at = BadRecord(name, 1, last + 1 if leaves is None else leaves[0][0])
            self.findings.append(Finding(at, Tampering.EDIT, "a tombstone that nobody signed"))
            return None
        self.count += len(leaves)
        self.pruned += len(leaves)
        return stone.root.encode(), last

    def _put(self, seq: int, leaf: bytes) -> bool:
        start = LEAF_BYTES * (seq - 1)
        if len(self.leaves) < start + LEAF_BYTES:
            self.leaves.extend(bytes(start + LEAF_BYTES - len(self.leaves)))
        self._top = max(self._top, seq)
        is_free = self.leaves[start : start + LEAF_BYTES] == _EMPTY
        self.leaves[start : start + LEAF_BYTES] = leaf
        return is_free

    def _file(self, path: Path, prev: bytes, last: int) -> tuple[bytes, int, int]:
        """Read a file; return its last hash and number, and the number of its first bad line."""
        leaves, most, empty, field = self.leaves, self._most, _EMPTY, chain.HASH_FIELD
        tail, seq_at, length_of = -chain.HASH_FIELD_BYTES, chain.SEQ_AT, chain.length_of
        size, good = len(leaves), 0
        with path.open("rb", buffering=1 << 20) as file:
            for line in file:
                raw = line[:tail]
                digest = sha256(prev + length_of(len(raw)) + raw).digest()
                own = hexlify(digest)
                if line[tail:] != field % own or not last < (seq := _seq(raw, seq_at)) <= most:
                    break
                end = LEAF_BYTES * seq
                if size < end:
                    leaves.extend(bytes(max(end - size, size)))
                    size = len(leaves)
                elif leaves[end - LEAF_BYTES : end] != empty:
                    break
                leaves[end - LEAF_BYTES : end] = digest
                prev, last = own, seq
                good += 1
            else:
                line = b""
        self.count += good
        self._top = max(self._top, last)
        return prev, last, good + 1 if line else 0


def _seq(raw: bytes, seq_at: int) -> int:
    """Return the number that a record is written with, 0 when it is none."""
    try:
        return int(raw[seq_at : raw.index(b",", seq_at)])
    except ValueError:
        return 0
