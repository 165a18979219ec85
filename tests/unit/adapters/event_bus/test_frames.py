"""Frames: what is read is what was written, and nothing else is taken for it."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.event_bus.frames import Damage, Frame, frame_bytes, frames
from adapters.event_bus.wire import BYTES_MAX

pytestmark = pytest.mark.unit


def reader(data: bytes) -> Callable[[int, int], bytes]:
    """Return what reads *data* as a file."""
    return lambda offset, count: data[offset : offset + count]


def several(count: int, size: int = 10) -> list[bytes]:
    """Return frames numbered from 1."""
    return [frame_bytes(n, f"id-{n}", bytes([n % 256]) * size) for n in range(1, count + 1)]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_frames_come_back_as_they_were_written(contents: list[bytes]) -> None:
    data = b"".join(frame_bytes(n, f"id-{n}", each) for n, each in enumerate(contents))
    found = [frame for frame in frames(reader(data)) if isinstance(frame, Frame)]
    assert [(f.sequence, f.event_id, f.data) for f in found] == [
        (n, f"id-{n}", each) for n, each in enumerate(contents)
    ]


def test_reading_may_begin_at_any_frame() -> None:
    written = several(5)
    start = len(written[0]) + len(written[1])
    found = list(frames(reader(b"".join(written)), start))
    assert [f.sequence for f in found if isinstance(f, Frame)] == [3, 4, 5]


def test_more_than_one_read_is_joined_without_a_seam() -> None:
    written = several(60, BYTES_MAX)
    found = list(frames(reader(b"".join(written))))
    assert [f.sequence for f in found if isinstance(f, Frame)] == list(range(1, 61))


def test_every_cut_leaves_the_frames_before_it_and_a_torn_tail() -> None:
    written = several(3)
    data = b"".join(written)
    ends = [len(written[0]), len(written[0] + written[1]), len(data)]
    for cut in range(len(data)):
        found = list(frames(reader(data[:cut])))
        whole = [f for f in found if isinstance(f, Frame)]
        assert len(whole) == sum(end <= cut for end in ends)
        start = whole[-1].end if whole else 0
        torn = [] if cut in {0, *ends} else [Damage(start, cut, is_tail=True)]
        assert [d for d in found if isinstance(d, Damage)] == torn


def test_every_byte_turned_over_is_found_and_costs_one_frame() -> None:
    written = several(3)
    for at in range(len(b"".join(written))):
        data = bytearray(b"".join(written))
        data[at] ^= 0xFF
        found = list(frames(reader(bytes(data))))
        assert len([f for f in found if isinstance(f, Frame)]) == 2
        assert len([d for d in found if isinstance(d, Damage)]) == 1


def test_noise_is_no_frame_however_long() -> None:
    noise = Random(5).randbytes(3_000_000)
    assert list(frames(reader(noise))) == [Damage(0, len(noise), is_tail=True)]


def test_after_noise_the_next_frame_is_found() -> None:
    noise = Random(5).randbytes(3_000_000)
    found = list(frames(reader(noise + several(1)[0])))
    assert found[0] == Damage(0, len(noise), is_tail=False)
    assert isinstance(found[1], Frame)
