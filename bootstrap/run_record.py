"""The journal in a run's directory, whichever kind of run it is, to be read and left alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.segment_reader import SegmentRecord
from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from application.ports.journal import Entry

DATABASE: Final = "journal.db"
SEGMENTS: Final = "journal"


@contextmanager
def recorded(run_dir: Path) -> Iterator[Iterator[Entry]]:
    """Lend the entries of the run in *run_dir*, in order.

    Raises `BadInput` when no run was kept there, `IntegrityFailure` when the record cannot be
    read. The run may be going on: what is durable at the moment is read.
    """
    if not run_dir.is_dir():
        raise BadInput(f"{run_dir}: there is no such directory; give the directory of a run")
    codec = MsgpackCodec()
    try:
        if (run_dir / SEGMENTS).is_dir():
            yield SegmentRecord(run_dir / SEGMENTS, codec).entries()
        elif (run_dir / DATABASE).is_file():
            with SqliteJournal(run_dir / DATABASE, codec, read_only=True) as journal:
                yield journal.entries()
        else:
            raise BadInput(f"{run_dir}: no run was kept here: it has no journal")
    except StoreUnavailable as error:
        raise IntegrityFailure(str(error)) from error
