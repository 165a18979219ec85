"""The Redis bus over a wire that is cut, against a real server."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.redis_streams import RedisBus
from application.ports.event_bus import MishapKind
from tests.events import Witness, a_command, an_alert
from tests.redis_server import PORT, URL
from tests.redis_stage import FOUND, LOST, Stage, a_stage, some

pytestmark = pytest.mark.integration


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as made:
        yield made


def test_an_outage_loses_nothing_and_keeps_the_order(stage: Stage) -> None:
    bus = stage.process()
    events = some(0, 30)
    for event in events[:10]:
        bus.publish(event)
    bus.deliver()
    stage.relay.cut()
    for event in events[10:20]:
        bus.publish(event)
    assert bus.deliver() == 0
    assert stage.witness.events == events[:10]
    stage.relay.mend()
    stage.wait()
    for event in events[20:]:
        bus.publish(event)
    assert bus.deliver() == 20
    assert stage.witness.events == events
    assert stage.witness.kinds == [LOST, FOUND]


def test_what_waits_on_the_disk_goes_first_after_a_restart_in_the_outage(stage: Stage) -> None:
    events = some(0, 20)
    bus = stage.process()
    stage.relay.cut()
    for event in events[:10]:
        bus.publish(event)
    bus.close()
    bus = stage.process()
    for event in events[8:15]:
        bus.publish(event)
    stage.relay.mend()
    stage.wait()
    for event in events[15:]:
        bus.publish(event)
    bus.deliver()
    assert stage.witness.events == events


def test_over_a_wire_that_flaps_everything_arrives_once_and_in_order(stage: Stage) -> None:
    random = Random(20)
    bus = stage.process()
    events = some(0, 400)
    up = True
    for event in events:
        if random.random() < 0.05:
            (stage.relay.cut if up else stage.relay.mend)()
            up = not up
        if random.random() < 0.2:
            stage.wait()
        bus.publish(event)
        if random.random() < 0.1:
            bus.deliver()
    if not up:
        stage.relay.mend()
    for _ in range(3):
        stage.wait()
        bus.deliver()
    assert stage.witness.events == events
    assert stage.witness.kinds.count(LOST) > 3


def test_a_command_that_expires_during_the_outage_is_never_sent(stage: Stage) -> None:
    bus = stage.process()
    stage.relay.cut()
    bus.publish(a_command(0, at_ms=stage.witness.now_ms))
    bus.publish(an_alert(1))
    stage.witness.now_ms += 60_001
    stage.relay.mend()
    bus.deliver()
    assert stage.witness.events == [an_alert(1)]
    assert stage.witness.kinds == [LOST, MishapKind.EXPIRED, FOUND]


def test_a_consumer_that_came_during_an_outage_gets_everything_afterwards(stage: Stage) -> None:
    stage.relay.cut()
    bus = stage.process()
    bus.publish(an_alert(0))
    stage.relay.mend()
    stage.wait()
    bus.deliver()
    assert stage.witness.events == [an_alert(0)]


def test_a_server_that_never_answers_is_an_outage(tmp_path: Path) -> None:
    witness = Witness()
    buffer = DiskBuffer(Folder(tmp_path), witness.alarm, witness.clock)
    bus = RedisBus(URL.replace(str(PORT), "1"), buffer, witness.alarm, witness.clock)
    bus.publish(an_alert(0))
    assert (buffer.pending, witness.kinds) == (1, [LOST])
    bus.close()
