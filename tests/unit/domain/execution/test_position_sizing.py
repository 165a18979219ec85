"""How large: never above a cap, never rounded up, and nothing when it must not be."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.execution.position_sizing import Sized, size, wanted_notional
from domain.governance.policy import Policy, SizingMode
from domain.market.instrument import FilterFault, Instrument
from domain.risk.emergency_stop import RiskMode
from domain.risk.limits import ModeLimits, limits_in
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Approved, judge
from domain.shared.amounts import ZERO
from tests.builders import D, a_policy, a_quote, an_instrument
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit

LIMITS = limits_in(RiskMode.NORMAL, Policy())
EQUITY = D(10_000)


def approved(
    notional: str | Decimal = "400", factor: str | Decimal = "1", price: str = "100"
) -> Approved:
    """Return what `judge` approves, for so many USD and reduced by so much."""
    verdict = judge(a_proposal(quote=a_quote(price=price)), a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    return verdict._replace(
        proposal=verdict.proposal._replace(notional=D(notional)), factor=D(factor)
    )


def sized(
    verdict: Approved,
    limits: ModeLimits = LIMITS,
    policy: Policy | None = None,
    instrument: Instrument | None = None,
) -> Sized | FilterFault:
    return size(verdict, limits, policy or Policy(), instrument or an_instrument(), EQUITY)


@given(
    st.decimals("1", "100000", places=4),
    st.decimals("0", "1", places=4),
    st.decimals("0.01", "90000", places=2),
    st.sampled_from(["0.001", "0.1", "1", "10"]),
    st.sampled_from(list(RiskMode)),
)
def test_no_size_exceeds_what_was_approved_or_the_cap_and_each_lies_on_the_step(
    notional: Decimal, factor: Decimal, price: Decimal, step: str, mode: RiskMode
) -> None:
    limits = limits_in(mode, Policy())
    instrument = an_instrument(step=D(step), quantity_min=D(step), quantity_max=D(5000))
    order = sized(approved(notional, factor, str(price)), limits, instrument=instrument)
    if isinstance(order, Sized):
        assert order.notional == order.quantity * price
        assert 5 <= order.notional <= min(notional * factor, limits.position_usd)
        assert order.quantity % D(step) == 0
        assert instrument.quantity_min <= order.quantity <= instrument.quantity_max
        assert 1 <= order.leverage <= min(limits.leverage, instrument.leverage_max)
    else:
        least = max(D(5), D(step) * price)
        assert min(notional * factor, limits.position_usd) < least + D(step) * price


def test_what_is_approved_whole_is_ordered_whole() -> None:
    verdict = judge(a_proposal(notional="400"), a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    assert sized(verdict) == Sized(D("4.000"), D("400.000"), 1)


def test_an_emergency_has_no_size() -> None:
    emergency = limits_in(RiskMode.EMERGENCY, Policy())
    assert sized(approved(), emergency) is FilterFault.QUANTITY_TOO_SMALL


def test_a_factor_of_zero_is_no_order() -> None:
    assert sized(approved(factor="0")) is FilterFault.QUANTITY_TOO_SMALL


def test_what_is_below_the_venues_notional_is_not_rounded_up() -> None:
    assert sized(approved("4.99")) is FilterFault.NOTIONAL_TOO_SMALL
    assert sized(approved("5")) == Sized(D("0.050"), D(5), 1)


def test_more_than_the_venue_takes_is_drawn_in() -> None:
    order = sized(approved(), instrument=an_instrument(quantity_max=D(2)))
    assert isinstance(order, Sized)
    assert order.quantity == D(2)


@pytest.mark.parametrize(
    ("margin_use", "leverage"), [("0.5", 1), ("0.2", 2), ("0.05", 8), ("0.001", 20)]
)
def test_leverage_is_the_least_that_fits_its_share_of_the_margin(
    margin_use: str, leverage: int
) -> None:
    order = sized(approved(), policy=a_policy(margin_use_max=D(margin_use)))
    assert isinstance(order, Sized)
    assert order.leverage == leverage


def test_without_equity_there_is_no_share_and_no_leverage() -> None:
    order = size(approved(), LIMITS, Policy(), an_instrument(), ZERO)
    assert isinstance(order, Sized)
    assert order.leverage == 1


def test_a_wider_stop_means_a_smaller_position_and_the_same_risk() -> None:
    policy, costs = Policy(), D("0.0012")
    for stop in (D("0.005"), D("0.02"), D("0.05")):
        notional = wanted_notional(policy, EQUITY, stop, costs)
        assert notional * (stop + costs) == pytest.approx(D(100))


@pytest.mark.parametrize(
    ("mode", "rich", "broke"),
    [
        (SizingMode.RISK, 5000, 0),
        (SizingMode.EQUITY_FRACTION, 1000, 0),
        (SizingMode.FIXED_USD, 100, 100),
    ],
)
def test_the_sizing_modes(mode: SizingMode, rich: int, broke: int) -> None:
    policy = a_policy(sizing=mode)
    assert wanted_notional(policy, EQUITY, D("0.0188"), D("0.0012")) == rich
    assert wanted_notional(policy, D(-1), D("0.0188"), D("0.0012")) == broke


@given(
    st.decimals("0.0001", "0.9", places=4),
    st.decimals("0.0001", "0.9", places=4),
    st.decimals("0", "0.01", places=4),
    st.decimals("0.01", "90000", places=2),
    st.sampled_from(["0.001", "0.5", "1"]),
)
def test_if_a_stop_widens_the_quantity_shrinks_and_no_stop_risks_more_than_the_budget(
    one: Decimal, other: Decimal, costs: Decimal, price: Decimal, step: str
) -> None:
    policy, instrument = a_policy(position_usd_normal=D("1e9")), an_instrument(step=D(step))
    limits = limits_in(RiskMode.NORMAL, policy)
    quantities = []
    for stop in sorted((one, other)):
        notional = wanted_notional(policy, EQUITY, stop, costs)
        order = sized(approved(notional, price=str(price)), limits, policy, instrument)
        if isinstance(order, Sized):
            budget = EQUITY * policy.risk_per_trade
            assert order.notional * (stop + costs) <= budget * (1 + D("1e-20"))
        quantities.append(order.quantity if isinstance(order, Sized) else ZERO)
    assert quantities[0] >= quantities[1]
