"""Frames: how an event stands in a segment of the buffer.

    mark(2) length(4) checksum(4) sequence(8) | length of the id(1) id data

Numbers are big-endian; the checksum is CRC-32 of the length, the sequence and all that follows.
A reader that meets anything else looks for the next whole frame: after a stretch of damage it
finds its way again, and a stretch with nothing after it is a torn tail.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from zlib import crc32

from adapters.event_bus.wire import BYTES_MAX

MARK: Final = b"\xe5\x71"
_HEAD: Final = struct.Struct(">2sIIQ")
_SUMMED: Final = struct.Struct(">IQ")
_CHUNK: Final = 1 << 20
FRAME_BYTES_MAX: Final = _HEAD.size + 256 + BYTES_MAX


class Frame(NamedTuple):
    """A whole frame, from byte `start` to byte `end` of its file."""

    sequence: int
    event_id: str
    data: bytes
    start: int
    end: int


class Damage(NamedTuple):
    """Bytes `start` to `end` are no frame; `is_tail` when no frame follows them."""

    start: int
    end: int
    is_tail: bool


def frame_bytes(sequence: int, event_id: str, data: bytes) -> bytes:
    """Return the frame of *data*."""
    named = event_id.encode("ascii")
    body = bytes((len(named),)) + named + data
    checksum = crc32(body, crc32(_SUMMED.pack(len(body), sequence)))
    return _HEAD.pack(MARK, len(body), checksum, sequence) + body


def frames(read: Callable[[int, int], bytes], start: int = 0) -> Iterator[Frame | Damage]:
    """Yield what stands in a file from byte *start* on; *read* takes an offset and a count."""
    base, window, at = start, b"", 0
    bad: int | None = None
    ended = False
    while True:
        if not ended and len(window) - at < FRAME_BYTES_MAX:
            more = read(base + len(window), _CHUNK)
            base, window, at = base + at, window[at:] + more, 0
            ended = not more
            continue
        frame = _frame_at(window, at, base)
        if frame is not None:
            if bad is not None:
                yield Damage(bad, frame.start, is_tail=False)
                bad = None
            yield frame
            at = frame.end - base
        elif at >= len(window):
            break
        else:
            bad = base + at if bad is None else bad
            found = window.find(MARK, at + 1)
            # The last byte may be the first half of a mark.
            at = found if found >= 0 else max(at + 1, len(window) - (0 if ended else 1))
    if bad is not None:
        yield Damage(bad, base + at, is_tail=True)


def _frame_at(window: bytes, at: int, base: int) -> Frame | None:
    """Return the whole and sound frame at *at*, None when there is none."""
    if len(window) - at <= _HEAD.size:
        return None
    mark, length, checksum, sequence = _HEAD.unpack_from(window, at)
    begin = at + _HEAD.size
    end = begin + length
    if mark != MARK or not length or end > len(window) or end - at > FRAME_BYTES_MAX:
        return None
    body = window[begin:end]
    if crc32(body, crc32(_SUMMED.pack(length, sequence))) != checksum:
        return None
    id_end = 1 + body[0]
    return Frame(sequence, body[1:id_end].decode("ascii"), body[id_end:], base + at, base + end)
