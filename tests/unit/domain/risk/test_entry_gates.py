"""What the first gates allow, and on what figures they say so."""

from itertools import product

import pytest

from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.entry_gates import data_quality, emergency_and_policy, environment
from domain.shared.enums import RunMode
from tests.builders import START_MS, a_policy, a_quote
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("desk", "market"), list(product(RunMode, RunMode)))
def test_prices_of_one_environment_never_trade_in_another(desk: RunMode, market: RunMode) -> None:
    check = environment(a_proposal(quote=a_quote(source=market)), a_scene(mode=desk))
    assert (check.objection is None) is (desk is market)


@pytest.mark.parametrize("mode", RiskMode)
def test_only_an_emergency_shuts_the_first_gate(mode: RiskMode) -> None:
    check = emergency_and_policy(a_proposal(), a_scene(stop=EmergencyStop(mode)))
    assert (check.objection is None) is (mode is not RiskMode.EMERGENCY)


@pytest.mark.parametrize(("expires_ms", "open_"), [(0, True), (1, True), (-1, False)])
def test_a_policy_that_has_expired_opens_nothing(expires_ms: int, open_: bool) -> None:  # noqa: FBT001 - a case
    policy = a_policy(expires_ms=START_MS + max(expires_ms, 0) if expires_ms else 0)
    check = emergency_and_policy(a_proposal(), a_scene(policy))
    assert (check.objection is None) is open_


@pytest.mark.parametrize(
    ("spread", "open_"), [(0.0, True), (0.005, True), (0.0051, False), (-0.001, False)]
)
def test_a_spread_is_fair_or_it_is_none(spread: float, open_: bool) -> None:  # noqa: FBT001 - a case
    check = data_quality(a_proposal(quote=a_quote(spread=spread)), a_scene())
    assert (check.objection is None) is open_


def test_gates_tell_the_figure_and_its_limit() -> None:
    assert data_quality(a_proposal(), a_scene())[3:] == (0.0001, 0.005)
