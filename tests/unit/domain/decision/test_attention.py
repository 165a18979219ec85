"""Attention is honest: whoever passes over what it calls dull has missed nothing."""

from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decision.attention import Attention, attention
from domain.decision.messages import (
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
)
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig

pytestmark = pytest.mark.unit

# Rungs within reach of two positions of 500 USD on 10,000.
NEAR = {
    "drawdown_cautious": 0.002,
    "drawdown_protective": 0.004,
    "drawdown_emergency": 0.008,
    "drawdown_hysteresis": 0.001,
    "dwell_minutes": 7,
    "daily_loss_max": 0.006,
    "holding_minutes_max": 120,
}


def is_dull(wanted: Attention, rig: Rig, at_ms: int, marks: dict[str, float], peak: float) -> bool:
    """Tell whether a bar is one that the desk need not see."""
    held = dict(rig.state.exposure.held)
    equity = rig.state.exposure.equity(marks)
    low_peak = max(peak, equity)
    return (
        at_ms < wanted.timer_ms
        and all(low < marks[s] < high for s, (low, high) in wanted.bands.items() if s in held)
        and wanted.floor < equity < wanted.ceiling
        and equity > low_peak * (1 - wanted.fall)
    )


def two_held(policy: Policy, side: Action = Action.BUY) -> Rig:
    rig = Rig(policy).opens(a_candidate(side))
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH)
    return rig.accepts_all().forget()


def walk(seed: int, rows: int, swing: float) -> list[dict[str, float]]:
    random = Random(seed)
    marks, path = {BTC: 100.0, ETH: 100.0}, []
    for _ in range(rows):
        marks = {s: m * (1 + random.gauss(0, swing)) for s, m in marks.items()}
        path.append(marks)
    return path


@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0005, 0.003, 0.01]),
    st.sampled_from([Action.BUY, Action.SELL]),
    st.booleans(),
)
def test_nothing_is_said_or_asked_while_nothing_leaves_its_band(
    seed: int,
    swing: float,
    side: Action,
    near: bool,  # noqa: FBT001 - a case
) -> None:
    rig = two_held(a_policy(**NEAR) if near else Policy(), side)
    for marks in walk(seed, 40, swing):
        dull = is_dull(attention(rig.state), rig, rig.now + MINUTE_MS, marks, rig.state.watch.peak)
        before = rig.forget().state
        rig.advances(1, marks)
        if dull:
            assert (rig.said, rig.asked) == ([], [])
            assert rig.state.stop == before.stop
            assert rig.state.trades == before.trades
        rig.accepts_all()


@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0005, 0.002, 0.006]),
    st.sampled_from([Action.BUY, Action.SELL]),
)
def test_passing_over_dull_bars_decides_the_same_as_seeing_every_one(
    seed: int, swing: float, side: Action
) -> None:
    visiting, skipping = two_held(a_policy(**NEAR), side), two_held(a_policy(**NEAR), side)
    high = 0.0
    passed: list[tuple[int, float]] = []
    wanted = attention(skipping.state)
    for n, marks in enumerate(walk(seed, 90, swing)):
        visiting.advances(1, marks)
        peak = max(high, skipping.state.watch.peak)
        last = n == 89
        if is_dull(wanted, skipping, skipping.now + MINUTE_MS, marks, peak) and not last:
            equity = skipping.state.exposure.equity(marks)
            high = max(high, equity)
            skipping.now += MINUTE_MS
            passed.append((skipping.now, equity))
        else:
            skipping.advances(1, marks, high=high, passed=tuple(passed))
            high, passed = 0.0, []
        for rig in (visiting, skipping):
            _venue_answers(rig, marks)
        wanted = attention(skipping.state)
        assert skipping.said == visiting.said
        assert skipping.asked == visiting.asked
        assert skipping.state.stop == visiting.state.stop
    assert skipping.state == visiting.state


def _venue_answers(rig: Rig, marks: dict[str, float]) -> None:
    """Let the venue accept every stop, do every cancel, and fill every exit at market."""
    for order in tuple(rig.state.orders.values()):
        if order.leg is Leg.EXIT:
            price = D(round(marks[order.symbol] * 100)) / 100
            rig.hears(rig.fill_of(order, str(price)))
    rig.accepts_all().obeys()


def test_a_trade_protected_is_watched_from_its_next_stage_on() -> None:
    rig = two_held(Policy())
    low, high = attention(rig.state).bands[BTC]
    assert low == -inf
    assert high == pytest.approx(102.12)
    short = Rig().opens(a_candidate(Action.SELL))
    low, high = attention(short.state).bands[BTC]
    assert low == pytest.approx(97.88)
    assert high == inf


