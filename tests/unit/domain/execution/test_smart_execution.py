"""How an entry is worked off: the right style, and never more than was approved."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.execution.messages import OrderKind, Permit
from domain.execution.smart_execution import (
    Wish,
    Work,
    choose,
    collar_of,
    is_patient,
    least_of,
    next_child,
    resting_price,
    style_of,
)
from domain.governance.execution_policy import EntryStyle
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from tests.builders import D, a_policy, an_instrument

pytestmark = pytest.mark.unit

AUTO, MARKET, PASSIVE, TWAP, ICEBERG = EntryStyle
LATE = 60_000
INSTRUMENT = an_instrument()


def a_wish(quantity: str | Decimal = "5", **changes: Any) -> Wish:  # noqa: ANN401 - any field
    """Return a wish to buy at 100 in a calm, deep market, allowed for a minute."""
    wish = Wish(Side.BUY, D(quantity), D(100), 0.0001, 1e6, 0.7, 0, Permit(0, 1, LATE))
    return wish._replace(**changes)


def the_work(policy: Policy, wish: Wish | None = None, instrument: Instrument = INSTRUMENT) -> Work:
    work = choose(wish or a_wish(), policy, instrument)
    assert work is not None
    return work


@pytest.mark.parametrize(
    ("spread", "depth", "confidence", "style"),
    [
        (0.0001, 1e6, 0.7, MARKET),  # small, and the spread is worth paying
        (0.01, 1e6, 0.7, PASSIVE),  # small and patient
        (0.01, 1e6, 0.95, MARKET),  # small and urgent
        (0.01, 1e3, 0.95, TWAP),  # too large for one order, and urgent
        (0.0001, 1e3, 0.7, TWAP),
        (0.01, 1e3, 0.7, ICEBERG),  # too large, and patient
        (0.01, 0.0, 0.7, ICEBERG),  # a depth that is not known bears nothing
        (0.01, math.nan, 0.95, TWAP),
        (math.nan, 1e6, 0.7, PASSIVE),  # a spread that is not known is not worth paying
    ],
)
def test_auto_chooses_by_urgency_spread_depth_and_size(
    spread: float, depth: float, confidence: float, style: EntryStyle
) -> None:
    wish = a_wish(spread=spread, depth_usd=depth, confidence=confidence)
    assert style_of(wish, a_policy(entry_style=AUTO)) is style


@pytest.mark.parametrize("style", [MARKET, PASSIVE, TWAP, ICEBERG])
def test_a_style_that_is_told_is_not_chosen(style: EntryStyle) -> None:
    assert style_of(a_wish(depth_usd=0.0), a_policy(entry_style=style)) is style


def test_by_default_an_entry_is_one_order_at_the_market() -> None:
    assert choose(a_wish(), Policy(), INSTRUMENT) is None


QUANTITIES = st.integers(1, 400_000).map(lambda n: D(n) / 1000)
POLICIES = st.builds(
    lambda style, slices, seconds, share, wait, takes: a_policy(
        entry_style=style,
        twap_slices_max=slices,
        twap_seconds=seconds,
        iceberg_share=share,
        passive_seconds=wait,
        passive_takes=takes,
    ),
    st.sampled_from([PASSIVE, TWAP, ICEBERG]),
    st.integers(1, 50),
    st.integers(1, 3600),
    st.decimals("0.02", "1", places=2),
    st.integers(1, 3600),
    st.booleans(),
)


@given(QUANTITIES, POLICIES, st.sampled_from(["0.001", "0.01", "0.5", "1"]), st.floats(0, 1e5))
def test_children_lie_on_the_step_reach_the_minimum_and_sum_to_no_more_than_was_approved(
    quantity: Decimal, policy: Policy, step: str, depth: float
) -> None:
    instrument = an_instrument(step=D(step), quantity_min=D(step))
    whole = instrument.quantity(quantity)
    wish = a_wish(whole, depth_usd=depth)
    work, left, at_ms, children = the_work(policy, wish, instrument), whole, 0, 0
    while (child := next_child(work, left, D("99.99"), at_ms, policy)) is not None:
        assert child.quantity % D(step) == 0
        assert work.least <= child.quantity <= left
        assert child.quantity * D(99) >= instrument.notional_min
        left -= child.quantity
        at_ms += work.every_ms if work.style is TWAP else 0
        children += 1
        assert children <= max(policy.twap_slices_max, 51)
    assert ZERO <= left < max(work.least, D(step))


@given(QUANTITIES, POLICIES)
def test_nothing_is_sent_once_the_permit_has_expired(quantity: Decimal, policy: Policy) -> None:
    work = the_work(policy, a_wish(quantity))
    assert work.deadline_ms <= LATE
    assert next_child(work, quantity, D(99), LATE, policy) is None


@given(QUANTITIES, st.integers(2, 50), st.floats(0, 1e6))
def test_no_more_slices_than_the_policy_allows_all_within_their_time(
    quantity: Decimal, slices: int, depth: float
) -> None:
    policy = a_policy(entry_style=TWAP, twap_slices_max=slices)
    wish = a_wish(quantity, depth_usd=depth)
    work = the_work(policy, wish)
    count = -(-quantity // work.clip)
    assert count <= slices
    assert (count - 1) * work.every_ms < policy.twap_seconds * 1000


def test_slices_are_as_many_as_the_depth_asks_for() -> None:
    policy = a_policy(entry_style=TWAP, twap_slices_max=50)
    assert the_work(policy, a_wish("5", depth_usd=2_500.0)).clip == D("1.25")  # 125 USD at most
    assert the_work(policy, a_wish("5", depth_usd=1e9)).clip == D("2.5")
    assert the_work(policy, a_wish("5", depth_usd=0.0)).clip == D("0.1")


def test_an_iceberg_shows_its_share_and_no_less_than_the_venue_takes() -> None:
    policy = a_policy(entry_style=ICEBERG, iceberg_share=D("0.2"))
    assert the_work(policy, a_wish("5")).clip == D(1)
    small = a_wish("0.06")
    assert the_work(policy, small).clip == least_of(small, policy, INSTRUMENT) == D("0.051")


def test_a_rest_too_small_to_be_sent_alone_goes_with_the_last_child() -> None:
    policy = a_policy(entry_style=ICEBERG, iceberg_share=D("0.5"))
    work = the_work(policy, a_wish("0.15"))
    assert work.clip == D("0.075")
    child = next_child(work, D("0.12"), D(99), 0, policy)
    assert child is not None
    assert child.quantity == D("0.12")


@pytest.mark.parametrize(("takes", "kind"), [(True, OrderKind.MARKET), (False, None)])
def test_at_its_deadline_a_resting_entry_takes_or_gives_up(
    *, takes: bool, kind: OrderKind | None
) -> None:
    policy = a_policy(entry_style=PASSIVE, passive_seconds=10, passive_takes=takes)
    work = the_work(policy)
    early = next_child(work, D(5), D(99), 9_999, policy)
    assert early is not None
    assert (early.kind, early.price) == (OrderKind.POST_ONLY, D(99))
    assert is_patient(work, 9_999)
    late = next_child(work, D(3), D(99), 10_000, policy)
    assert (late and late.kind) is kind
    if late is not None:
        assert (late.quantity, late.price) == (D(3), None)


def test_where_there_is_no_price_above_zero_nothing_rests() -> None:
    work = the_work(a_policy(entry_style=PASSIVE))
    assert next_child(work, D(5), ZERO, 0, Policy()) is None


@given(
    st.sampled_from(list(Side)),
    st.decimals("1", "50000", places=2),
    st.one_of(st.floats(0, 0.4), st.just(math.nan), st.just(-1.0), st.just(math.inf)),
    st.integers(0, 50),
    st.integers(0, 20),
    st.sampled_from(["0.01", "0.5"]),
)
def test_a_resting_price_is_on_the_tick_never_crosses_and_never_lies_beyond_the_collar(
    side: Side, mark: Decimal, spread: float, offset: int, crossed: int, tick: str
) -> None:
    instrument = an_instrument(tick=D(tick))
    policy = a_policy(entry_style=PASSIVE, passive_offset_ticks=offset)
    work = the_work(policy, a_wish(side=side, spread=spread), instrument)._replace(crossed=crossed)
    collar = collar_of(side, D(100), policy, instrument)
    price = resting_price(work, side, mark, collar, policy, instrument)
    assert price % D(tick) == 0
    assert (mark - price) * side.sign >= D(tick)
    assert (collar - price) * side.sign >= 0
    farther = work._replace(crossed=crossed + 1)
    assert (price - resting_price(farther, side, mark, collar, policy, instrument)) * side.sign >= 0


@pytest.mark.parametrize(("side", "collar"), [(Side.BUY, "101"), (Side.SELL, "99")])
def test_the_collar_is_the_tighter_of_policy_and_venue(side: Side, collar: str) -> None:
    assert collar_of(side, D(100), Policy(), INSTRUMENT) == D(collar)
    narrow = an_instrument(price_band=D("0.005"))
    assert abs(collar_of(side, D(100), Policy(), narrow) - 100) == D("0.5")
