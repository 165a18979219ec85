"""Whose word counts for a model: one key that signs, the keys that are trusted, those revoked.

    signer.key, signer.key.pub   made when first needed
    trusted/*.pub                others whose models may be loaded
    revoked                      ids of keys that count no more, a line each
    serial                       the last change of who votes: an older one is a replay

Whoever can write here decides what is trusted: keep the folder apart from the models in earnest.
"""

import hashlib
from pathlib import Path
from typing import Final

from adapters.signing import Signer, Verifier
from application.errors import IntegrityFailure

_KEY: Final = "signer.key"
_TEXT_MAX: Final = 100_000


def id_of(verifier: Verifier) -> str:
    """Return the name of a public key: the beginning of its sha-256."""
    return hashlib.sha256(verifier.pem.encode()).hexdigest()[:16]


class ModelKeys:
    """The keys in one folder."""

    def __init__(self, folder: Path) -> None:
        """Use those of *folder*, which is made when first signed with."""
        self._folder = folder

    def signer(self) -> tuple[str, Signer]:
        """Return the key to sign with, and its id. Raises `BadInput` when others may read it."""
        signer = Signer.at(self._folder / _KEY)
        return id_of(signer.verifier), signer

    def require(self, what: str, signer: str, signature: str, message: bytes) -> None:
        """Raise `IntegrityFailure` unless *signature* of *message* is by a trusted *signer*."""
        if signer in self.revoked():
            raise IntegrityFailure(f"{what}: its signer {signer} is revoked; train it anew")
        verifier = self._trusted().get(signer)
        if verifier is None:
            raise IntegrityFailure(
                f"{what}: signed by {signer or 'nobody'}, who is not trusted; train it anew, or "
                f"put the public key into {self._folder / 'trusted'}"
            )
        try:
            raw = bytes.fromhex(signature)
        except ValueError:
            raw = b""
        if not verifier.verifies(raw, message):
            raise IntegrityFailure(f"{what}: is not what was signed; remove it and train anew")

    def revoked(self) -> frozenset[str]:
        """Return the ids of keys that count no more."""
        path = self._folder / "revoked"
        if not path.exists():
            return frozenset()
        with path.open(encoding="ascii") as file:
            return frozenset(file.read(_TEXT_MAX).split())

    def serial(self) -> int:
        """Return the number of the last change of who votes, 0 before the first."""
        path = self._folder / "serial"
        return int(path.read_text("ascii")) if path.exists() else 0

    def note_serial(self, serial: int) -> None:
        """Remember that change *serial* was made."""
        path = self._folder / "serial"
        fresh = path.with_name("serial.new")
        fresh.write_text(str(serial), "ascii")
        fresh.replace(path)

    def _trusted(self) -> dict[str, Verifier]:
        own = self._folder / f"{_KEY}.pub"
        paths = [*([own] if own.exists() else []), *sorted(self._folder.glob("trusted/*.pub"))]
        return {id_of(one): one for one in map(Verifier.at, paths)}