def test_a_stop_at_break_even_on_the_grid_sleeps_until_the_next_stage() -> None:
    rig = Rig().opens(price="100.007").advances(1, {BTC: 102.3}).accepts(Leg.STOP)
    assert rig.trade().stop == D("100.12")  # 100.127 on the grid
    assert attention(rig.state).bands[BTC][1] == pytest.approx(100.007 + 2 * 2.120148, abs=0.01)


def test_without_trailing_no_price_is_watched() -> None:
    assert attention(Rig(a_policy(trailing=False)).opens().state).bands == {}


def test_a_move_on_its_way_watches_no_price() -> None:
    rig = Rig().opens().advances(1, {BTC: 103.0})
    assert attention(rig.state).bands == {}


def test_a_flat_desk_sleeps_until_midnight() -> None:
    rig = Rig()
    assert attention(rig.state).timer_ms == (rig.now // DAY_MS + 1) * DAY_MS


def test_the_timer_is_the_first_thing_due() -> None:
    rig = Rig(a_policy(holding_minutes_max=60)).opens()
    opened = rig.now
    assert attention(rig.state).timer_ms == opened + 60 * MINUTE_MS
    rig.wants(a_candidate(symbol=ETH))
    assert attention(rig.state).timer_ms == rig.now + MINUTE_MS  # the entry's permit
    rig.fills(Leg.ENTRY, "100", "2", leaves="3", symbol=ETH).accepts(Leg.STOP, ETH)
    assert attention(rig.state).timer_ms == rig.now + MINUTE_MS
    rig.cancels(Leg.ENTRY, symbol=ETH)
    assert attention(rig.state).timer_ms == opened + 60 * MINUTE_MS


@pytest.mark.parametrize("how", ["closing", "aborted", "emergency"])
def test_what_must_be_retried_wants_every_bar(how: str) -> None:
    rig = Rig().opens()
    if how == "closing":
        rig.hears(OperatorFlattened(rig.now, BTC, "ann", "x"))
    elif how == "aborted":
        rig.wants(a_candidate(symbol=ETH)).hears(OperatorFlattened(rig.now, ETH, "ann", "x"))
    else:
        rig.hears(OperatorHalted(rig.now, "ann", "x"))
    assert attention(rig.state).timer_ms <= rig.now


def test_a_recovery_wakes_when_its_dwell_is_over() -> None:
    rig = Rig().hears(OperatorHalted(0, "ann", "x"))
    rig.advances(1).hears(OperatorReleased(rig.now, "ann", "x"))
    assert attention(rig.state).timer_ms == rig.now + 30 * MINUTE_MS


def test_a_storm_wakes_when_the_first_stop_out_leaves_its_window() -> None:
    rig = Rig(a_policy(stop_outs_max=1, cooldown_minutes=0, losses_in_row_max=99))
    for _ in range(2):
        rig.opens().fills(Leg.STOP, "98").obeys()
    wanted = attention(rig.state)
    assert wanted.timer_ms == rig.state.stop_outs[0] + 15 * MINUTE_MS


def test_equity_is_watched_between_the_rung_below_and_the_one_left() -> None:
    rig = Rig(a_policy(**NEAR)).opens()
    peak = rig.state.watch.peak
    calm = attention(rig.state)
    assert calm.floor == pytest.approx(peak * 0.998)
    assert calm.ceiling == inf
    rig.advances(1, {BTC: 93.0})
    cautious = attention(rig.state)
    assert cautious.floor == pytest.approx(rig.state.watch.peak * 0.996)
    assert cautious.ceiling == pytest.approx(rig.state.watch.peak * 0.999)


def test_on_the_way_back_a_rung_is_watched_at_its_hysteresis() -> None:
    rig = Rig(a_policy(**NEAR)).opens().advances(1, {BTC: 93.0}).advances(1, {BTC: 99.0})
    assert rig.state.stop.calm_ms is not None
    assert attention(rig.state).floor == pytest.approx(rig.state.watch.peak * 0.999)


def test_while_the_day_is_lost_only_its_return_is_watched() -> None:
    rig = Rig(a_policy(**NEAR)).opens().advances(1, {BTC: 86.0})
    wanted = attention(rig.state)
    assert (wanted.floor, wanted.ceiling, wanted.fall) == (-inf, inf, inf)
    assert wanted.timer_ms <= rig.now  # until it is closed every bar counts
    rig.fills(Leg.EXIT, "86").obeys()
    wanted = attention(rig.state)
    assert (wanted.floor, wanted.ceiling, wanted.fall) == (-inf, inf, inf)
    assert wanted.timer_ms == (rig.now // DAY_MS + 1) * DAY_MS
