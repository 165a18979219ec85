"""A loop that is held up is measured, and one hiccup is not a state."""

import asyncio

import pytest

from application.loop_lag import PAUSE_S, WINDOW, LoopLag

pytestmark = pytest.mark.unit


async def measured(late_s: list[float]) -> tuple[LoopLag, list[float]]:
    """Let each pause take so much longer than asked."""
    at_s, waits, told = [0.0], iter(late_s), list[float]()

    async def pause(seconds: float) -> None:
        late = next(waits, None)
        if late is None:
            raise asyncio.CancelledError
        at_s[0] += seconds + late

    lag = LoopLag(lambda: at_s[0], told.append, pause)
    with pytest.raises(asyncio.CancelledError):
        await lag.run()
    return lag, told


async def test_worst_and_typical_are_of_the_last_ten_seconds() -> None:
    lag, told = await measured([5.0] + [0.0] * 60 + [0.3] * 30)
    assert lag.worst_s() == pytest.approx(5.0)
    assert lag.typical_s() == pytest.approx(0.0)
    assert len(told) == 91
    assert PAUSE_S * WINDOW == 10.0
    lag, _ = await measured([5.0] + [0.3] * WINDOW)
    assert lag.worst_s() == pytest.approx(0.3)
    assert lag.typical_s() == pytest.approx(0.3)


def test_nothing_measured_is_no_lag() -> None:
    lag = LoopLag(lambda: 0.0)
    assert (lag.worst_s(), lag.typical_s()) == (0.0, 0.0)
