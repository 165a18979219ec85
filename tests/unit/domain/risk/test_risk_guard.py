"""The limits of one trade and of all together, to the figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.safety_policy import Permission
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.risk_guard import (
    exposure,
    loss_budget,
    margin_and_liquidation,
    order_limits,
    position_rules,
)
from domain.risk.verdict import Objection
from tests.builders import D, a_quote, an_instrument
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


@given(st.decimals("1", "1e6", places=2), st.floats(-100, 700))
def test_no_open_risk_reduced_exceeds_the_budget(wanted: str, open_risk: float) -> None:
    check = loss_budget(a_proposal(notional=wanted), a_scene(open_risk=open_risk))
    risk = float(check.factor) * min(float(wanted), 500.0) * 0.0212
    assert (risk == 0) or open_risk + risk <= 600 + 1e-6


@pytest.mark.parametrize(("streak", "factor"), [(0, "1"), (4, "1"), (5, "0.5"), (50, "0.5")])
def test_a_streak_of_losses_halves_the_next_trade(streak: int, factor: str) -> None:
    scene = a_scene()
    scene = scene._replace(watch=scene.watch._replace(streak=streak))
    assert loss_budget(a_proposal(), scene).factor == D(factor)


def test_a_streak_and_little_room_are_reduced_to_the_room_not_below() -> None:
    scene = a_scene(open_risk=600 - 400 * 0.0212 / 4)
    scene = scene._replace(watch=scene.watch._replace(streak=5))
    assert float(loss_budget(a_proposal(), scene).factor) == pytest.approx(0.25)


def test_what_stops_lock_in_pays_for_no_new_risk() -> None:
    locked = loss_budget(a_proposal(notional="1e6"), a_scene(open_risk=-5_000.0))
    assert locked == loss_budget(a_proposal(notional="1e6"), a_scene())


def test_credit_of_paper_trades_lifts_the_ladders_drawdown_but_not_the_capital_floor() -> None:
    watch = a_scene().watch
    credited = watch._replace(equity=8_500.0, credit=1_000.0, day_open=8_500.0)
    assert loss_budget(a_proposal(), a_scene(watch=credited)).objection is None
    low = watch._replace(equity=8_000.0, credit=2_000.0, day_open=8_000.0)
    check = loss_budget(a_proposal(), a_scene(watch=low))
    assert (check.objection, check.value, check.limit) == (Objection.DRAWDOWN_BUDGET, 0.2, 0.2)


@pytest.mark.parametrize("permission", [Permission.ALLOW_ALL, Permission.SAFE_RISK_PROFILE])
def test_a_system_less_than_well_trades_within_the_caps_of_cautious(permission: Permission) -> None:
    check = exposure(a_proposal(notional="1000"), a_scene(permission=permission))
    assert check.limit == (500 if permission is Permission.ALLOW_ALL else 300)


def test_a_collar_outside_the_venues_band_or_within_the_spread_is_no_collar() -> None:
    narrow = order_limits(a_proposal(), a_scene(instrument=an_instrument(price_band=D("0.00001"))))
    assert narrow[2:] == (Objection.PRICE_COLLAR, 0.00005, 0.00001)
    wide = order_limits(a_proposal(quote=a_quote(spread=0.03)), a_scene())
    assert wide[2:] == (Objection.PRICE_COLLAR, 0.015, 0.01)


def test_a_quantity_below_the_venues_least_is_filtered() -> None:
    coarse = an_instrument(step=D(10), quantity_min=D(10))
    assert order_limits(a_proposal(), a_scene(instrument=coarse)).objection is Objection.FILTER


def test_figures_of_the_allowed_are_told_too() -> None:
    scene = a_scene(slots_used=3, recent_entries=2)
    assert position_rules(a_proposal(), scene)[3:] == (3.0, 10.0)
    assert order_limits(a_proposal(), scene)[3:] == (2.0, 30.0)
    margin = margin_and_liquidation(a_proposal(), scene)
    assert (margin.value, margin.limit) == (0.002, 0.5)
