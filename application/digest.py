"""The decision digest: one running hash of everything the desk said and asked.

Rule 1: before anything was decided it is 32 zero bytes.
Rule 2: a decision that says or asks something makes it blake2b(digest before + its messages, said
before asked, in the canonical form of the codec), 32 bytes long.
Rule 3: a decision that says and asks nothing leaves it as it is.

Two runs with the same digest have decided the same, bit for bit.
"""

from hashlib import blake2b
from typing import Final

from application.ports.codec import Codec
from domain.decision.facts import Said
from domain.decision.messages import Command

DIGEST_BYTES: Final = 32
NOTHING_DECIDED: Final = bytes(DIGEST_BYTES)


def digest_after(
    digest: bytes, said: tuple[Said, ...], asked: tuple[Command, ...], codec: Codec
) -> bytes:
    """Return the digest after a decision, from the *digest* before it."""
    if not said and not asked:
        return digest
    return blake2b(digest + codec.encode_all(said + asked), digest_size=DIGEST_BYTES).digest()
