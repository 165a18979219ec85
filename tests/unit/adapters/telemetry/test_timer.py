"""A timer measures in every way it can be used, and nothing where nobody listens."""

import asyncio
from collections.abc import Callable

import pytest

from adapters.telemetry.timer import MetricsTimer, timing_into
from tests.fakes.telemetry import FakeTelemetry

pytestmark = pytest.mark.unit

NAME = "execution.order_place"


def ticking() -> Callable[[], float]:
    """Return a clock that goes on by a second at each look."""
    at_s = [0.0]

    def look() -> float:
        at_s[0] += 1.0
        return at_s[0]

    return look


@pytest.fixture
def telemetry() -> FakeTelemetry:
    return FakeTelemetry()


@pytest.fixture
def timer(telemetry: FakeTelemetry) -> MetricsTimer:
    return MetricsTimer(NAME, telemetry, steady_s=ticking())


async def test_it_is_a_context_of_both_kinds(telemetry: FakeTelemetry, timer: MetricsTimer) -> None:
    with timer:
        pass
    async with timer:
        pass
    assert telemetry.values(NAME) == [1.0, 1.0]


async def test_it_decorates_functions_of_both_kinds(
    telemetry: FakeTelemetry, timer: MetricsTimer
) -> None:
    @timer
    def double(number: int) -> int:
        """Double it."""
        return 2 * number

    @timer
    async def triple(number: int) -> int:
        return 3 * number

    assert (double(2), await triple(2)) == (4, 6)
    assert (double.__doc__, double.__name__) == ("Double it.", "double")
    assert telemetry.values(NAME) == [1.0, 1.0]


def test_what_fails_is_measured_and_fails(telemetry: FakeTelemetry, timer: MetricsTimer) -> None:
    with pytest.raises(ValueError, match="odd"), timer:
        raise ValueError("odd")
    assert telemetry.values(NAME) == [1.0]


def test_a_timer_within_itself_measures_both(telemetry: FakeTelemetry, timer: MetricsTimer) -> None:
    with timer, timer:
        pass
    assert telemetry.values(NAME) == [1.0, 3.0]


async def test_tasks_that_share_a_timer_do_not_mix(telemetry: FakeTelemetry) -> None:
    timer = MetricsTimer(NAME, telemetry)
    entered = asyncio.Event()

    async def long() -> None:
        async with timer:
            entered.set()
            await asyncio.sleep(0.05)

    async def short() -> None:
        await entered.wait()
        async with timer:
            pass

    await asyncio.gather(long(), short())
    brief, lasting = telemetry.values(NAME)
    assert brief < 0.04 < lasting


def test_one_that_names_no_telemetry_records_to_what_is_in_force(
    telemetry: FakeTelemetry,
) -> None:
    timer = MetricsTimer(NAME, steady_s=ticking())
    with timer:
        pass
    with timing_into(telemetry), timer:
        pass
    with timer:
        pass
    assert telemetry.values(NAME) == [1.0]
