"""Where a trade gets out: on the right side of its entry, whatever goes in."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.execution.dynamic_tpsl import ExitPlan, levels, plan_exits
from domain.governance.policy import ExitMode, Policy
from domain.risk.expected_value import expected_value
from domain.risk.risk_guard import margin_and_liquidation
from domain.shared.enums import Side
from tests.builders import D, a_policy, an_instrument
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit

POLICY = Policy()
FRACTION = a_policy(exits=ExitMode.FRACTION)
COSTS = D("0.0012")


@given(
    st.one_of(st.floats(allow_nan=True, allow_infinity=True)),
    st.one_of(st.none(), st.decimals("0.000001", "5", places=6)),
    st.one_of(st.none(), st.decimals("0.000001", "5", places=6)),
    st.sampled_from([POLICY, FRACTION]),
    st.sampled_from(list(Side)),
    st.decimals("0.02", "90000", places=2),
    st.decimals("0.001", "1000", places=3),
    st.sampled_from(["0.01", "0.5", "10"]),
)
def test_a_longs_stop_lies_below_its_entry_and_a_shorts_above(
    atr: float,
    stop: Decimal | None,
    target: Decimal | None,
    policy: Policy,
    side: Side,
    entry: Decimal,
    quantity: Decimal,
    tick: str,
) -> None:
    instrument = an_instrument(tick=D(tick))
    where = levels(plan_exits(atr, policy, stop, target), side, entry, quantity, instrument)
    sign = side.sign
    assert (where.stop - entry) * sign < 0
    assert where.stop % D(tick) == 0
    parts = [part for _, part in where.targets if part is not None]
    assert sum(parts) <= quantity
    for price, part in where.targets:
        assert price > 0
        assert price % D(tick) == 0
        assert (price - entry) * sign > 0
        assert part is None or part >= instrument.quantity_min


@pytest.mark.parametrize(
    ("atr", "stop"),
    [
        (0.01, "0.02"),
        (0.0001, "0.005"),
        (0.04, "0.05"),
        (math.nan, "0.05"),
        (0.0, "0.05"),
        (-1.0, "0.05"),
        (math.inf, "0.05"),
    ],
)
def test_a_stop_is_two_atr_within_its_bounds_and_the_widest_when_unknown(
    atr: float, stop: str
) -> None:
    assert float(plan_exits(atr, POLICY).stop) == pytest.approx(float(stop))


def test_targets_are_a_ladder_in_r_and_the_rest_trails() -> None:
    plan = plan_exits(0.0094, POLICY)
    r = plan.stop + COSTS
    assert plan.targets == ((D("0.5"), D("1.5") * r), (D("0.3"), D("2.5") * r))
    assert float(plan.reward) == pytest.approx(float(2 * r))  # half at 1.5, half at 2.5


def test_fixed_fractions_are_taken_as_they_are() -> None:
    assert plan_exits(math.nan, FRACTION) == ExitPlan(D("0.02"), ((D(1), D("0.03")),), COSTS)


def test_what_a_voter_asks_for_is_heard_but_no_stop_beyond_the_greatest() -> None:
    plan = plan_exits(0.01, POLICY, D("0.4"), D("0.2"))
    assert (plan.stop, plan.targets) == (D("0.05"), ((D(1), D("0.2")),))


@pytest.mark.parametrize(
    ("first", "second", "targets"),
    [("0", "0", 1), ("1", "0", 1), ("0", "0.4", 1), ("0.4", "0.4", 2)],
)
def test_a_ladder_without_a_rung_has_one_target_at_least(
    first: str, second: str, targets: int
) -> None:
    policy = a_policy(first_target_share=D(first), second_target_share=D(second))
    plan = plan_exits(0.01, policy)
    assert len(plan.targets) == targets
    assert plan.reward > 0


def test_prices_are_rounded_towards_less_risk() -> None:
    plan = ExitPlan(D("0.0333"), ((D(1), D("0.0333")),), COSTS)
    tick = an_instrument(tick=D("0.1"))
    assert levels(plan, Side.BUY, D(100), D(1), tick).stop == D("96.7")
    assert levels(plan, Side.SELL, D(100), D(1), tick).stop == D("103.3")
    assert levels(plan, Side.BUY, D(100), D(1), tick).targets == ((D("103.4"), None),)
    assert levels(plan, Side.SELL, D(100), D(1), tick).targets == ((D("96.6"), None),)


def test_a_target_too_small_for_the_venue_is_left_to_the_trailing_stop() -> None:
    plan = plan_exits(0.01, POLICY)
    where = levels(plan, Side.BUY, D(100), D("0.03"), an_instrument(quantity_min=D("0.01")))
    assert [part for _, part in where.targets] == [D("0.015")]


def test_a_short_has_no_target_below_zero() -> None:
    plan = plan_exits(0.01, POLICY, None, D(2))
    assert levels(plan, Side.SELL, D(100), D(1), an_instrument()).targets == ()


@given(
    st.floats(0.0001, 0.5),
    st.one_of(st.none(), st.decimals("0.0001", "0.5", places=4)),
    st.one_of(st.none(), st.decimals("0.0001", "0.5", places=4)),
    st.decimals("0.5", "50", places=1),
)
def test_what_is_entered_is_worth_its_risk_net_of_costs_and_stops_well_before_liquidation(
    atr: float, stop: Decimal | None, target: Decimal | None, gross: Decimal
) -> None:
    plan = plan_exits(atr, POLICY, stop, target)
    proposal = a_proposal(notional="1")._replace(
        stop=plan.stop, reward=plan.reward, costs=plan.costs
    )
    scene = a_scene()
    if expected_value(proposal, scene).objection is None:
        ratio = (plan.reward - plan.costs) / (plan.stop + plan.costs)
        assert ratio >= POLICY.reward_risk_min
    held = scene._replace(gross=float(gross) * scene.watch.equity)
    if margin_and_liquidation(proposal, held).objection is None:
        rate = scene.instrument.tiers[0].rate
        distance = scene.watch.equity / (held.gross + 1.0) - float(rate)
        assert distance >= float(POLICY.liquidation_stop_ratio * plan.stop)
