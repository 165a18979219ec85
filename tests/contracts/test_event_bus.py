"""What every event bus does, within a process and over Redis."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.memory import MemoryBus
from adapters.event_bus.redis_streams import RedisBus
from application.events.conduct_payloads import RiskTold
from application.events.envelope import Envelope
from application.ports.event_bus import EventBus, MishapKind
from domain.shared.errors import InvariantBroken
from tests.builders import BTC, ETH
from tests.events import Witness, a_command, a_fact, a_tick, an_alert
from tests.redis_server import URL, redis_prefix

pytestmark = pytest.mark.integration

Alerts, Facts = ("risk.alert",), ("market.regime.changed",)
Everything = (*Alerts, *Facts, "trade.execution_requested", "market.tick")


@contextmanager
def _memory(_: Path, witness: Witness) -> Iterator[EventBus]:
    yield MemoryBus(witness.alarm, witness.clock)


@contextmanager
def _redis(path: Path, witness: Witness) -> Iterator[EventBus]:
    with redis_prefix() as (_, prefix):
        buffer = DiskBuffer(Folder(path / "buffer"), witness.alarm, witness.clock)
        bus = RedisBus(URL, buffer, witness.alarm, witness.clock, prefix=prefix)
        try:
            yield bus
        finally:
            bus.close()


MAKERS = {"memory": _memory, "redis": _redis}


@pytest.fixture
def witness() -> Witness:
    """Return a consumer, its alarm and its clock."""
    return Witness()


@pytest.fixture(params=MAKERS)
def bus(request: pytest.FixtureRequest, tmp_path: Path, witness: Witness) -> Iterator[EventBus]:
    with ExitStack() as stack:
        yield stack.enter_context(MAKERS[request.param](tmp_path, witness))


def publish(bus: EventBus, *events: Envelope) -> None:
    """Publish *events* and hand them over."""
    for event in events:
        bus.publish(event)
    bus.deliver()


def test_every_consumer_gets_the_types_it_asked_for_and_no_other(
    bus: EventBus, witness: Witness
) -> None:
    other = Witness()
    bus.subscribe(Alerts, witness, "one")
    bus.subscribe((*Alerts, *Facts), other, "two")
    publish(bus, an_alert(0), a_fact(1), a_command(2))
    assert witness.events == [an_alert(0)]
    assert other.events == [an_alert(0), a_fact(1)]


def test_what_arrives_is_exactly_what_was_published(bus: EventBus, witness: Witness) -> None:
    bus.subscribe(Everything, witness, "one")
    publish(bus, a_command(0), a_fact(1), an_alert(2))
    assert witness.events == [a_command(0), a_fact(1), an_alert(2)]


def test_events_of_a_key_keep_their_order(bus: EventBus, witness: Witness) -> None:
    bus.subscribe((*Alerts, *Facts), witness, "one")
    makes: tuple[Callable[[int, str], Envelope], ...] = (a_fact, an_alert)
    sent = [makes[n % 3 == 0](n, (BTC, ETH)[n % 2]) for n in range(600)]
    publish(bus, *sent)
    for key in (BTC, ETH):
        assert [e for e in witness.events if e.key == key] == [e for e in sent if e.key == key]


def test_an_id_reaches_a_consumer_once(bus: EventBus, witness: Witness) -> None:
    bus.subscribe(Alerts, witness, "one")
    publish(bus, an_alert(0), an_alert(0))
    publish(bus, an_alert(0))
    assert witness.events == [an_alert(0)]


def test_a_consumer_that_fails_is_asked_again_before_the_next_event(
    bus: EventBus, witness: Witness
) -> None:
    bus.subscribe(Alerts, witness, "one")
    witness.fails = 2
    publish(bus, an_alert(0), an_alert(1))
    assert witness.events == [an_alert(0), an_alert(1)]
    assert witness.asked == 4
    assert not witness.mishaps


def test_a_poisonous_event_ends_as_a_dead_letter_and_the_others_go_on(
    bus: EventBus, witness: Witness
) -> None:
    other = Witness()
    bus.subscribe(Alerts, witness, "one")
    bus.subscribe(Alerts, other, "two")
    witness.fails = 3
    publish(bus, an_alert(0), an_alert(1))
    assert witness.events == [an_alert(1)]
    assert other.events == [an_alert(0), an_alert(1)]
    (mishap,) = witness.mishaps
    assert (mishap.kind, mishap.consumer) == (MishapKind.DEAD_LETTER, "one")
    assert mishap.envelope == an_alert(0)
    assert "out of order" in mishap.text


def test_an_expired_command_is_told_of_and_never_delivered(bus: EventBus, witness: Witness) -> None:
    bus.subscribe(Everything, witness, "one")
    witness.now_ms += 60_001
    publish(bus, a_command(0), a_fact(1))
    assert witness.events == [a_fact(1)]
    assert witness.kinds == [MishapKind.EXPIRED]


def test_what_is_not_as_registered_is_refused(bus: EventBus) -> None:
    event = an_alert(0)
    for wrong in (
        event._replace(type="no.such_type"),
        event._replace(type="model.promoted"),
        event._replace(schema_version=7),
        event._replace(producer="somebody"),
        event._replace(payload=a_fact(0).payload),
        event._replace(payload=RiskTold("feed_fresh", BTC, float("nan"), None, "")),
        event._replace(event_id=""),
    ):
        with pytest.raises(InvariantBroken):
            bus.publish(wrong)


def test_a_name_belongs_to_one_consumer_and_types_must_be_in_use(
    bus: EventBus, witness: Witness
) -> None:
    bus.subscribe(Alerts, witness, "one")
    with pytest.raises(InvariantBroken, match="one"):
        bus.subscribe(Facts, witness, "one")
    with pytest.raises(InvariantBroken, match="reinforcement learning"):
        bus.subscribe(("rl.reward_received",), witness, "two")


def test_telemetry_is_wanted_only_when_somebody_listens(bus: EventBus, witness: Witness) -> None:
    assert not bus.wants("market.tick")
    bus.subscribe(("market.tick",), witness, "one")
    assert bus.wants("market.tick")
    publish(bus, a_tick(0))
    assert witness.events == [a_tick(0)]


def test_delivering_tells_how_many_were_acknowledged(bus: EventBus, witness: Witness) -> None:
    bus.subscribe(Alerts, witness, "one")
    assert bus.deliver() == 0


def test_a_consumer_may_publish(bus: EventBus, witness: Witness) -> None:
    def answer(envelope: Envelope) -> None:
        bus.publish(a_fact(int(envelope.causation_id.partition("-")[2])))

    bus.subscribe(Alerts, answer, "one")
    bus.subscribe((*Alerts, *Facts), witness, "two")
    publish(bus, an_alert(0), an_alert(1))
    bus.deliver()
    assert sorted(e.event_id for e in witness.events) == sorted(
        e.event_id for e in (an_alert(0), a_fact(0), an_alert(1), a_fact(1))
    )
