"""Advice that nothing has taught yet: in high volatility it leaves a third, unlevered."""

from decimal import Decimal
from pathlib import Path

import pytest

from domain.decision.facts import EntryApproved
from domain.governance.advice_policy import AdviceMode
from tests.builders import BTC, a_policy
from tests.scenario.stage import BUY, Line, market_of, play

pytestmark = pytest.mark.scenario


def approved_in(where: Path, hourly_range: float, mode: AdviceMode) -> EntryApproved:
    voters = [[Line(3, BTC, BUY, confidence)] for confidence in (0.76, 0.78, 0.80, 0.82)]
    policy = a_policy(rl_mode=mode, rl_exploration=0.0, positions_max=50)
    market = {BTC: market_of(BTC, [1.0] * 8, hourly_range)}
    (approved,) = play(where / mode.value, market, voters, policy).told(EntryApproved)
    return approved


def test_in_high_volatility_size_falls_to_three_tenths_and_leverage_to_one(tmp_path: Path) -> None:
    ruled = approved_in(tmp_path, 0.04, AdviceMode.OFF)
    advised = approved_in(tmp_path, 0.04, AdviceMode.ADVISORY)
    assert ruled.leverage > 1
    assert advised.leverage == 1
    assert advised.quantity <= ruled.quantity * Decimal("0.3") < advised.quantity + 1


def test_shadow_leaves_every_entry_as_it_is(tmp_path: Path) -> None:
    ruled = approved_in(tmp_path, 0.04, AdviceMode.OFF)
    assert approved_in(tmp_path, 0.04, AdviceMode.SHADOW) == ruled
