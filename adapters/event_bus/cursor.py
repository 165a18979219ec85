"""The cursor: how far the buffer was drained, and the ids that were drained last.

One frame in one file, replaced as a whole: written beside, made durable, renamed, made durable.
"""

import json
from functools import partial
from typing import Final, NamedTuple

from adapters.event_bus.disk import Disk
from adapters.event_bus.frames import Frame, frame_bytes, frames

_NAME: Final = "cursor"
_BESIDE: Final = "cursor.new"
IDS_KEPT: Final = 512


class Cursor(NamedTuple):
    """Frames up to `sequence` are done with; `ids` are those of the last, oldest first."""

    sequence: int
    ids: tuple[str, ...]


def read_cursor(disk: Disk) -> Cursor | None:
    """Return the cursor; None when it cannot be read. Raises `OSError`."""
    if _NAME not in disk.names():
        return Cursor(0, ())
    found = next(frames(partial(disk.read, _NAME)), None)
    if not isinstance(found, Frame):
        return None
    return Cursor(found.sequence, tuple(json.loads(found.data)))


def write_cursor(disk: Disk, cursor: Cursor) -> None:
    """Make *cursor* the one that is read, durably. Raises `OSError`."""
    ids = json.dumps(cursor.ids[-IDS_KEPT:], separators=(",", ":")).encode()
    if _BESIDE in disk.names():
        disk.remove(_BESIDE)
    disk.append(_BESIDE, frame_bytes(cursor.sequence, _NAME, ids))
    disk.sync(_BESIDE)
    disk.rename(_BESIDE, _NAME)
    disk.sync_names()
