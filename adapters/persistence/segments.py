"""How rows of the journal lie in files: frames, and the segments they follow each other in.

A frame is a mark, the length of what was heard, a CRC-32 of all that follows it, the sequence, the
last sequence that was durable when it was framed, the digest, and what was heard.

Rule 1: a segment is a file named by its first sequence. It ends with the sequence before the first
of the next one: what follows there is what a failed write left, and is nothing.
Rule 2: in the last segment what is not whole is what a crash left of the last write, unless a
frame after it tells that it had been durable, or that the head had: then the file is damaged.
"""

import re
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from application.errors import IntegrityFailure, StoreUnavailable

MAGIC: Final = b"QTJOURN1"
_FAMILY: Final = MAGIC[:-1]
_MARK: Final = b"\xf5QTR"
_HEAD: Final = Struct(">4sII")
_BODY: Final = Struct(">QQ32s")
_FIXED: Final = _HEAD.size + _BODY.size
_NAME: Final = re.compile(r"journal-(\d{16})\.seg")


class Frame(NamedTuple):
    """One row as read. The next one begins at byte `end`; `sealed` was durable before it."""

    sequence: int
    sealed: int
    digest: bytes
    heard: bytes
    end: int


class Content(NamedTuple):
    """The last whole row of a segment, and the byte at which it ends."""

    last: int
    end: int


def framed(sequence: int, sealed: int, digest: bytes, heard: bytes) -> bytes:
    """Return the frame of a row, written when *sealed* was the last that was durable."""
    body = _BODY.pack(sequence, sealed, digest) + heard
    return _HEAD.pack(_MARK, len(heard), crc32(body, len(heard))) + body


def frame_at(data: bytes, offset: int) -> Frame | None:
    """Return the frame at *offset* of *data*, None when there is no whole one."""
    start = offset + _HEAD.size
    if offset + _FIXED > len(data):
        return None
    mark, length, checksum = _HEAD.unpack_from(data, offset)
    end = offset + _FIXED + length
    if mark != _MARK or end > len(data) or crc32(data[start:end], length) != checksum:
        return None
    sequence, sealed, digest = _BODY.unpack_from(data, start)
    return Frame(sequence, sealed, digest, data[start + _BODY.size : end], end)


def frames(data: bytes, offset: int, first: int) -> Iterator[Frame]:
    """Yield the frames from *offset* on while they are whole and count up from *first*."""
    frame = frame_at(data, offset)
    while frame is not None and frame.sequence == first:
        yield frame
        first += 1
        frame = frame_at(data, frame.end)


def frames_from_start(data: bytes) -> Iterator[Frame]:
    """Yield the frames of a file without a head, whatever sequence they begin with."""
    first = frame_at(data, 0)
    return iter(()) if first is None else frames(data, 0, first.sequence)


def name_of(first: int) -> str:
    """Return the name of the segment that begins with the sequence *first*."""
    return f"journal-{first:016d}.seg"


def first_of(name: str) -> int | None:
    """Return the first sequence of the segment *name*, None when it is no segment."""
    found = _NAME.fullmatch(name)
    return None if found is None else int(found.group(1))


def content_of(data: bytes, first: int, place: str) -> Content:
    """Return what the last segment, of sequences from *first*, holds. Its end is 0 without a head.

    Raises `IntegrityFailure` when rows that were durable are damaged, and `StoreUnavailable` when
    it is of another version. *place* is its name in messages.
    """
    last, end = first - 1, 0
    if data.startswith(MAGIC):
        end = len(MAGIC)
        for frame in frames(data, end, first):
            last, end = frame.sequence, frame.end
    elif data.startswith(_FAMILY) and len(data) >= len(MAGIC):
        raise StoreUnavailable(f"{place}: a journal of another version: use the release of its own")
    found = data.find(_MARK, end)
    while found >= 0:
        later = frame_at(data, found)
        if later is not None and (later.sealed > last or not end):
            raise damaged(place, end, last + 1)
        found = data.find(_MARK, found + 1)
    return Content(last, end)


def bounded(data: bytes, first: int, until: int, place: str) -> Iterator[Frame]:
    """Yield the frames of a segment with the sequences from *first* up to *until*.

    Raises `IntegrityFailure` when one of them is not whole.
    """
    end, last = 0, first - 1
    if data.startswith(MAGIC):
        end = len(MAGIC)
        for frame in frames(data, end, first):
            if frame.sequence > until:
                return
            yield frame
            end, last = frame.end, frame.sequence
    if last < until:
        raise damaged(place, end, last + 1)


def damaged(place: str, offset: int, sequence: int) -> IntegrityFailure:
    """Return the error of a journal whose row *sequence*, at *offset* of *place*, is not whole."""
    return IntegrityFailure(f"{place}: damaged at byte {offset}: entry {sequence} cannot be read")
