"""A buffer on a disk that loses power, and what tests ask of it."""

from collections.abc import Sequence

from adapters.event_bus.disk_buffer import DiskBuffer
from application.events.envelope import Envelope
from tests.events import Witness
from tests.fakes.segment_disk import SegmentDisk

ALL = 1_000


def a_buffer(disk: SegmentDisk, witness: Witness, **limits: int) -> DiskBuffer:
    """Return a buffer of small segments."""
    return DiskBuffer(disk, witness.alarm, witness.clock, **({"segment_bytes_max": 1_200} | limits))


def filled(disk: SegmentDisk, events: Sequence[Envelope]) -> DiskBuffer:
    """Return a buffer that holds *events*."""
    buffer = a_buffer(disk, Witness())
    for event in events:
        buffer.append(event)
    buffer.flush()
    return buffer


def segments(disk: SegmentDisk) -> list[str]:
    """Return the names of the segments on *disk*."""
    return [name for name in disk.names() if name.endswith(".segment")]
