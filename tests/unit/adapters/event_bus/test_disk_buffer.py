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
from tests.unit.adapters.event_bus.buffers import ALL, a_buffer, filled, segments

pytestmark = pytest.mark.unit


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


def test_an_event_that_is_not_as_registered_is_not_kept() -> None:
    buffer = a_buffer(SegmentDisk(), Witness())
    with pytest.raises(InvariantBroken):
        buffer.append(a_fact(0)._replace(schema_version=2))
    assert buffer.pending == 0
