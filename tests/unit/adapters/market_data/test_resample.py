import numpy as np
import pytest

from adapters.market_data.resample import resample
from application.errors import BadInput
from domain.market.bars import HOUR_MS, MINUTE_MS
from tests.fakes.bars import INTERVAL_MS, array, part, random_bars

pytestmark = pytest.mark.unit


def test_an_hour_is_made_of_its_twelve_bars() -> None:
    bars = random_bars(1, 48)
    made = resample(bars, HOUR_MS)
    assert made.interval_ms == HOUR_MS
    for hour in range(4):
        own = part(bars, slice(12 * hour, 12 * hour + 12))
        assert made.open_time[hour] == own.open_time[0]
        assert made.open[hour] == own.open[0]
        assert made.high[hour] == array(own.high).max()
        assert made.low[hour] == array(own.low).min()
        assert made.close[hour] == own.close[-1]
        assert made.volume[hour] == pytest.approx(array(own.volume).sum())


def test_parts_of_hours_at_the_ends_are_left_out() -> None:
    bars = part(random_bars(1, 48), slice(5, 40))
    assert len(resample(bars, HOUR_MS).close) == 2


def test_by_steps_and_at_once_are_the_same() -> None:
    bars = random_bars(2, 600)
    by_steps, at_once = resample(resample(bars, 15 * MINUTE_MS), HOUR_MS), resample(bars, HOUR_MS)
    for one, other in zip(by_steps[2:7], at_once[2:7], strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_same_interval_is_the_same_bars() -> None:
    bars = random_bars(1, 5)
    assert resample(bars, INTERVAL_MS) is bars


@pytest.mark.parametrize("interval_ms", [MINUTE_MS, 7 * MINUTE_MS])
def test_what_is_no_multiple_is_refused(interval_ms: int) -> None:
    with pytest.raises(BadInput, match="choose a multiple"):
        resample(random_bars(1, 5), interval_ms)
