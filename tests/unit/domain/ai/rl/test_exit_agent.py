"""The exit agent picks among profiles that the rules make; untrained it secures in wary markets."""

import pytest

from domain.ai.rl.exit_agent import ExitProfile, exit_advice
from domain.ai.rl.sizing_agent import WARY
from domain.ai.rl.trust import Cell
from domain.governance.advice_policy import AdviceMode
from domain.market.messages import Regime
from tests.builders import a_policy

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("mode", AdviceMode)
def test_untrained_it_is_conservative_where_the_market_is_wary(
    mode: AdviceMode, regime: Regime
) -> None:
    wary = mode is AdviceMode.ADVISORY and regime in WARY
    expected = ExitProfile.SECURE if wary else ExitProfile.PLANNED
    assert exit_advice({}, "t", regime, a_policy(rl_mode=mode), live=True) is expected


def test_trained_it_does_what_paid() -> None:
    table = {"RANGE/planned": Cell(50, -0.2), "RANGE/secure": Cell(50, 0.2)}
    policy = a_policy(rl_mode=AdviceMode.ADVISORY)
    assert exit_advice(table, "t", Regime.RANGE, policy, live=True) is ExitProfile.SECURE
