"""Scenario 3: ten per cent down in minutes, on a desk that is fully invested."""

from dataclasses import replace

import pytest

from bootstrap.scenarios.flash_crash import fully_invested
from domain.decision.facts import EntryRefused, RiskModeChanged, TradeClosed
from domain.execution.trade import ExitReason
from domain.governance.policy import Policy
from domain.risk.emergency_stop import Cause, RiskMode
from domain.risk.verdict import Objection
from tests.builders import BTC, ETH, D
from tests.scenario.stage import BUY, Ended, Line, market_of, play

pytestmark = pytest.mark.scenario

# Calm, then 12 % down within half an hour, then back up where it came from.
CRASH = [1.0] * 6 + [0.98, 0.96, 0.94, 0.92, 0.90, 0.88] + [0.9, 0.95, 1.0, 1.0, 1.0, 1.0]


def patient() -> Policy:
    """Return a policy that puts more than half of equity into each symbol, and minds drawdown."""
    return replace(
        fully_invested(), equity_fraction=D("0.6"), daily_loss_max=1.0, drawdown_emergency=0.09
    )


@pytest.fixture(scope="module", params=[0.10, 0.00001], ids=["whole fills", "partial fills"])
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Return the crash, played on a venue with room for everything, and on a thin one."""
    bars = {symbol: market_of(symbol, CRASH, 0.004) for symbol in (BTC, ETH)}
    lines = [Line(bar, symbol, BUY, 0.8) for symbol in bars for bar in (2, 15)]
    where = tmp_path_factory.mktemp("crash") / "run"
    return play(where, bars, [lines] * 4, patient(), participation_max=request.param)


def test_the_fall_is_seen_on_equity_with_what_is_not_realised(ended: Ended) -> None:
    first = next(c for c in ended.told(RiskModeChanged) if c.new == "EMERGENCY")
    assert Cause.DRAWDOWN in first.causes
    assert 0.09 <= first.drawdown < 0.13
    assert set(first.closing) == {BTC, ETH}


def test_everything_is_closed_and_nothing_rests(ended: Ended) -> None:
    reasons = {c.symbol: c.reason for c in ended.told(TradeClosed)}
    assert reasons == {BTC: ExitReason.EMERGENCY, ETH: ExitReason.EMERGENCY}
    assert ended.state.book.positions == {}
    assert ended.state.orders == {}


def test_a_thin_venue_takes_several_fills_and_the_position_is_closed_to_the_last(
    ended: Ended,
) -> None:
    for symbol in (BTC, ETH):
        fills = [fill for fill in ended.fills if fill.symbol == symbol]
        assert len(fills) == 2 or len(fills) >= 6
        assert sum(fill.quantity * fill.side.sign for fill in fills) == 0


def test_the_desk_stays_stopped_when_the_market_is_back(ended: Ended) -> None:
    assert ended.state.stop.mode is RiskMode.EMERGENCY
    refused = ended.told(EntryRefused)
    assert {r.symbol for r in refused} == {BTC, ETH}
    assert all(Objection.EMERGENCY_STOP in r.objections for r in refused)


def test_the_emergency_is_in_the_record_and_the_record_is_whole(ended: Ended) -> None:
    assert [c.new for c in ended.told(RiskModeChanged)].count("EMERGENCY") == 1
    assert ended.audit_ok
