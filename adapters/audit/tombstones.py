"""What is left of a segment whose time is over: its hashes, and a signed word on why it is gone.

    audit-20240501-090.tombstone    what it was, signed with Ed25519
    audit-20240501-090.leaves       the number (8 bytes) and the hash (32) of each of its records

The hashes keep the tree whole, so later segments and every checkpoint still verify. A segment is
dropped as a whole, never a record of it. The tombstone is durable before the segment goes.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from adapters.audit import chain, durable
from adapters.signing import Signer, Verifier
from application.errors import IntegrityFailure

ENDING: Final = ".tombstone"
LEAVES_ENDING: Final = ".leaves"
_LEAF: Final = Struct(">Q32s")


class Tombstone(NamedTuple):
    """Of a dropped segment: its name, how many records, the last hash of its chain, and why."""

    segment: str
    records: int
    root: str
    leaves_sha256: str
    reason: str
    at: str
    signature: str

    @property
    def text(self) -> bytes:
        """What is signed."""
        return "".join(f"{part}\n" for part in ("tombstone", *self[:-1])).encode()

    def is_of(self, keys: Sequence[Verifier]) -> bool:
        """Tell whether one of *keys* signed it; no key, no doubt."""
        try:
            signature = b64decode(self.signature, validate=True)
        except ValueError:
            return False
        return not keys or any(key.verifies(signature, self.text) for key in keys)


def path_of(directory: Path, segment: str, ending: str = ENDING) -> Path:
    """Return where the tombstone (or the leaves) of *segment* lies."""
    return directory / (segment.removesuffix(".jsonl") + ending)


def bury(path: Path, leaves: Sequence[tuple[int, bytes]], reason: str, at: str, by: Signer) -> None:
    """Replace the segment at *path* by its tombstone. Raises `OSError`."""
    packed = b"".join(_LEAF.pack(*leaf) for leaf in leaves)
    digest = sha256(packed).hexdigest()
    bare = Tombstone(path.name, len(leaves), leaves[-1][1].hex(), digest, reason, at, "")
    stone = bare._replace(signature=b64encode(by.sign(bare.text)).decode())
    durable.write_atomically(path_of(path.parent, path.name, LEAVES_ENDING), packed)
    line = json.dumps(stone._asdict()).encode() + b"\n"
    durable.write_atomically(path_of(path.parent, path.name), line)
    path.unlink()
    durable.make_directory_durable(path.parent)


def tombstones_in(directory: Path) -> Iterator[Tombstone]:
    """Yield the tombstones in *directory*, by name. Raises `IntegrityFailure`."""
    for path in sorted(directory.glob(f"audit-*{ENDING}")):
        try:
            found = json.loads(path.read_bytes())
            stone = Tombstone(**found)
            chain.day_in(stone.segment)
        except (ValueError, TypeError) as error:
            raise IntegrityFailure(f"{path}: the tombstone is damaged") from error
        if path_of(directory, stone.segment) != path:
            raise IntegrityFailure(f"{path}: the tombstone is that of {stone.segment}")
        yield stone


def leaves_of(directory: Path, stone: Tombstone) -> list[tuple[int, bytes]] | None:
    """Return number and hash of each record under *stone*; None when they are not those."""
    try:
        packed = path_of(directory, stone.segment, LEAVES_ENDING).read_bytes()
    except FileNotFoundError:
        return None
    if sha256(packed).hexdigest() != stone.leaves_sha256 or len(packed) % _LEAF.size:
        return None
    leaves = [(int(seq), bytes(leaf)) for seq, leaf in _LEAF.iter_unpack(packed)]
    return leaves if leaves and leaves[-1][1].hex() == stone.root else None
