"""Power is lost at every single operation of a story that has everything in it, in every way."""

from itertools import pairwise

import pytest

from adapters.event_bus.disk_buffer import DiskBuffer
from application.events.envelope import Envelope
from application.events.registry import EVENTS, EventClass
from application.ports.event_bus import MishapKind
from tests.builders import BTC, ETH
from tests.events import Witness, a_command, a_fact, a_tick, an_alert
from tests.fakes.segment_disk import Loss, PowerLost, SegmentDisk

pytestmark = pytest.mark.unit

AT_ONCE = {EventClass.SAFETY, EventClass.COMMAND}
EVENTS_OF_THE_STORY: tuple[Envelope, ...] = (
    a_fact(0, BTC),
    an_alert(1, ETH),
    a_fact(2, ETH),
    a_command(3, BTC),
    a_tick(4, BTC),
    a_fact(5, BTC),
    a_fact(6, ETH),
    an_alert(7, BTC),
    a_fact(8, BTC),
    a_fact(9, ETH),
)
DRAINS = {3: 2, 6: 3, 8: 100}
"""After which event how many are drained."""


def opened(disk: SegmentDisk, witness: Witness) -> DiskBuffer:
    """Return a buffer of segments that hold three events each."""
    return DiskBuffer(disk, witness.alarm, witness.clock, segment_bytes_max=1_200)


def play(disk: SegmentDisk, witness: Witness, promised: set[str]) -> None:
    """Tell the story; *promised* are the ids that must never be lost from then on."""
    buffer = opened(disk, witness)
    since: list[str] = []
    for number, event in enumerate(EVENTS_OF_THE_STORY):
        buffer.append(event)
        since.append(event.event_id)
        if EVENTS[event.type].kind in AT_ONCE:
            promised |= set(since)
        if number in DRAINS:
            buffer.drain(witness.take, DRAINS[number])
    buffer.flush()
    promised |= set(since)


def require_order(events: list[Envelope]) -> None:
    """Require that each key's events came, the first time, in the order of the story."""
    order = [event.event_id for event in EVENTS_OF_THE_STORY]
    for key in (BTC, ETH):
        firsts = list(dict.fromkeys(e.event_id for e in events if e.key == key))
        assert all(order.index(one) < order.index(next_) for one, next_ in pairwise(firsts))


def require_nothing_lost(disk: SegmentDisk, witness: Witness, promised: set[str]) -> None:
    """Open the disk that the power cut left, drain it, and compare; then tell the story again."""
    buffer = opened(disk, witness)
    buffer.drain(witness.take, 1_000)
    assert promised <= {event.event_id for event in witness.events}
    require_order(witness.events)
    for event in EVENTS_OF_THE_STORY:
        buffer.append(event)
    buffer.flush()
    buffer = opened(disk, witness)
    buffer.drain(witness.take, 1_000)
    assert {e.event_id for e in witness.events} == {e.event_id for e in EVENTS_OF_THE_STORY}
    require_order(witness.events)
    assert buffer.pending == 0
    assert MishapKind.DAMAGED not in witness.kinds


def steps_of_the_story() -> int:
    """Return how many operations the story takes."""
    disk, witness = SegmentDisk(), Witness()
    play(disk, witness, set())
    assert len(witness.events) > 5
    return disk.steps


def test_the_story_without_a_crash_loses_and_repeats_nothing() -> None:
    disk, witness = SegmentDisk(), Witness()
    play(disk, witness, set())
    opened(disk, witness).drain(witness.take, 1_000)
    assert witness.events == list(EVENTS_OF_THE_STORY)
    assert not witness.mishaps


@pytest.mark.parametrize("loss", Loss)
def test_a_crash_at_any_operation_loses_nothing_that_was_promised(loss: Loss) -> None:
    for step in range(steps_of_the_story()):
        disk, witness, promised = SegmentDisk(stops_at=step), Witness(), set[str]()
        with pytest.raises(PowerLost):
            play(disk, witness, promised)
        require_nothing_lost(disk.after(loss), witness, promised)


@pytest.mark.parametrize("loss", [Loss.EVERYTHING, Loss.HALF_THE_BYTES, Loss.ALL_NAMES])
def test_a_second_crash_at_any_operation_of_the_recovery_loses_nothing_either(loss: Loss) -> None:
    states = 0
    for step in range(steps_of_the_story()):
        for again in range(1_000):
            disk, witness, promised = SegmentDisk(stops_at=step), Witness(), set[str]()
            with pytest.raises(PowerLost):
                play(disk, witness, promised)
            second = disk.after(loss, stops_at=again)
            try:
                opened(second, witness).drain(witness.take, 1_000)
            except PowerLost:
                require_nothing_lost(second.after(loss), witness, promised)
                states += 1
            else:
                break
    assert states > 250
