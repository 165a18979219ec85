"""Advice at work on a desk: volatility now counts before the regime is confirmed."""

import pytest

from domain.ai.rl.memory import Memory, Taken
from domain.ai.rl.trust import Cell
from domain.decision.advising import learn, regime_of
from domain.decision.state import Turn, initial
from domain.governance.advice_policy import AdviceMode
from domain.market.messages import Regime
from domain.shared.enums import RunMode
from tests.builders import a_policy, a_quote

pytestmark = pytest.mark.unit


def a_turn(mode: AdviceMode) -> Turn:
    return Turn(initial(RunMode.PAPER, a_policy(rl_mode=mode)))


def test_high_volatility_is_not_waited_for() -> None:
    quote = a_quote()._replace(regime=Regime.RANGE, atr_fraction=0.04)
    assert regime_of(a_turn(AdviceMode.ADVISORY), quote) is Regime.HIGH_VOLATILITY
    calm = quote._replace(atr_fraction=0.01)
    assert regime_of(a_turn(AdviceMode.ADVISORY), calm) is Regime.RANGE


@pytest.mark.parametrize("mode", AdviceMode)
def test_it_learns_from_closed_trades_unless_it_is_off(mode: AdviceMode) -> None:
    turn = a_turn(mode)
    turn.oversee(memory=Memory(pending={"t": Taken("s/full", "e/planned")}))
    learn(turn, "t", 1.0)
    learnt = {} if mode is AdviceMode.OFF else {"s/full": Cell(1, 0.0)}
    assert turn.oversight.memory.sizes == learnt
