"""The Redis bus and processes that end, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.redis_streams import RedisBus
from application.errors import BadInput
from application.events.envelope import Envelope
from application.ports.event_bus import MishapKind
from tests.events import Witness, a_tick, an_alert
from tests.redis_stage import KINDS, Stage, a_stage, some

pytestmark = pytest.mark.integration


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as made:
        yield made


class Killed(BaseException):
    """The process ends here."""


def test_what_a_process_read_and_did_not_finish_comes_again_and_first(stage: Stage) -> None:
    events = some(0, 5)
    bus = stage.process()
    taken: list[Envelope] = []

    def take(envelope: Envelope) -> None:
        if len(taken) == 2:
            raise Killed
        taken.append(envelope)

    bus.subscribe(KINDS, take, "mortal")
    for event in events[:4]:
        bus.publish(event)
    with pytest.raises(Killed):
        bus.deliver()
    again = Witness()
    bus = stage.process()
    bus.subscribe(KINDS, again, "mortal")
    bus.publish(events[4])
    bus.deliver()
    assert taken + again.events == events
    assert stage.witness.events == events


def test_an_event_that_ends_the_process_each_time_is_given_up(stage: Stage) -> None:
    def die(_: Envelope) -> None:
        raise Killed

    deaths = 0
    stage.process().publish(an_alert(0))
    for _ in range(10):
        bus = stage.process()
        bus.subscribe(KINDS, die, "mortal")
        try:
            bus.deliver()
        except Killed:
            deaths += 1
    assert deaths == 5
    assert stage.witness.kinds == [MishapKind.DEAD_LETTER]
    assert stage.witness.mishaps[0].envelope == an_alert(0)


def test_ids_are_remembered_over_a_restart(stage: Stage) -> None:
    for _ in range(2):
        bus = stage.process()
        bus.publish(an_alert(0))
        bus.deliver()
    assert stage.witness.events == [an_alert(0)]


def test_what_is_no_event_ends_as_a_dead_letter(stage: Stage) -> None:
    bus = stage.process()
    stage.client.xadd(f"{stage.prefix}:events", {"e": b'{"type":"risk.alert"}'})
    stage.client.xadd(f"{stage.prefix}:events", {"else": b"x"})
    bus.publish(an_alert(0))
    bus.deliver()
    assert stage.witness.events == [an_alert(0)]
    assert stage.witness.kinds == [MishapKind.DEAD_LETTER] * 2
    assert stage.client.xlen(f"{stage.prefix}:dead") == 2


def test_only_what_everybody_acknowledged_is_trimmed(stage: Stage) -> None:
    bus = stage.process()
    other = Witness()
    for event in some(0, 10):
        bus.publish(event)
    bus.deliver()
    bus.subscribe(KINDS, other, "late")
    bus.trim()
    assert stage.client.xlen(f"{stage.prefix}:events") == 10
    bus.deliver()
    bus.trim()
    assert stage.client.xlen(f"{stage.prefix}:events") == 1
    assert other.events == some(0, 10)


def test_streams_that_were_deleted_are_made_again(stage: Stage) -> None:
    bus = stage.process()
    bus.publish(an_alert(0))
    bus.deliver()
    stage.client.delete(f"{stage.prefix}:events")
    bus.deliver()
    stage.wait()
    bus.publish(an_alert(1))
    bus.deliver()
    assert stage.witness.events == [an_alert(0), an_alert(1)]


def test_telemetry_has_a_stream_of_its_own_for_those_who_want_it(stage: Stage) -> None:
    bus = stage.process(telemetry=True)
    assert bus.wants("market.tick")
    bus.publish(a_tick(0))
    assert stage.client.xlen(f"{stage.prefix}:telemetry") == 1
    assert stage.client.xlen(f"{stage.prefix}:events") == 0


def test_an_address_that_is_none_is_bad_input(tmp_path: Path) -> None:
    witness = Witness()
    buffer = DiskBuffer(Folder(tmp_path), witness.alarm, witness.clock)
    with pytest.raises(BadInput, match="redis://"):
        RedisBus("nonsense", buffer, witness.alarm, witness.clock)


def test_what_was_trimmed_before_it_was_finished_is_passed_over(stage: Stage) -> None:
    def die(_: Envelope) -> None:
        raise Killed

    bus = stage.process()
    bus.subscribe(KINDS, die, "mortal")
    bus.publish(an_alert(0))
    with pytest.raises(Killed):
        bus.deliver()
    stage.client.xtrim(f"{stage.prefix}:events", maxlen=0)
    again = Witness()
    bus = stage.process()
    bus.subscribe(KINDS, again, "mortal")
    bus.publish(an_alert(1))
    bus.deliver()
    assert again.events == [an_alert(1)]


def test_a_key_that_is_no_stream_is_an_outage_and_not_the_end(stage: Stage) -> None:
    stage.client.set(f"{stage.prefix}:events", "something else")
    bus = stage.process()
    bus.publish(an_alert(0))
    stage.client.delete(f"{stage.prefix}:events")
    stage.wait()
    bus.deliver()
    assert stage.witness.events == [an_alert(0)]


def test_what_all_have_is_trimmed_by_itself_in_time(stage: Stage) -> None:
    bus = stage.process()
    for event in some(0, 1_100):
        bus.publish(event)
    assert bus.deliver() == 1_100
    assert stage.client.xlen(f"{stage.prefix}:events") == 1
