"""The bus within a process: bounded, deterministic, and cheap where nobody listens."""

import pytest

from adapters.event_bus.consumer import Seen
from adapters.event_bus.memory import MemoryBus
from application.errors import StoreUnavailable
from application.events.envelope import Envelope
from application.ports.event_bus import EventBus, MishapKind
from tests.events import Witness, a_fact, a_tick, an_alert

pytestmark = pytest.mark.unit

KINDS = ("risk.alert", "market.regime.changed", "market.tick")


def a_bus(witness: Witness, **limits: int) -> MemoryBus:
    """Return a bus whose alarm and clock are the witness's."""
    return MemoryBus(witness.alarm, witness.clock, **limits)


class Bursting:
    """A consumer that publishes *burst* the first time it is asked."""

    def __init__(self, bus: EventBus, burst: list[Envelope]) -> None:
        self._bus = bus
        self._burst = burst
        self.refused = 0

    def __call__(self, _: Envelope) -> None:
        while self._burst:
            try:
                self._bus.publish(self._burst.pop(0))
            except StoreUnavailable:
                self.refused += 1


def test_an_event_is_delivered_before_publish_returns() -> None:
    witness = Witness()
    bus = a_bus(witness)
    bus.subscribe(KINDS, witness, "one")
    bus.publish(an_alert(0))
    assert witness.events == [an_alert(0)]


def test_what_a_consumer_publishes_comes_after_everybody_had_the_event_before_it() -> None:
    witness = Witness()
    bus = a_bus(witness)
    bus.subscribe(("risk.alert",), Bursting(bus, [a_fact(1), a_fact(2)]), "first")
    bus.subscribe(KINDS, witness, "second")
    bus.publish(an_alert(0))
    assert witness.events == [an_alert(0), a_fact(1), a_fact(2)]


def test_a_full_queue_sheds_telemetry_and_tells_once() -> None:
    witness = Witness()
    bus = a_bus(witness, capacity=5)
    bus.subscribe(("risk.alert",), Bursting(bus, [a_tick(n) for n in range(1, 20)]), "first")
    bus.subscribe(KINDS, witness, "second")
    bus.publish(an_alert(0))
    bus.deliver()
    assert len(witness.events) == 1 + 5
    assert witness.kinds == [MishapKind.SHED]


def test_a_full_queue_gives_up_telemetry_for_what_matters_more() -> None:
    witness = Witness()
    bus = a_bus(witness, capacity=5)
    facts = [a_fact(n) for n in range(10, 15)]
    burst = Bursting(bus, [a_tick(n) for n in range(1, 6)] + facts)
    bus.subscribe(("risk.alert",), burst, "first")
    bus.subscribe(KINDS, witness, "second")
    bus.publish(an_alert(0))
    bus.deliver()
    assert witness.events == [an_alert(0), *facts]
    assert burst.refused == 0


def test_a_queue_full_of_what_matters_refuses_aloud() -> None:
    witness = Witness()
    bus = a_bus(witness, capacity=5)
    burst = Bursting(bus, [a_fact(n) for n in range(1, 8)])
    bus.subscribe(("risk.alert",), burst, "first")
    bus.subscribe(KINDS, witness, "second")
    bus.publish(an_alert(0))
    bus.deliver()
    assert len(witness.events) == 1 + 5
    assert burst.refused == 2


def test_consumers_that_answer_each_other_for_ever_do_not_hold_the_publisher() -> None:
    witness = Witness()
    bus = a_bus(witness, capacity=50)
    numbers = iter(range(1, 1_000_000))

    def answer(_: Envelope) -> None:
        bus.publish(an_alert(next(numbers)))

    bus.subscribe(("risk.alert",), answer, "echo")
    bus.publish(an_alert(0))
    assert next(numbers) == 51


def test_only_so_many_ids_are_remembered() -> None:
    witness = Witness()
    bus = a_bus(witness, remembered=2)
    bus.subscribe(KINDS, witness, "one")
    for number in (0, 1, 1, 2, 2, 0):
        bus.publish(an_alert(number))
    assert [e.causation_id for e in witness.events] == ["test-0", "test-1", "test-2", "test-0"]


def test_dead_letters_are_kept() -> None:
    witness = Witness()
    bus = a_bus(witness, tries=1)
    bus.subscribe(KINDS, witness, "one")
    witness.fails = 1
    bus.publish(an_alert(0))
    assert [letter.envelope for letter in bus.dead] == [an_alert(0)]


def test_the_latest_ids_are_told_oldest_first() -> None:
    seen = Seen(3)
    for event_id in "abcd":
        seen.add(event_id)
    assert seen.latest(2) == ["c", "d"]
    assert seen.latest(9) == ["b", "c", "d"]
