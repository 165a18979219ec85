"""Authority over an account: one process at a time, and a number that tells it from those before.

Rule 1: who acts for an account holds its lock. The system lets go of it when the process ends,
however it ends, so a stale lock cannot be.
Rule 2: each holder has a fencing epoch, one above that of the holder before, and durable before
anything is done under it: a crash at any moment may skip a number, never give one twice.
Rule 3: an epoch that cannot be read is not guessed: a person restores it.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from adapters.persistence.disk import Disk, OsDisk
from application.errors import BadInput, IntegrityFailure, StoreUnavailable

_UNSAFE: Final = re.compile(r"[^a-z0-9]+")
_SHOWN_MAX: Final = 40
_EPOCH: Final = re.compile(rb"epoch (\d+)\nsha256 ([0-9a-f]{64})\n")


@contextmanager
def held_account(directory: Path, account: str, disk: Disk | None = None) -> Iterator[int]:
    """Hold *account*, whose lock and epoch are kept in *directory*, and lend the fencing epoch.

    *directory* is one for all processes of the machine. Raises `BadInput` while another process
    holds the account, `StoreUnavailable` when the epoch cannot be made durable, and
    `IntegrityFailure` when it cannot be read.
    """
    disk = disk or OsDisk()
    name = safe_name(account)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{directory}: no lock of the account: {error}") from error
    try:
        _lock(handle, account)
        yield raised_epoch(disk, directory / f"{name}.epoch")
    finally:
        os.close(handle)


def safe_name(account: str) -> str:
    """Return a name for files of *account*: readable, and of no other account."""
    shown = _UNSAFE.sub("-", account.lower()).strip("-")[:_SHOWN_MAX]
    return f"{shown or 'account'}-{sha256(account.encode()).hexdigest()[:12]}"


def raised_epoch(disk: Disk, path: Path) -> int:
    """Raise the epoch kept in *path* by one, durably, and return it; the first is 1.

    Raises `StoreUnavailable` and `IntegrityFailure`.
    """
    try:
        epoch = _epoch_in(disk, path) + 1
        temporary = path.with_name(f"{path.name}.tmp")
        if temporary.name in disk.names(path.parent):
            disk.remove(temporary)  # left by a crash or an error: not to be written over
        text = f"epoch {epoch}\n"
        disk.write(temporary, f"{text}sha256 {sha256(text.encode()).hexdigest()}\n".encode())
        disk.sync(temporary)
        disk.rename(temporary, path)
        disk.sync_directory(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path}: the fencing epoch cannot be kept: {error}") from error
    return epoch


def _epoch_in(disk: Disk, path: Path) -> int:
    if path.name not in disk.names(path.parent):
        return 0
    found = _EPOCH.fullmatch(disk.read(path))
    if found is not None:
        text = b"epoch %s\n" % found.group(1)
        if sha256(text).hexdigest().encode() == found.group(2):
            return int(found.group(1))
    raise IntegrityFailure(
        f"{path}: the fencing epoch is damaged: make sure that nobody else acts for the account, "
        "then restore the file from a backup"
    )


def _lock(handle: int, account: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise BadInput(
            f"account {account}: another process (pid {holder}) acts for it; wait for it or stop it"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
