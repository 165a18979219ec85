"""Ed25519 signatures: who vouches for what is written down. RFC 8032.

A private key lives in a file of mode 0600 that nobody but its owner reads; its public half can be
given to anyone, and lies beside it with the ending `.pub`. Both are PEM.
"""

import os
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from application.errors import BadInput

_OTHERS: Final = 0o077
_KEY_BYTES_MAX: Final = 10_000


class Signer:
    """Signs with a private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Take *key*, which is kept to itself."""
        self._key = key
        self.verifier: Final = Verifier(key.public_key())

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the signer whose key lies at *path*; one is made there when there is none.

        Raises `BadInput` when the file is no such key, or when others may read it.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_new(path, Ed25519PrivateKey.generate())
        if path.stat().st_mode & _OTHERS:
            raise BadInput(
                f"{path}: others may read this key; chmod 600 it, and think of a new one"
            )
        try:
            key = load_pem_private_key(_bounded(path), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadInput(
                f"{path}: not a private key in PEM; move it away to have one made"
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadInput(f"{path}: not an Ed25519 key; move it away to have one made")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*, 64 bytes."""
        return self._key.sign(message)


class Verifier:
    """Tells whether a signature is of the one whose public key it knows."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        """Take the public *key*."""
        self._key = key

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the verifier for the public key at *path*; raises `BadInput` when it is none."""
        try:
            key = load_pem_public_key(_bounded(path))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadInput(f"{path}: not a public key in PEM") from None
        if not isinstance(key, Ed25519PublicKey):
            raise BadInput(f"{path}: not an Ed25519 key")
        return cls(key)

    @property
    def raw(self) -> bytes:
        """The public key itself, 32 bytes."""
        return self._key.public_bytes_raw()

    @property
    def pem(self) -> str:
        """Return the public key as text."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether *signature* is of this key and of *message*."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _write_new(path: Path, key: Ed25519PrivateKey) -> None:
    """Write *key* where nobody else ever could read it, not even for a moment."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
        file.flush()
        os.fsync(file.fileno())
    path.with_name(path.name + ".pub").write_text(Verifier(key.public_key()).pem, encoding="ascii")


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_KEY_BYTES_MAX)
