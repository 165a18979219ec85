"""What the first gates allow, and on what figures they say so."""

from itertools import product

import pytest

from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.entry_gates import (
    data_quality,
    directive,
    emergency_and_policy,
    environment,
    symbol_performance,
)
from domain.shared.enums import RunMode
from tests.builders import a_quote
from tests.unit.domain.risk.scenes import a_proposal, a_scene, an_opinion

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("desk", "market"), list(product(RunMode, RunMode)))
def test_prices_of_one_environment_never_trade_in_another(desk: RunMode, market: RunMode) -> None:
    check = environment(a_proposal(quote=a_quote(source=market)), a_scene(mode=desk))
    assert (check.objection is None) is (desk is market)


@pytest.mark.parametrize("mode", RiskMode)
def test_only_an_emergency_shuts_the_first_gate(mode: RiskMode) -> None:
    check = emergency_and_policy(a_proposal(), a_scene(stop=EmergencyStop(mode)))
    assert (check.objection is None) is (mode is not RiskMode.EMERGENCY)


@pytest.mark.parametrize("mode", RiskMode)
def test_the_confidence_demanded_rises_with_the_mode(mode: RiskMode) -> None:
    policy = Policy()
    floors = (
        policy.confidence_normal,
        policy.confidence_cautious,
        policy.confidence_protective,
        1.0,
    )
    scene = a_scene(stop=EmergencyStop(mode))
    assert directive(a_proposal(opinion=an_opinion(floors[mode])), scene).objection is None
    below = floors[mode] - 0.001
    assert directive(a_proposal(opinion=an_opinion(below)), scene).objection is not None


def test_an_unknown_regime_is_let_by_at_half_size() -> None:
    check = directive(a_proposal(quote=a_quote(regime=Regime.UNKNOWN)), a_scene())
    assert check.factor * 2 == 1


def test_gates_tell_the_figure_and_its_limit() -> None:
    assert data_quality(a_proposal(), a_scene())[3:] == (0.0001, 0.005)
    assert symbol_performance(a_proposal(), a_scene())[3:] == (0.0, 3.0)
