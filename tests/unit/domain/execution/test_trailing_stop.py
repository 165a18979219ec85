"""The trailing stop is a ratchet, and knows from which mark on it may move."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.execution.trailing_stop import Ratchet, next_mark, ratchet
from domain.governance.policy import Policy
from domain.shared.enums import Side
from tests.builders import D, a_policy

pytestmark = pytest.mark.unit

POLICY = Policy()
TICKS = ["0.01", "0.1", "1"]


def at(stop: str, side: Side = Side.BUY, tick: str = "0.01") -> Ratchet:
    """Return a trade entered at 100 with R = 2, ATR = 1 and costs of 0.12."""
    return Ratchet(side, D(100), D(stop), D(2), D(1), D("0.12"), D(tick))


@pytest.mark.parametrize(
    ("stop", "mark", "moved"),
    [
        ("98", "101.99", None),  # less than 1 R
        ("98", "102", "100.12"),  # break-even with its costs
        ("100.12", "103.99", None),
        ("98", "104", "102.50"),  # 2 R lock 1 R, and the trail of 1.5 ATR gives more
        ("100.12", "103.9999", None),
        ("102.50", "104.1", None),  # the trail moves by 0.25 ATR at least
        ("102.50", "104.25", "102.75"),
        ("102.75", "101", None),
        ("102.75", "110", "108.50"),
    ],
)
def test_the_stages_of_a_long(stop: str, mark: str, moved: str | None) -> None:
    expected = None if moved is None else D(moved)
    assert ratchet(at(stop), D(mark), POLICY) == expected
    mirrored = ratchet(at(str(200 - D(stop)), Side.SELL), 200 - D(mark), POLICY)
    assert mirrored == (None if expected is None else 200 - expected)


def test_a_stop_is_rounded_away_from_the_market() -> None:
    assert ratchet(at("98", tick="0.1"), D(102), POLICY) == D("100.1")
    assert ratchet(at("102", Side.SELL, "0.1"), D(98), POLICY) == D("99.9")


def test_a_stop_the_grid_cannot_better_stays() -> None:
    assert ratchet(at("100.1", tick="0.1"), D(102), POLICY) is None


def test_no_stop_is_put_where_the_market_is() -> None:
    far = a_policy(breakeven_r=D("0.1"))
    dear = at("98")._replace(costs=D("0.5"))
    assert ratchet(dear, D("100.3"), far) is None


RATCHETS = st.builds(
    Ratchet,
    st.sampled_from(list(Side)),
    st.just(D(100)),
    st.integers(9000, 11000).map(lambda n: D(n) / 100),
    st.decimals("0.5", "6", places=2),
    st.decimals("0.1", "4", places=2),
    st.decimals("0", "0.5", places=2),
    st.sampled_from([D("0.01")]),
)
POLICIES = st.builds(
    lambda breakeven, lock_at, lock, trail, step: a_policy(
        breakeven_r=breakeven,
        lock_at_r=breakeven + lock_at,
        lock_r=min(lock, breakeven + lock_at),
        trail_atr=trail,
        trail_step_atr=step,
    ),
    st.decimals("0.1", "3", places=1),
    st.decimals("0", "3", places=1),
    st.decimals("0", "3", places=1),
    st.decimals("0.1", "3", places=1),
    st.decimals("0.01", "1", places=2),
)
MARKS = st.lists(st.integers(8500, 12500).map(lambda n: D(n) / 100), min_size=1, max_size=8)


@given(RATCHETS, POLICIES, MARKS)
def test_a_stop_never_loosens_and_stays_short_of_the_mark(
    start: Ratchet, policy: Policy, marks: list[Decimal]
) -> None:
    where, sign = start, start.side.sign
    for mark in marks:
        better = ratchet(where, mark, policy)
        if better is not None:
            assert (better - where.stop) * sign > 0
            assert (mark - better) * sign > 0
            assert better % where.tick == 0
            where = where._replace(stop=better)


@given(RATCHETS, POLICIES, MARKS, st.sampled_from(TICKS))
def test_no_mark_short_of_the_next_one_moves_the_stop(
    start: Ratchet, policy: Policy, marks: list[Decimal], tick: str
) -> None:
    on_grid = start._replace(stop=start.stop // D(tick) * D(tick), tick=D(tick))
    edge, sign = next_mark(on_grid, policy), on_grid.side.sign
    for mark in [*marks, edge - sign * D("0.0001")]:
        if (mark - edge) * sign < 0:
            assert ratchet(on_grid, mark, policy) is None


def test_the_next_mark_is_where_the_next_stage_begins() -> None:
    for stop, edge in [
        ("98", "102"),
        ("100.12", "104"),
        ("100.11", "102"),
        ("102.50", "104.25"),
    ]:
        assert next_mark(at(stop), POLICY) == D(edge)
        assert next_mark(at(str(200 - D(stop)), Side.SELL), POLICY) == 200 - D(edge)


def test_at_break_even_on_a_coarse_grid_the_next_stage_is_the_next_mark() -> None:
    assert next_mark(at("100.1", tick="0.1"), POLICY) == 104


@given(RATCHETS, POLICIES, MARKS)
def test_whatever_a_ratchet_moves_a_stop_to_pays_for_the_costs_of_the_trade(
    start: Ratchet, policy: Policy, marks: list[Decimal]
) -> None:
    for mark in marks:
        better = ratchet(start, mark, policy)
        if better is not None:
            earned = (better - start.entry) * start.side.sign
            assert earned > start.costs - start.tick
