"""The limits of one trade and of all together, to the figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.risk_guard import (
    edge_r,
    expected_value,
    exposure,
    loss_budget,
    margin_and_liquidation,
    order_limits,
    position_rules,
)
from tests.builders import D, a_policy
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit


@given(
    st.decimals("1", "1e6", places=2),
    st.floats(0, 60_000),
    st.floats(-50_000, 50_000),
    st.floats(0, 12_000),
    st.sampled_from([RiskMode.NORMAL, RiskMode.CAUTIOUS, RiskMode.PROTECTIVE]),
)
def test_no_exposure_reduced_exceeds_any_cap(
    wanted: str, gross: float, net: float, of_symbol: float, mode: RiskMode
) -> None:
    scene = a_scene(gross=gross, net=net, symbol_notional=of_symbol, stop=EmergencyStop(mode))
    check = exposure(a_proposal(notional=wanted), scene)
    size = float(check.factor * D(wanted))
    caps = {RiskMode.NORMAL: 500, RiskMode.CAUTIOUS: 300, RiskMode.PROTECTIVE: 100}
    slack = 1e-6
    assert 0 <= check.factor <= 1
    assert size <= caps[mode] + slack
    if size > 0:
        assert gross + size <= 50_000 + slack
        assert net + size <= 40_000 + slack
        assert of_symbol + size <= 10_000 + slack


@given(st.decimals("1", "1e6", places=2), st.floats(0, 700))
def test_no_open_risk_reduced_exceeds_the_budget(wanted: str, open_risk: float) -> None:
    check = loss_budget(a_proposal(notional=wanted), a_scene(open_risk=open_risk))
    risk = float(check.factor * D(wanted)) * 0.0212
    assert (risk == 0) or open_risk + risk <= 600 + 1e-6


def test_a_coin_toss_at_two_to_one_earns_half_an_r_before_costs() -> None:
    even = a_proposal(stop="0.02", reward="0.04", costs="0")
    assert edge_r(0.5, even) == pytest.approx(0.5)
    assert edge_r(1 / 3, even) == pytest.approx(0.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_is_never_worth_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert edge_r(low, a_proposal()) <= edge_r(high, a_proposal())


def test_costs_are_paid_by_the_win_and_by_the_loss() -> None:
    assert edge_r(0.5, a_proposal(costs="0.005")) == pytest.approx(0.5 * 0.035 / 0.025 - 0.5)


def test_an_edge_of_exactly_the_least_is_none() -> None:
    scene = a_scene(a_policy(edge_min_r=0.0, reward_risk_min=D(0)))
    fair = a_proposal(stop="0.02", reward="0.02", costs="0")
    toss = fair._replace(opinion=fair.opinion._replace(confidence=0.5))
    assert expected_value(toss, scene).objection is not None


def test_figures_of_the_allowed_are_told_too() -> None:
    scene = a_scene(slots_used=3, recent_entries=2)
    assert position_rules(a_proposal(), scene)[3:] == (3.0, 10.0)
    assert order_limits(a_proposal(), scene)[3:] == (2.0, 30.0)
    margin = margin_and_liquidation(a_proposal(), scene)
    assert (margin.value, margin.limit) == (0.002, 0.5)
