"""Files that are there whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from application.errors import StoreUnavailable


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a path beside *path*; what is written to it becomes *path* when the block ends well.

    Folders that are missing are made. Whatever stood at *path* stays when the block fails. Raises
    `StoreUnavailable` when the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreUnavailable(f"{path}: cannot be written ({reason})") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
