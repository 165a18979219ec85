"""The few durable writes that the trail needs.

A full disk (an error of `FULL`) leaves everything as it was, so it may be tried again. After any
other error nobody knows what is on the disk.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

# Not every system can leave the times of a file alone when it makes its bytes durable.
_sync = getattr(os, "fdatasync", os.fsync)
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_atomically(path: Path, data: bytes) -> None:
    """Make *path* hold *data*, durably and all or nothing."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    make_directory_durable(path.parent)


def append_durably(path: Path, data: bytes) -> None:
    """Add *data* to the end of *path*, durably."""
    is_new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        write_all(handle, data)
        make_durable(handle)
    finally:
        os.close(handle)
    if is_new:
        make_directory_durable(path.parent)


def cut_off(path: Path, at: int) -> int:
    """Cut *path* off at byte *at*, keeping the rest in a file beside it; return how many bytes."""
    kept = path.with_name(f"{path.name}.{at}.torn")
    with path.open("r+b") as file:
        file.seek(at)
        rest = file.read()
        write_atomically(kept, rest)
        file.truncate(at)
        file.flush()
        os.fsync(file.fileno())
    return len(rest)


def write_all(file: int, data: bytes) -> None:
    """Write all of *data*, or none of it when the disk is full.

    A short write is not an error of the system, but a lost one would be.
    """
    rest, before = memoryview(data), os.fstat(file).st_size
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError as error:
        if error.errno in FULL:
            os.ftruncate(file, before)
        raise


def make_durable(file: int) -> None:
    """Return once what was written to *file* is on the disk."""
    _synced(_sync, file)


def make_directory_durable(directory: Path) -> None:
    """Return once the names in *directory* are on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        _synced(os.fsync, handle)
    finally:
        os.close(handle)


def _synced(sync: Callable[[int], None], file: int) -> None:
    """Sync *file*. That the disk is full is known too late here: it is an error like any other."""
    try:
        sync(file)
    except OSError as error:
        if error.errno in FULL:
            raise OSError(errno.EIO, f"not synced: {error.strerror}") from error
        raise
