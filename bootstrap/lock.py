"""One process a run: a lock that is held, not a file that exists.

The system lets go of it when the process ends, however it ends, so a stale lock cannot be.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.errors import BadInput

LOCK = "lock"


@contextmanager
def held(run_dir: Path) -> Iterator[None]:
    """Hold the lock of *run_dir*. Raises `BadInput` while another process holds it."""
    with (run_dir / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise BadInput(
                f"{run_dir}: another process (pid {holder}) is at this run; wait for it or stop it"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
