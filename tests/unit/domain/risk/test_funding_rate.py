"""Funding: known, not dear, and not most of the edge."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.policy import Policy
from domain.market.messages import PredictedFunding
from domain.risk.funding_rate import (
    FundingVerdict,
    expected_cost,
    funding_rate,
    open_position_verdict,
    paid_per_8h,
    settlements,
)
from domain.risk.verdict import Objection
from domain.shared.enums import Side
from tests.builders import ETH, HOUR_MS, START_MS, a_policy, an_instrument
from tests.unit.domain.risk.scenes import a_funding, a_proposal, a_scene, an_opinion

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("side", "rate", "hours", "objection"),
    [
        (Side.BUY, 0.001, 8, None),
        (Side.BUY, 0.00101, 8, Objection.FUNDING_TOO_HIGH),
        (Side.SELL, 0.00101, 8, None),
        (Side.SELL, -0.00101, 8, Objection.FUNDING_TOO_HIGH),
        (Side.BUY, 0.00051, 4, Objection.FUNDING_TOO_HIGH),
        (Side.BUY, 0.0005, 4, None),
        (Side.BUY, 0.00013, 1, Objection.FUNDING_TOO_HIGH),
        (Side.BUY, -1.0, 8, None),
    ],
)
def test_what_we_would_pay_is_held_against_the_limit_per_eight_hours(
    side: Side, rate: float, hours: int, objection: Objection | None
) -> None:
    scene = a_scene(funding=a_funding(rate), instrument=an_instrument(funding_interval_hours=hours))
    assert funding_rate(a_proposal(side=side), scene).objection is objection


@pytest.mark.parametrize(
    "funding",
    [
        None,
        a_funding(math.nan),
        a_funding(math.inf),
        a_funding(symbol=ETH),
        a_funding(until_ms=START_MS - 1),
    ],
    ids=["none", "nan", "infinite", "of another symbol", "too old"],
)
def test_a_rate_that_is_not_known_lets_no_entry_by(funding: PredictedFunding | None) -> None:
    check = funding_rate(a_proposal(), a_scene(funding=funding))
    assert check.objection is Objection.FUNDING_UNKNOWN


def test_a_symbol_without_an_interval_has_no_known_funding() -> None:
    scene = a_scene(instrument=an_instrument(funding_interval_hours=0))
    assert funding_rate(a_proposal(), scene).objection is Objection.FUNDING_UNKNOWN
    assert math.isnan(paid_per_8h(Side.BUY, 0.1, 0))


def test_a_prediction_is_believed_until_its_very_moment() -> None:
    scene = a_scene(funding=a_funding(until_ms=START_MS))
    assert funding_rate(a_proposal(), scene).objection is None


def test_funding_may_eat_half_of_the_edge_and_no_more() -> None:
    # Half a chance of 4 % against 2 %: an edge of 1 % of the price, of which funding may take half.
    toss = a_proposal(stop="0.02", reward="0.04", costs="0", opinion=an_opinion(0.5))
    policy = a_policy(funding_rate_max=1.0)
    half = funding_rate(toss, a_scene(policy, funding=a_funding(0.00499)))
    assert half.objection is None
    more = funding_rate(toss, a_scene(policy, funding=a_funding(0.00501)))
    assert more.objection is Objection.FUNDING_EATS_EDGE
    assert (more.value, more.limit) == pytest.approx((0.00501, 0.005))


def test_without_an_edge_no_funding_is_bearable_but_being_paid_is() -> None:
    worthless = a_proposal(opinion=an_opinion(0.1))
    dear = funding_rate(worthless, a_scene(funding=a_funding(0.00001)))
    assert dear.objection is Objection.FUNDING_EATS_EDGE
    assert funding_rate(worthless, a_scene(funding=a_funding(-0.00001))).objection is None


@pytest.mark.parametrize(
    ("hour", "minutes", "interval", "count"),
    [(6, 480, 8, 1), (6, 119, 8, 0), (6, 120, 8, 1), (6, 480, 4, 2), (0, 480, 8, 1), (6, 60, 1, 1)],
)
def test_settlements_are_those_within_the_holding_time(
    hour: int, minutes: int, interval: int, count: int
) -> None:
    midnight = START_MS - 6 * HOUR_MS
    assert settlements(midnight + hour * HOUR_MS, minutes, interval) == count


def test_each_settlement_within_the_holding_time_is_paid() -> None:
    four = a_scene(a_policy(funding_holding_minutes=1440), funding=a_funding(0.0001))
    assert expected_cost(a_proposal(), four) == pytest.approx(0.0003)
    brief = a_scene(a_policy(funding_holding_minutes=60), funding=a_funding(0.0001))
    assert expected_cost(a_proposal(), brief) == 0.0


@given(st.floats(-0.01, 0.01), st.sampled_from([1, 2, 4, 8]))
def test_a_dearer_rate_is_never_allowed_where_a_cheaper_is_not(rate: float, hours: int) -> None:
    instrument = an_instrument(funding_interval_hours=hours)
    cheap, dear = (
        funding_rate(a_proposal(), a_scene(funding=a_funding(r), instrument=instrument)).factor
        for r in (rate, rate + 0.0001)
    )
    assert dear <= cheap


@pytest.mark.parametrize(
    ("side", "rate", "hours", "verdict"),
    [
        (Side.BUY, 0.0005, 8, FundingVerdict.NOTHING),
        (Side.BUY, 0.00051, 8, FundingVerdict.WARN),
        (Side.BUY, 0.001, 8, FundingVerdict.WARN),
        (Side.BUY, 0.00101, 8, FundingVerdict.LEAVE),
        (Side.BUY, 0.00026, 4, FundingVerdict.WARN),
        (Side.SELL, 0.01, 8, FundingVerdict.NOTHING),
        (Side.SELL, -0.01, 8, FundingVerdict.LEAVE),
        (Side.BUY, math.nan, 8, FundingVerdict.NOTHING),
    ],
)
def test_open_positions_are_warned_of_and_then_left(
    side: Side, rate: float, hours: int, verdict: FundingVerdict
) -> None:
    assert open_position_verdict(side, a_funding(rate), hours, Policy()) is verdict


def test_nothing_predicted_asks_for_nothing() -> None:
    assert open_position_verdict(Side.BUY, None, 8, Policy()) is FundingVerdict.NOTHING
