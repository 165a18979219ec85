"""What was heard and said goes out as events, each with an id that a replay gives again."""

from collections.abc import Iterable

import pytest

from adapters.event_bus import wire
from adapters.event_bus.memory import MemoryBus
from application.events import trade_payloads as t
from application.events.envelope import Envelope
from application.events.registry import EVENTS
from application.projections.events import EventsProjection
from domain.decision.facts import SignalSkipped, StopPlaced
from domain.decision.messages import Heard
from domain.shared.enums import Action, RunMode, Side
from tests.builders import BTC, START_MS, D
from tests.events import Witness
from tests.recording import an_eventful_day, project
from tests.rig import Rig

pytestmark = pytest.mark.unit


def events_of_the_day(kinds: Iterable[str] = EVENTS, run: str | None = None) -> list[Envelope]:
    """Return what a consumer of *kinds* gets of an eventful day."""
    witness = Witness()
    bus = MemoryBus(witness.alarm, lambda: START_MS)
    bus.subscribe(tuple(kinds), witness, "one")
    heard: list[Heard] = []
    events = EventsProjection(bus, RunMode.PAPER, lambda: len(heard), run)
    day = an_eventful_day().journal
    project(day, lambda event, _: heard.append(event), events)
    assert not witness.mishaps
    return witness.events


def of(kind: str, events: list[Envelope]) -> list[Envelope]:
    """Return the events of one type."""
    return [event for event in events if event.type == kind]


def test_a_day_is_told_from_its_start_to_its_trades_and_its_emergency() -> None:
    told = {event.type for event in events_of_the_day()}
    assert {
        "system.started",
        "market.tick",
        "market.bar_closed",
        "market.regime.changed",
        "signal.generated",
        "signal.rejected",
        "risk.block",
        "trade.decision",
        "trade.execution_requested",
        "trade.executed",
        "trade.closed",
        "position.opened",
        "position.updated",
        "position.closed",
        "policy.changed",
        "operator.acted",
        "emergency.triggered",
        "emergency.recovered",
    } <= told


def test_every_id_is_given_once_and_again_by_a_replay() -> None:
    first, again = events_of_the_day(), events_of_the_day()
    assert first == again
    ids = [event.event_id for event in first]
    assert len(ids) == len(set(ids))


def test_ids_do_not_depend_on_who_listens() -> None:
    everything = events_of_the_day()
    for kind in ("trade.closed", "position.closed", "market.tick", "signal.generated"):
        assert events_of_the_day((kind,)) == of(kind, everything)


def test_two_runs_on_one_bus_are_told_apart() -> None:
    one, two = events_of_the_day(run="one"), events_of_the_day(run="two")
    assert not {e.event_id for e in one} & {e.event_id for e in two}
    assert [e.payload for e in one] == [e.payload for e in two]


def test_every_event_passes_the_wire() -> None:
    for event in events_of_the_day():
        assert wire.decode(wire.encode(event)) == event


def test_a_trade_has_one_trace_from_its_signal_to_its_close() -> None:
    events = events_of_the_day()
    opened = of("position.opened", events)[0]
    kinds = {e.type for e in events if e.trace_id == opened.trace_id}
    assert {"signal.generated", "trade.decision", "trade.executed", "trade.closed"} <= kinds


def test_what_follows_from_a_fact_names_the_event_of_the_fact_as_its_cause() -> None:
    events = events_of_the_day()
    ids = {event.event_id: event for event in events}
    for cause, effect in (
        ("trade.decision", "trade.execution_requested"),
        ("trade.executed", "position.opened"),
        ("trade.closed", "position.closed"),
    ):
        for event in of(effect, events):
            assert ids[event.causation_id].type == cause


def test_events_of_one_cause_share_the_number_that_it_has_in_the_journal() -> None:
    moved, executed, *_ = (
        e for e in events_of_the_day() if e.type in {"position.updated", "trade.executed"}
    )
    assert moved.causation_id == executed.causation_id
    assert moved.event_id.startswith(f"{moved.causation_id}-")


def test_the_key_is_the_symbol_and_the_producer_names_the_mode() -> None:
    for event in events_of_the_day():
        assert event.producer == "desk:paper"
        assert event.key == getattr(event.payload, "symbol", "")


class Nobody:
    """A bus that nobody listens to; being told anything is an error."""

    def wants(self, _: str) -> bool:
        """Want nothing."""
        return False

    def publish(self, envelope: Envelope) -> None:
        """Take nothing."""
        raise AssertionError(f"{envelope.event_id} was made for nobody")


def test_without_a_subscriber_no_event_is_made() -> None:
    def number() -> int:
        raise AssertionError("an id was made for nobody")

    project(an_eventful_day().journal, EventsProjection(Nobody(), RunMode.PAPER, number))


def test_internal_facts_are_not_told_even_when_all_is_wanted() -> None:
    witness = Witness()
    bus = MemoryBus(witness.alarm, lambda: START_MS)
    bus.subscribe(tuple(EVENTS), witness, "one")
    stop = StopPlaced(START_MS, "t", BTC, D(98), "qt1-t-s1")
    skipped = SignalSkipped(START_MS, "t", BTC, Action.HOLD, "no_quorum", 1.0, 3.0, is_noisy=False)
    heard = Rig().stray_fill(Side.BUY, "1", "100")
    EventsProjection(bus, RunMode.PAPER, lambda: 1)(heard, (stop, skipped))
    assert [e.type for e in witness.events] == ["position.updated", "signal.rejected"]
    assert isinstance(witness.events[0].payload, t.PositionMoved)
