"""What was heard and said goes out as events, each with an id that a replay gives again."""

from collections.abc import Iterable

import pytest

from adapters.event_bus import wire
from adapters.event_bus.memory import MemoryBus
from application.events import trade_payloads as t
from application.events.envelope import Envelope
from application.events.registry import EVENTS
from application.projections.events import EventsProjection
from domain.decision.facts import Said
from domain.decision.messages import Heard
from domain.shared.enums import RunMode
from tests.builders import BTC
from tests.events import Witness
from tests.recording import an_eventful_day

pytestmark = pytest.mark.unit


def events_of_a_day(kinds: Iterable[str] = EVENTS, run: str | None = None) -> list[Envelope]:
    """Return what a bus delivers of an eventful day to a consumer of *kinds*."""
    witness = Witness()
    bus = MemoryBus(witness.alarm, lambda: 0)
    bus.subscribe(tuple(kinds), witness, "one")
    number = 0
    projection = EventsProjection(bus, RunMode.PAPER, lambda: number, run)
    for heard, said in the_day():
        number += 1
        projection(heard, said)
    assert not witness.mishaps
    return witness.events
