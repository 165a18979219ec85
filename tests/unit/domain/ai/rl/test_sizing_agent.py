"""The sizing agent never takes more than the rules give, whatever it has learnt."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ai.rl.sizing_agent import WARY, SizeAction, size_advice, state_of
from domain.ai.rl.trust import Cell, key_of
from domain.execution.position_sizing import Sized, lessened
from domain.governance.advice_policy import AdviceMode
from domain.market.instrument import FilterFault
from domain.market.messages import Regime
from domain.shared.amounts import ONE, ZERO
from tests.builders import BTC, a_policy, an_instrument

pytestmark = pytest.mark.unit

STATES = [state_of(regime, c) for regime in Regime for c in (0.5, 0.7, 0.9)]
CELLS = st.builds(Cell, st.integers(0, 100), st.floats(-50, 50))
KEYS = st.sampled_from([key_of(state, action) for state in STATES for action in SizeAction])
TABLES = st.dictionaries(KEYS, CELLS)


@given(
    TABLES,
    st.text(max_size=20),
    st.sampled_from(Regime),
    st.floats(0, 1),
    st.sampled_from(AdviceMode),
    st.booleans(),
    st.integers(1, 10_000),
    st.integers(1, 20),
)
def test_no_table_makes_an_entry_larger(
    table: dict[str, Cell],
    trace: str,
    regime: Regime,
    confidence: float,
    mode: AdviceMode,
    live: bool,  # noqa: FBT001 - drawn
    units: int,
    leverage: int,
) -> None:
    policy = a_policy(rl_mode=mode, rl_exploration=0.5)
    advice = size_advice(table, trace, regime, confidence, policy, live=live)
    assert ZERO < advice.factor <= ONE
    instrument = an_instrument(BTC)
    price = Decimal(100)
    ruled = Sized(units * instrument.step, units * instrument.step * price, leverage)
    sized = lessened(ruled, advice.factor, advice.leverage, price, instrument)
    if not isinstance(sized, FilterFault):
        assert sized.quantity <= ruled.quantity
        assert sized.notional <= ruled.notional
        assert 1 <= sized.leverage <= ruled.leverage


@pytest.mark.parametrize("regime", Regime)
def test_untrained_it_falls_back_only_where_the_market_is_wary(regime: Regime) -> None:
    advice = size_advice({}, "t", regime, 0.8, a_policy(rl_mode=AdviceMode.ADVISORY), live=True)
    expected = (Decimal("0.3"), 1) if regime in WARY else (ONE, None)
    assert (advice.factor, advice.leverage) == expected


def test_live_it_does_as_it_was_taught_and_never_explores() -> None:
    table = {
        key_of(state_of(Regime.RANGE, 0.8), action): Cell(100, value)
        for action, value in ((SizeAction.FULL, -0.4), (SizeAction.QUARTER, -0.1))
    }
    policy = a_policy(rl_mode=AdviceMode.ADVISORY, rl_exploration=1.0)
    taken = {
        size_advice(table, f"t{n}", Regime.RANGE, 0.8, policy, live=True).action for n in range(50)
    }
    assert taken == {SizeAction.QUARTER}
