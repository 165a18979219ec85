"""Tokens of the interface: 256 bits each, kept as a hash, with a role. The file is the authority.

It is read again whenever it changed, so that a token that is revoked is refused at once.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from application.errors import BadInput, IntegrityFailure

_BYTES: Final = 32
_TOKENS_MAX: Final = 256
_FILE_BYTES_MAX: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_PREFIX: Final = "qt_"


class Role(StrEnum):
    """What a token may do. `TRIP` may halt, and nothing else."""

    READ = "read"
    OPERATE = "operate"
    TRIP = "trip-only"


class Known(NamedTuple):
    """A token, as it is kept: the hash of it, never itself."""

    name: str
    role: Role
    sha256: str
    created_ms: int


def made() -> str:
    """Return a new token: 256 bits from the system, as text."""
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """Return what is kept of *token*. It is no password: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Tokens:
    """The tokens in one file, mode 600, and those of this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep them in *path*; there need not be a file yet."""
        self._path = path
        self._own: list[Known] = []
        self._read: tuple[Known, ...] = ()
        self._seen: tuple[int, int, int] | None = None

    def lend(self, name: str, role: Role) -> str:
        """Return a new token that is good for as long as this process runs."""
        token = made()
        self._own.append(Known(name, role, hash_of(token), 0))
        return token

    def find(self, token: str) -> Known | None:
        """Return whose *token* is. The time it takes does not tell how much of it was right."""
        digest, found = hash_of(token), None
        for known in (*self._own, *self.kept()):
            if hmac.compare_digest(known.sha256, digest):
                found = known
        return found

    def kept(self) -> tuple[Known, ...]:
        """Return those in the file. One that cannot be trusted has none."""
        try:
            return self._kept()
        except (BadInput, IntegrityFailure):
            return ()

    def listed(self) -> tuple[Known, ...]:
        """Return those in the file. Raises `BadInput`, `IntegrityFailure`."""
        return self._kept()

    def _kept(self) -> tuple[Known, ...]:
        if self._path is None:
            return ()
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._read = None, ()
            return ()
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._read = read(self._path)
            self._seen = seen
        return self._read

    def create(self, name: str, role: Role, now_ms: int) -> str:
        """Keep a new token and return it: it is shown once. Raises `BadInput`."""
        if not _NAME.fullmatch(name):
            raise BadInput("name: 1 to 32 letters, digits, dots, dashes; it is shown in the audit")
        known = self._kept()
        if any(one.name == name for one in known):
            raise BadInput(
                f"name: there is a token {name} already; revoke it, or take another name"
            )
        if len(known) >= _TOKENS_MAX:
            raise BadInput(f"there are {_TOKENS_MAX} tokens; revoke those that nobody uses")
        token = made()
        self._write((*known, Known(name, role, hash_of(token), now_ms)))
        return token

    def revoke(self, name: str) -> None:
        """Forget a token. Raises `BadInput` when there is none of that name."""
        known = self._kept()
        left = tuple(one for one in known if one.name != name)
        if len(left) == len(known):
            raise BadInput(f"name: there is no token {name}; see `quantum-trader token list`")
        self._write(left)

    def _write(self, tokens: tuple[Known, ...]) -> None:
        if self._path is None:
            raise BadInput("tokens: there is no file to keep them in")
        write_private(self._path, json.dumps([one._asdict() for one in tokens], indent=1) + "\n")


def read(path: Path) -> tuple[Known, ...]:
    """Return the tokens in *path*. Raises `BadInput`, `IntegrityFailure`."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        body = file.read(_FILE_BYTES_MAX)
    if mode & 0o077:
        raise BadInput(f"{path}: others can use it (mode {mode:o}); chmod 600 it")
    try:
        return tuple(
            Known(str(one["name"]), Role(one["role"]), str(one["sha256"]), int(one["created_ms"]))
            for one in json.loads(body)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityFailure(f"{path}: not a file of tokens: {error}") from None


def write_private(path: Path, text: str) -> None:
    """Let *path* hold *text*, whole or not at all, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(handle, 0o600)
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    aside.replace(path)
