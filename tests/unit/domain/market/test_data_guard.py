from math import inf, nan

import pytest

from domain.governance.policy import Policy
from domain.market.bars import MINUTE_MS, Bar
from domain.market.data_guard import UNUSABLE, GuardState, observe
from domain.market.messages import DataFault

pytestmark = pytest.mark.unit

POLICY = Policy(jump_max=0.2, gap_pause_bars=3, stale_minutes=5)


def a_bar(minute: int, close: float = 100.0, volume: float = 1.0) -> Bar:
    """Return a one-minute bar that has only one price."""
    at_ms = minute * MINUTE_MS
    return Bar("BTCUSDT", at_ms, at_ms + MINUTE_MS, close, close, close, close, volume)


def with_value(bar: Bar, field: str, value: float) -> Bar:
    return Bar._make(value if name == field else own for name, own in bar._asdict().items())


def faults(*bars: Bar) -> list[DataFault | None]:
    state, found = GuardState(), []
    for bar in bars:
        state, fault = observe(state, bar, POLICY)
        found.append(fault)
    return found


def test_clean_bars_have_no_fault() -> None:
    assert faults(a_bar(10), a_bar(11, 101.0), a_bar(12, 99.0)) == [None] * 3


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_number_that_is_none_makes_a_bar_unusable(field: str, value: float) -> None:
    assert faults(with_value(a_bar(1), field, value)) == [DataFault.NON_FINITE]


@pytest.mark.parametrize("field", ["open", "high", "low", "close"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_price_must_be_above_zero(field: str, value: float) -> None:
    assert faults(with_value(a_bar(1), field, value)) == [DataFault.NON_POSITIVE]


def test_a_volume_may_be_nothing_but_not_less() -> None:
    assert faults(a_bar(1, volume=0.0), a_bar(2, volume=-1.0)) == [None, DataFault.NON_POSITIVE]


@pytest.mark.parametrize(("field", "value"), [("high", 99.0), ("low", 101.0), ("close", 102.0)])
def test_a_bar_must_contain_its_own_prices(field: str, value: float) -> None:
    assert faults(with_value(a_bar(1), field, value)) == [DataFault.HIGH_BELOW_LOW]


def test_an_unusable_bar_leaves_the_state_as_it_was() -> None:
    state, _ = observe(GuardState(), a_bar(5), POLICY)
    for bad in (
        a_bar(6, nan),
        a_bar(6, -1.0),
        with_value(a_bar(6), "high", 1.0),
        a_bar(5),
        a_bar(4),
    ):
        after, fault = observe(state, bad, POLICY)
        assert fault in UNUSABLE
        assert after == state


def test_the_same_time_again_is_a_duplicate_and_an_earlier_one_is_out_of_order() -> None:
    found = faults(a_bar(5), a_bar(5), a_bar(4), a_bar(6))
    assert found == [None, DataFault.DUPLICATE, DataFault.OUT_OF_ORDER, None]


def test_a_gap_holds_entries_off_for_as_many_bars_as_the_policy_says() -> None:
    found = faults(a_bar(1), *(a_bar(minute) for minute in (4, 5, 6, 7)))
    assert found == [None, *[DataFault.GAP] * 3, None]


def test_a_gap_within_the_pause_begins_it_again() -> None:
    found = faults(a_bar(1), *(a_bar(minute) for minute in (4, 5, 8, 9, 10, 11)))
    assert found == [None, *[DataFault.GAP] * 5, None]


def test_a_jump_is_a_fault_on_its_own_bar_only() -> None:
    found = faults(a_bar(1), a_bar(2, 121.0), a_bar(3, 122.0))
    assert found == [None, DataFault.JUMP, None]


def test_a_spike_that_comes_back_is_a_jump_both_ways() -> None:
    found = faults(a_bar(1), a_bar(2, 150.0), a_bar(3, 100.0), a_bar(4))
    assert found == [None, DataFault.JUMP, DataFault.JUMP, None]


def test_five_minutes_without_a_trade_are_stale_until_one_comes() -> None:
    idle = [a_bar(minute, volume=0.0) for minute in range(1, 7)]
    found = faults(a_bar(0), *idle, a_bar(7))
    assert found == [*[None] * 5, DataFault.STALE, DataFault.STALE, None]
