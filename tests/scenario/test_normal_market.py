"""Scenario 1: a calm market, three of four voters say BUY at about 0.70."""

from pathlib import Path

import pytest

from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    RiskModeChanged,
    SignalSkipped,
    StopPlaced,
    TradeClosed,
    TradeExecuted,
)
from domain.execution.trade import ExitReason
from tests.builders import BTC, D, a_policy
from tests.scenario.stage import BUY, HOLD, Ended, Line, market_of, play

pytestmark = pytest.mark.scenario

# Five calm bars, then six hours upwards by 0.2 % a bar.
STORY = [1.0] * 5 + [1 + 0.002 * n for n in range(72)]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Return the story, played once for all tests."""
    voters = [[Line(3, BTC, BUY, c)] for c in (0.70, 0.71, 0.69)] + [[Line(3, BTC, HOLD, 0.5)]]
    where = tmp_path_factory.mktemp("normal") / "run"
    return play(where, {BTC: market_of(BTC, STORY, 0.02)}, voters, a_policy(trailing=False))


def test_the_signal_passes_every_gate_at_full_size(ended: Ended) -> None:
    (approved,) = ended.told(EntryApproved)
    assert approved.confidence == pytest.approx(0.70)
    assert approved.agreement == 0.75
    assert approved.models == ("voter0", "voter1", "voter2")
    assert approved.notional == D(500)  # the cap of NORMAL
    assert all(check.objection is None for check in approved.checks)


def test_stop_and_targets_stand_where_two_atr_put_them(ended: Ended) -> None:
    (executed,) = ended.told(TradeExecuted)
    stops = ended.told(StopPlaced)
    assert len(stops) == 1
    assert float(stops[0].stop) == pytest.approx(float(executed.price) * 0.96, abs=0.02)
    prices = [float(fill.price) for fill in ended.fills]
    r = 0.0412
    assert prices[1] == pytest.approx(float(executed.price) * (1 + 1.5 * r), rel=0.001)
    assert prices[2] == pytest.approx(float(executed.price) * (1 + 2.5 * r), rel=0.001)


def test_nothing_is_refused_and_the_emergency_stop_sleeps(ended: Ended) -> None:
    assert ended.told(EntryRefused) == []
    assert ended.told(SignalSkipped) == []
    assert ended.told(RiskModeChanged) == []


def test_one_trace_joins_decision_order_fill_and_stop(ended: Ended) -> None:
    (approved,), (executed,) = ended.told(EntryApproved), ended.told(TradeExecuted)
    trace = approved.trace
    assert executed.trade_id == trace
    assert {fact.trade_id for fact in ended.told(StopPlaced)} == {trace}
    assert all(trace in fill.client_id for fill in ended.fills)
    assert ended.state.trades[BTC].plan.trade_id == trace


def test_the_record_of_it_is_whole(ended: Ended) -> None:
    assert ended.audit_ok


def test_the_same_story_downhill_ends_at_the_stop_for_about_one_r(tmp_path: Path) -> None:
    downhill = [1.0] * 5 + [1 - 0.002 * n for n in range(40)]
    voters = [[Line(3, BTC, BUY, 0.7)]] * 4
    ended = play(tmp_path / "run", {BTC: market_of(BTC, downhill, 0.02)}, voters, a_policy())
    (closed,) = ended.told(TradeClosed)
    assert closed.reason == ExitReason.STOP
    assert closed.net_r == pytest.approx(-1.0, abs=0.1)
