"""The Redis bus over a wire that is cut, with processes that end, against a real server."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.redis_streams import PAUSE_MS, RedisBus
from application.errors import BadInput
from application.events.envelope import Envelope
from application.ports.event_bus import MishapKind
from tests.builders import BTC, ETH
from tests.events import Witness, a_command, a_fact, a_tick, an_alert
from tests.redis_server import HOST, PORT, URL, redis_prefix
from tests.relay import Relay

pytestmark = pytest.mark.integration

KINDS = ("risk.alert", "market.regime.changed", "trade.execution_requested")
LOST, FOUND = MishapKind.BUS_LOST, MishapKind.BUS_FOUND


class Stage:
    """Processes that come and go around one Redis, one disk and one wire."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - a client of an extra
        prefix: str,
        relay: Relay,
        folder: Path,
    ) -> None:
        self.client = client
        self.prefix = prefix
        self.relay = relay
        self.folder = folder
        self.witness = Witness()
        self._buses: list[RedisBus] = []

    def process(self, *, telemetry: bool = False) -> RedisBus:
        """Return the bus of a new process, with the witness as its consumer."""
        witness = self.witness
        buffer = DiskBuffer(Folder(self.folder), witness.alarm, witness.clock)
        url = f"redis://{HOST}:{self.relay.port}/0"
        bus = RedisBus(
            url, buffer, witness.alarm, witness.clock, prefix=self.prefix, telemetry=telemetry
        )
        bus.subscribe(KINDS, witness, "witness")
        self._buses.append(bus)
        return bus

    def wait(self) -> None:
        """Let the pause after a failure go by."""
        self.witness.now_ms += PAUSE_MS

    def close(self) -> None:
        """End all processes."""
        for bus in self._buses:
            bus.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with redis_prefix() as (client, prefix), Relay((HOST, PORT)) as relay:
        made = Stage(client, prefix, relay, tmp_path / "buffer")
        yield made
        made.close()


def some(first: int, count: int) -> list[Envelope]:
    """Return facts and alerts of two symbols."""
    makes = (a_fact, an_alert)
    return [makes[n % 3 == 0](n, (BTC, ETH)[n % 2]) for n in range(first, first + count)]


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


def test_a_consumer_that_came_during_an_outage_gets_everything_afterwards(stage: Stage) -> None:
    stage.relay.cut()
    bus = stage.process()
    bus.publish(an_alert(0))
    stage.relay.mend()
    stage.wait()
    bus.deliver()
    assert stage.witness.events == [an_alert(0)]


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


def test_a_server_that_never_answers_is_an_outage(tmp_path: Path) -> None:
    witness = Witness()
    buffer = DiskBuffer(Folder(tmp_path), witness.alarm, witness.clock)
    bus = RedisBus(URL.replace(str(PORT), "1"), buffer, witness.alarm, witness.clock)
    bus.publish(an_alert(0))
    assert (buffer.pending, witness.kinds) == (1, [LOST])
    bus.close()
