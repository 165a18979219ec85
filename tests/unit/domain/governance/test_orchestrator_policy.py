"""The orchestrator can only tighten."""

import math
from itertools import product

import pytest

from domain.governance.orchestrator_policy import directive_in
from domain.market.messages import Regime
from domain.shared.amounts import ONE, ZERO
from tests.builders import D, a_policy

pytestmark = pytest.mark.unit

POLICY = a_policy()


@pytest.mark.parametrize(("regime", "atr"), list(product(Regime, [0.0, 0.03, 0.06, 1.0, math.nan])))
def test_no_regime_makes_a_position_larger(regime: Regime, atr: float) -> None:
    order = directive_in(regime, atr, POLICY)
    assert ZERO <= order.size <= ONE
    assert order.allow_entries is (order.size > ZERO)


def test_illiquid_and_extreme_markets_are_shut() -> None:
    assert not directive_in(Regime.ILLIQUID, 0.01, POLICY).allow_entries
    assert not directive_in(Regime.TREND_UP, 0.06, POLICY).allow_entries
    assert directive_in(Regime.TREND_UP, 0.0599, POLICY).allow_entries


@pytest.mark.parametrize(("size", "allowed"), [("1", True), ("0.5", True), ("0", False)])
def test_an_unknown_regime_is_defensive(size: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    order = directive_in(Regime.UNKNOWN, 0.01, a_policy(unknown_regime_size=D(size)))
    assert order == (allowed, D(size))
