"""The registry knows every type of event, and every event is as it says."""

import pytest

from application.events.envelope import event_id, heard_id
from application.events.registry import (
    EVENTS,
    RESERVED,
    EventClass,
    checked,
    is_expired,
    type_of,
)
from domain.shared.errors import InvariantBroken
from tests.events import a_command, a_fact, an_alert

pytestmark = pytest.mark.unit

# fmt: off
REQUIRED = {
    "market.tick", "market.bar_closed", "market.regime.changed", "signal.generated",
    "signal.rejected", "trade.decision", "trade.execution_requested", "trade.executed",
    "trade.closed", "position.opened", "position.updated", "position.closed", "risk.block",
    "risk.alert", "risk.limit_breached", "emergency.triggered", "emergency.recovered",
    "model.promoted", "model.drift_detected", "model.retrain_requested",
    "model.rollback_initiated", "rl.strategy_selected", "rl.reward_received", "policy.changed",
    "system.health_changed", "system.event_error", "execution.positions_reconciled",
}
# fmt: on


def test_every_type_that_is_required_is_in_use_or_spoken_for() -> None:
    assert EVENTS.keys() | RESERVED.keys() >= REQUIRED
    assert not EVENTS.keys() & RESERVED.keys()


@pytest.mark.parametrize("name", EVENTS)
def test_a_time_to_live_belongs_to_commands_alone(name: str) -> None:
    assert (EVENTS[name].ttl_ms is not None) is (EVENTS[name].kind is EventClass.COMMAND)


@pytest.mark.parametrize("name", [n for n in EVENTS if n.startswith("emergency.")])
def test_emergency_events_are_about_safety(name: str) -> None:
    assert EVENTS[name].is_safety


@pytest.mark.parametrize("name", [*RESERVED, "no.such", ""])
def test_what_is_not_in_use_has_no_type(name: str) -> None:
    with pytest.raises(InvariantBroken):
        type_of(name)


def test_an_event_as_registered_passes() -> None:
    assert checked(an_alert(0)) is EVENTS["risk.alert"]


def test_everything_wrong_with_an_event_is_named_at_once() -> None:
    wrong = an_alert(0)._replace(producer="x", schema_version=9, payload=a_fact(0).payload)
    with pytest.raises(InvariantBroken, match=r"payload.*version.*produce"):
        checked(wrong)


def test_only_a_command_expires_and_only_after_its_time() -> None:
    command = a_command(0, at_ms=1_000)
    assert not is_expired(command, 61_000)
    assert is_expired(command, 61_001)
    assert not is_expired(an_alert(0), 10**15)


def test_an_id_tells_run_number_type_and_index_apart() -> None:
    ids = {
        event_id(heard_id(run, sequence), kind, index)
        for run in ("paper", "other")
        for sequence in (1, 36, 37)
        for kind in ("a.b", "a.c")
        for index in (0, 1)
    }
    assert len(ids) == 24
