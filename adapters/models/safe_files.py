"""Files of the registry: written whole or not at all, read only where they are plain files."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.errors import IntegrityFailure, StoreUnavailable


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path* by rename, durable when it returns. Raises `OSError`."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_plain(path: Path, bytes_max: int) -> bytes:
    """Return the content of *path*, which is one plain file and no link to another.

    Raises `IntegrityFailure` for what is gone, a link, special or too long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise IntegrityFailure(f"{path}: is gone; remove its manifest, train anew") from None
    except OSError as error:
        if path.is_symlink():
            raise IntegrityFailure(f"{path}: is a link, which is never followed") from None
        raise StoreUnavailable(f"{path}: cannot be read ({error})") from error
    known = os.fstat(descriptor)
    if not stat.S_ISREG(known.st_mode) or known.st_size > bytes_max:
        os.close(descriptor)
        raise IntegrityFailure(
            f"{path}: is no plain file of at most {bytes_max:,} bytes; refused unread"
        )
    with os.fdopen(descriptor, "rb") as file:
        return file.read(bytes_max)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold *folder* against other processes that would change it. Raises `OSError`."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
