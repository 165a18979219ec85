"""Scenario 2: ATR at 4 %; weak signals are refused, strong ones trade smaller and wider."""

from pathlib import Path

import pytest

from domain.decision.facts import EntryApproved, EntryRefused
from domain.risk.verdict import Objection
from tests.builders import BTC, a_policy
from tests.scenario.stage import BUY, Ended, Line, market_of, play

pytestmark = pytest.mark.scenario


def signal_in(where: Path, hourly_range: float, *confidences: float) -> Ended:
    voters = [[Line(3, BTC, BUY, confidence)] for confidence in confidences]
    return play(where / "run", {BTC: market_of(BTC, [1.0] * 8, hourly_range)}, voters, a_policy())


def test_weak_signals_are_refused_on_confidence(tmp_path: Path) -> None:
    ended = signal_in(tmp_path, 0.04, 0.58, 0.60, 0.62, 0.60)
    (refused,) = ended.told(EntryRefused)
    assert refused.objections == (Objection.CONFIDENCE_TOO_LOW,)
    quality = next(check for check in refused.checks if check.gate == "signal_quality")
    assert quality.limit == 0.65
    assert ended.fills == ()


def test_strong_signals_trade_at_half_size_with_a_wider_stop_and_no_more_risk(
    tmp_path: Path,
) -> None:
    (calm,) = signal_in(tmp_path / "calm", 0.02, *[0.7] * 4).told(EntryApproved)
    (wild,) = signal_in(tmp_path / "wild", 0.04, 0.68, 0.70, 0.72, 0.74).told(EntryApproved)
    step = 1  # of the instrument that prices of 100.00 show
    assert calm.quantity / 2 - step < wild.quantity <= calm.quantity / 2
    assert wild.notional <= calm.notional / 2
    assert wild.stop > calm.stop
    assert wild.notional * wild.stop <= calm.notional * calm.stop


def test_an_extreme_market_is_shut(tmp_path: Path) -> None:
    (refused,) = signal_in(tmp_path, 0.07, *[0.95] * 4).told(EntryRefused)
    assert Objection.DIRECTIVE in refused.objections
