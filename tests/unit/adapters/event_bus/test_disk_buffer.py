"""Events wait on a disk: in order, once, as long as they may, and never more than there is room."""

from collections.abc import Callable

import pytest

from adapters.event_bus.disk_buffer import DiskBuffer
from application.errors import StoreUnavailable
from application.events.envelope import Envelope
from application.ports.event_bus import MishapKind
from domain.shared.errors import InvariantBroken
from tests.builders import BTC, ETH
from tests.events import Witness, a_command, a_fact, a_tick, an_alert
from tests.fakes.segment_disk import Loss, SegmentDisk

pytestmark = pytest.mark.unit

ALL = 1_000


def a_buffer(disk: SegmentDisk, witness: Witness, **limits: int) -> DiskBuffer:
    """Return a buffer of small segments."""
    return DiskBuffer(disk, witness.alarm, witness.clock, **({"segment_bytes_max": 1_200} | limits))


def filled(disk: SegmentDisk, events: list[Envelope]) -> DiskBuffer:
    """Return a buffer that holds *events*."""
    buffer = a_buffer(disk, Witness())
    for event in events:
        buffer.append(event)
    buffer.flush()
    return buffer


def segments(disk: SegmentDisk) -> list[str]:
    """Return the names of the segments on *disk*."""
    return [name for name in disk.names() if name.endswith(".segment")]


def test_events_leave_in_the_order_in_which_they_came_over_many_segments() -> None:
    disk, witness = SegmentDisk(), Witness()
    events = [a_fact(n, key) for n, key in enumerate((BTC, ETH) * 20)]
    filled(disk, events)
    assert len(segments(disk)) > 10
    buffer = a_buffer(disk, witness)
    assert buffer.pending == 40
    assert buffer.drain(witness.take, 7) == 7
    assert buffer.drain(witness.take, ALL) == 33
    assert witness.events == events
    assert segments(disk) == []


def test_what_left_does_not_come_again_after_a_restart() -> None:
    disk, witness = SegmentDisk(), Witness()
    events = [a_fact(n) for n in range(9)]
    filled(disk, events).drain(Witness().take, 5)
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert witness.events == events[5:]


def test_an_id_is_taken_once_while_it_waits_after_it_left_and_over_restarts() -> None:
    disk, witness = SegmentDisk(), Witness()
    events = [a_fact(n) for n in range(4)]
    filled(disk, events[:2]).drain(Witness().take, 2)
    filled(disk, events[2:])
    buffer = a_buffer(disk, witness)
    for event in events:
        buffer.append(event)
    buffer.drain(witness.take, ALL)
    assert witness.events == events[2:]


def test_events_taken_while_draining_leave_after_those_that_waited() -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = filled(disk, [a_fact(0), a_fact(1), a_fact(2)])
    buffer.drain(witness.take, 1)
    buffer.append(an_alert(3))
    buffer.drain(witness.take, ALL)
    assert [e.causation_id for e in witness.events] == ["test-0", "test-1", "test-2", "test-3"]


def test_what_cannot_be_sent_stays() -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = filled(disk, [a_fact(0), a_fact(1)])

    def refuse(_: object) -> None:
        raise ConnectionError("still out of reach")

    with pytest.raises(ConnectionError):
        buffer.drain(refuse, ALL)
    assert buffer.pending == 2
    buffer.drain(witness.take, ALL)
    assert len(witness.events) == 2


def test_an_expired_command_never_leaves_and_is_told_of_once() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_command(0), a_fact(1)])
    witness.now_ms += 60_001
    buffer = a_buffer(disk, witness)
    buffer.drain(witness.take, ALL)
    assert witness.events == [a_fact(1)]
    assert witness.kinds == [MishapKind.EXPIRED]
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert witness.kinds == [MishapKind.EXPIRED]


def test_a_command_within_its_time_leaves() -> None:
    disk, witness = SegmentDisk(), Witness()
    filled(disk, [a_command(0)])
    witness.now_ms += 60_000
    a_buffer(disk, witness).drain(witness.take, ALL)
    assert witness.events == [a_command(0)]


@pytest.mark.parametrize("event", [an_alert(0), a_command(0)], ids=["safety", "command"])
def test_safety_and_commands_are_durable_at_once(event: Envelope) -> None:
    disk, witness = SegmentDisk(), Witness()
    a_buffer(disk, witness).append(event)
    a_buffer(disk.after(Loss.EVERYTHING), witness).drain(witness.take, ALL)
    assert witness.events == [event]


def test_facts_share_what_it_costs_to_be_durable() -> None:
    disk = SegmentDisk()
    buffer = DiskBuffer(disk, Witness().alarm, Witness().clock)
    for number in range(1_000):
        buffer.append(a_fact(number))
    assert disk.done.count("sync") == 3


def test_the_cursor_is_durable_before_a_segment_goes() -> None:
    disk = SegmentDisk()
    buffer = filled(disk, [a_fact(n) for n in range(8)])
    disk.done.clear()
    buffer.drain(Witness().take, ALL)
    assert disk.done[:4] == ["append", "sync", "rename", "sync_names"]
    assert set(disk.done[4:]) == {"remove"}


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


def test_telemetry_is_shed_first_then_facts_are_refused_and_safety_has_all_the_room() -> None:
    disk, witness = SegmentDisk(), Witness()
    buffer = a_buffer(disk, witness, bytes_max=10_000)
    for number in range(100):
        buffer.append(a_tick(number))
    ticks = buffer.pending
    assert 10 < ticks < 20
    assert witness.kinds == [MishapKind.SHED]
    facts = accepted(buffer, a_fact, first=100)
    alerts = accepted(buffer, an_alert, first=200)
    assert facts > 5
    assert alerts >= 1
    assert buffer.pending == ticks + facts + alerts


def accepted(buffer: DiskBuffer, make: Callable[[int], Envelope], first: int) -> int:
    """Return how many events of one kind are taken before one is refused."""
    for number in range(100):
        try:
            buffer.append(make(first + number))
        except StoreUnavailable:
            return number
    raise AssertionError("a buffer without a bound")


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


def test_an_event_that_is_not_as_registered_is_not_kept() -> None:
    buffer = a_buffer(SegmentDisk(), Witness())
    with pytest.raises(InvariantBroken):
        buffer.append(a_fact(0)._replace(schema_version=2))
    assert buffer.pending == 0
