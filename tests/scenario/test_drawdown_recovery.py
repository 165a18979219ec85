"""Scenario 6: -12, -8, -3, -1 %: down at once, back one rung at a time, with the caps of each."""

import pytest

from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged
from domain.decision.messages import OperatorHalted
from domain.execution.messages import Deposited
from domain.monitoring.drawdown import EquityWatch
from domain.risk.verdict import Objection
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.rig import Rig

pytestmark = pytest.mark.scenario

PATIENT = a_policy(daily_loss_max=1.0, cooldown_minutes=0, round_trips_per_day_max=99)


def fall_to(rig: Rig, drawdown: float) -> None:
    """Put the peak where the equity of a flat desk lies *drawdown* below it."""
    equity = rig.state.equity
    watch = EquityWatch(equity, equity / (1 - drawdown), rig.state.watch.day, equity)
    rig.state = rig.state._replace(watch=watch)
    rig.advances(0)


def rest_at(rig: Rig, drawdown: float) -> None:
    """Stay at *drawdown* for longer than the dwell."""
    fall_to(rig, drawdown)
    rig.advances(31)
    fall_to(rig, drawdown)


def changes(rig: Rig) -> list[tuple[str, str]]:
    return [(c.old, c.new) for c in rig.told(RiskModeChanged)]


def size_now(rig: Rig) -> float:
    """Return the notional that a good signal gets now, 0 when it is refused."""
    rig.forget().wants(a_candidate(confidence=0.9), minutes=0.01)
    approved = rig.told(EntryApproved)
    if rig.has_live(Leg.ENTRY):
        rig.rejects(Leg.ENTRY)
    return float(approved[0].notional) if approved else 0.0


def test_each_rung_has_its_cap_and_there_are_exactly_three_recoveries() -> None:
    rig, seen, caps = Rig(PATIENT), [], []
    for drawdown in (0.12, 0.08, 0.03, 0.01):
        rest_at(rig, drawdown)
        seen += changes(rig)
        caps.append(size_now(rig))
        rig.forget()
    assert seen == [
        ("NORMAL", "EMERGENCY"),
        ("EMERGENCY", "PROTECTIVE"),
        ("PROTECTIVE", "CAUTIOUS"),
        ("CAUTIOUS", "NORMAL"),
    ]
    assert caps == [0.0, 100.0, 300.0, 500.0]


def test_even_the_best_news_climbs_one_rung_a_dwell() -> None:
    rig = Rig(PATIENT)
    fall_to(rig, 0.12)
    rig.forget()
    for _ in range(4):
        rest_at(rig, 0.0)
    assert changes(rig) == [
        ("EMERGENCY", "PROTECTIVE"),
        ("PROTECTIVE", "CAUTIOUS"),
        ("CAUTIOUS", "NORMAL"),
    ]


def test_a_relapse_is_immediate_from_any_rung() -> None:
    rig = Rig(PATIENT)
    rest_at(rig, 0.12)
    rest_at(rig, 0.08)
    rig.forget()
    fall_to(rig, 0.11)
    assert changes(rig) == [("PROTECTIVE", "EMERGENCY")]


def test_at_the_edges_nothing_flaps() -> None:
    rig = Rig(PATIENT)
    for n in range(20):
        rest_at(rig, 0.04 if n % 2 else 0.036)
    assert changes(rig) == [("NORMAL", "CAUTIOUS"), ("CAUTIOUS", "PROTECTIVE")]


def test_what_an_operator_stopped_no_recovery_starts() -> None:
    rig = Rig(PATIENT).hears(OperatorHalted(0, "ann", "enough")).forget()
    for _ in range(5):
        rest_at(rig, 0.0)
    assert changes(rig) == []
    rig.wants(a_candidate(Action.BUY, BTC))
    assert Objection.EMERGENCY_STOP in rig.told(EntryRefused)[0].objections


def test_a_deposit_does_not_buy_a_way_out_of_the_days_loss() -> None:
    rig = Rig(a_policy(daily_loss_max=0.02))
    watch = rig.state.watch
    rig.state = rig.state._replace(watch=watch._replace(day_open=watch.equity / 0.97))
    rig.hears(Deposited(rig.now, D(1)))
    assert changes(rig) == [("NORMAL", "EMERGENCY")]
