"""Checkpoints: what a trail held at a moment, signed, in the text form of C2SP tlog-checkpoint.

    quantum-trader/run-7          the origin
    1207                          how many records
    qYfL...=                      the root of their tree, base64
    time 2024-05-01T00:05:00.000Z
    epoch 3

    - quantum-trader/run-7 AbCd...=

The dash is an em dash; after the origin follow 4 bytes that name the key, and 64 of Ed25519 over
the text before the empty line. Notes follow one another in a file.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from adapters.audit import chain
from adapters.signing import Signer, Verifier

_ALGORITHM: Final = b"\x01"  # Ed25519, in the list of C2SP signed-note
_KEY_ID_BYTES: Final = 4
_NOTE: Final = re.compile(
    rb"(?P<text>(?P<origin>[!-~]{1,200})\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    rb"time (?P<time>[0-9T:.Z-]{24})\nepoch (?P<epoch>[1-9][0-9]{0,17})\n)"
    rb"\n\xe2\x80\x94 (?P=origin) (?P<signature>[A-Za-z0-9+/]{91}=)\n"
)


class Checkpoint(NamedTuple):
    """That the trail *origin* held `size` records with this root, at a time and in an epoch.

    An epoch is the time from one opening of the trail to the next; they count from 1.
    """

    origin: str
    size: int
    root: bytes
    at_ms: int
    epoch: int

    @property
    def text(self) -> bytes:
        """What is signed."""
        root = b64encode(self.root).decode()
        lines = (self.origin, self.size, root, f"time {chain.iso(self.at_ms)}")
        return "".join(f"{line}\n" for line in (*lines, f"epoch {self.epoch}")).encode("ascii")


class Note(NamedTuple):
    """A checkpoint as it was read, with its signature; `offset` is where it begins in its file."""

    checkpoint: Checkpoint
    text: bytes
    signature: bytes
    offset: int

    def is_of(self, verifier: Verifier) -> bool:
        """Tell whether the one with this key signed it."""
        key_id, signature = self.signature[:_KEY_ID_BYTES], self.signature[_KEY_ID_BYTES:]
        named = key_id == key_id_of(self.checkpoint.origin, verifier)
        return named and verifier.verifies(signature, self.text)


def key_id_of(origin: str, verifier: Verifier) -> bytes:
    """Return the 4 bytes that name a key in a note."""
    return sha256(origin.encode() + b"\n" + _ALGORITHM + verifier.raw).digest()[:_KEY_ID_BYTES]


def signed(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return *checkpoint* as a note."""
    text = checkpoint.text
    signature = key_id_of(checkpoint.origin, signer.verifier) + signer.sign(text)
    return b"%s\n\xe2\x80\x94 %s %s\n" % (text, checkpoint.origin.encode(), b64encode(signature))


def notes_in(data: bytes) -> Iterator[Note | int]:
    """Yield the notes in *data*; where something else stands, its offset, and then no more."""
    at = 0
    while at < len(data):
        found = _NOTE.match(data, at)
        if found is None:
            yield at
            return
        checkpoint = Checkpoint(
            found["origin"].decode(),
            int(found["size"]),
            b64decode(found["root"]),
            chain.ms_of(found["time"].decode()),
            int(found["epoch"]),
        )
        yield Note(checkpoint, found["text"], b64decode(found["signature"]), at)
        at = found.end()
