"""What damage, a full disk and a failing one do to events that wait: never in silence."""

import pytest

from adapters.event_bus.frames import frame_bytes
from application.errors import StoreUnavailable
from application.ports.event_bus import MishapKind
from tests.events import Witness, a_fact, an_alert
from tests.fakes.segment_disk import Loss, SegmentDisk
from tests.unit.adapters.event_bus.buffers import ALL, a_buffer, filled, segments

pytestmark = pytest.mark.unit


def test_a_damaged_middle_is_put_aside_and_told_of_and_the_rest_leaves() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_fact(n) for n in range(8)])
    damaged = segments(disk)[1]
    disk.spoil(damaged, 40)
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert [e.causation_id for e in witness.events] == [f"test-{n}" for n in (0, 1, 2, 4, 5, 6, 7)]
    assert witness.kinds == [MishapKind.DAMAGED, MishapKind.DAMAGED]
    assert "1 events were lost" in witness.mishaps[1].text
    assert disk.names() == [f"{damaged}.damaged", "cursor"]


def test_damage_at_the_end_of_a_segment_that_is_not_the_last_is_no_torn_tail() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_fact(n) for n in range(8)])
    first = segments(disk)[0]
    disk.spoil(first, disk.size(first) - 1)
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert len(witness.events) == 7
    assert f"{first}.damaged" in disk.names()


def test_a_torn_tail_is_cut_told_of_and_written_over() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_fact(0), a_fact(1)])
    disk.append(segments(disk)[0], b"\xe5\x71 half a frame")
    buffer = a_buffer(disk, witness)
    buffer.append(a_fact(2))
    buffer.flush()
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert len(witness.events) == 3
    assert witness.kinds == [MishapKind.TORN]


def test_a_disk_that_forgot_what_it_called_durable_hides_nothing_that_comes_later() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_fact(0), a_fact(1), a_fact(2)]).drain(Witness().take, 2)
    disk.cut(segments(disk)[0], disk.size(segments(disk)[0]) // 3)
    buffer = a_buffer(disk, witness)
    buffer.append(a_fact(3))
    buffer.drain(witness.take, ALL)
    assert witness.events == [a_fact(3)]


def test_without_a_cursor_that_can_be_read_events_come_again() -> None:
    disk, witness = SegmentDisk(), Witness()
    events = [a_fact(n) for n in range(8)]
    filled(disk, events).drain(Witness().take, 2)
    disk.spoil("cursor", 20)
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert witness.kinds == [MishapKind.DAMAGED]
    assert witness.events == events


def test_a_full_disk_is_an_error_and_no_damage_and_ends_when_there_is_room() -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = a_buffer(disk, witness)
    buffer.append(an_alert(0))
    disk.refuse = lambda what: what == "append"
    with pytest.raises(StoreUnavailable):
        buffer.append(an_alert(1))
    disk.refuse = lambda _: False
    buffer.append(an_alert(1))
    buffer.append(an_alert(2))
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert witness.events == [an_alert(n) for n in range(3)]
    assert not witness.mishaps


@pytest.mark.parametrize("what", ["sync", "sync_names"])
def test_the_first_failure_to_make_durable_ends_the_buffer(what: str) -> None:
    disk = SegmentDisk()
    buffer = a_buffer(disk, Witness())
    disk.refuse = lambda done: done == what
    with pytest.raises(StoreUnavailable):
        buffer.append(an_alert(0))
    disk.refuse = lambda _: False
    for event in (an_alert(0), a_fact(1)):
        with pytest.raises(StoreUnavailable):
            buffer.append(event)


def test_half_a_frame_that_cannot_be_taken_back_ends_the_buffer() -> None:
    disk = SegmentDisk()
    buffer = a_buffer(disk, Witness())
    disk.refuse = lambda what: what in {"append", "cut"}
    with pytest.raises(StoreUnavailable):
        buffer.append(a_fact(0))
    disk.refuse = lambda _: False
    with pytest.raises(StoreUnavailable):
        buffer.append(a_fact(0))


def test_events_that_are_all_gone_are_told_of_and_awaited_no_longer() -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = filled(disk, [a_fact(0)])
    disk.spoil(segments(disk)[0], 5)
    assert buffer.drain(witness.take, ALL) == 0
    assert buffer.pending == 0


def test_what_is_whole_and_yet_no_event_is_a_dead_letter() -> None:
    disk, witness = SegmentDisk(), Witness()
    disk.append(f"{1:020d}.segment", frame_bytes(1, "an-id", b"of another version"))
    buffer = a_buffer(disk, witness)
    buffer.append(a_fact(0))
    buffer.drain(witness.take, ALL)
    assert witness.events == [a_fact(0)]
    assert witness.kinds == [MishapKind.DEAD_LETTER]


@pytest.mark.parametrize("what", ["append", "rename"])
def test_a_cursor_that_cannot_be_written_ends_the_drain_and_events_come_again(what: str) -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = filled(disk, [a_fact(0), a_fact(1)])
    disk.refuse = lambda done: done == what
    with pytest.raises(StoreUnavailable):
        buffer.drain(witness.take, ALL)
    disk.refuse = lambda _: False
    buffer.drain(witness.take, ALL)
    assert witness.events == [a_fact(0), a_fact(1)] * 2


@pytest.mark.parametrize("what", ["sync_names", "cut", "remove"])
def test_a_disk_that_cannot_be_mended_cannot_be_opened(what: str) -> None:
    disk = SegmentDisk()
    filled(disk, [a_fact(n) for n in range(8)])
    disk.append(segments(disk)[-1], b"torn")
    drained = disk.after(Loss.NOTHING)
    filled(drained, []).drain(Witness().take, ALL)
    disk.append("cursor", drained.read("cursor", 0, 10_000))
    disk.refuse = lambda done: done == what
    with pytest.raises(StoreUnavailable):
        a_buffer(disk, Witness())
