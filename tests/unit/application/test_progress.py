"""Progress is what was done, not that something runs."""

import pytest

from application.progress import Progress, Work
from domain.decision.facts import OrderRefusedByVenue, TradeExecuted
from domain.decision.messages import ClockTicked, MarketAdvanced
from domain.execution.messages import Deposited
from domain.shared.enums import Side
from tests.builders import BTC, START_MS, D
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.unit

MARKET = MarketAdvanced(START_MS, (), 0.0, (), ())
TICK = ClockTicked(START_MS)
REFUSED = OrderRefusedByVenue(START_MS, "t", BTC, "qt1-t-e1", "band")
FILLED = TradeExecuted(START_MS, "t", BTC, Side.BUY, D(1), D(2), D(2), D(0), "qt1-t-e1")


def ages(progress: Progress) -> dict[Work, float]:
    return {work: progress.age_s(work) for work in Work}


def test_each_event_shows_who_is_at_work() -> None:
    clock = FakeClock()
    progress = Progress(clock.now_ms)
    clock.at_ms += 1_000
    progress.heard(TICK, ())
    clock.at_ms += 1_000
    progress.heard(MARKET, ())
    clock.at_ms += 1_000
    progress.heard(Deposited(START_MS, D(1)), ())
    clock.at_ms += 1_000
    assert ages(progress) == {
        Work.DECISION: 1.0,
        Work.FEED: 2.0,
        Work.EXCHANGE: 1.0,
        Work.JOURNAL: 4.0,
    }


def test_what_waits_to_be_durable_is_as_old_as_its_oldest() -> None:
    clock = FakeClock()
    progress = Progress(clock.now_ms)
    clock.at_ms += 60_000
    assert progress.unwritten_s() == 0.0
    progress.heard(TICK, ())
    clock.at_ms += 3_000
    progress.heard(TICK, ())
    assert progress.unwritten_s() == 3.0
    progress.committed()
    assert progress.unwritten_s() == 0.0


@pytest.mark.parametrize(
    ("refused", "filled", "rate"), [(0, 0, 0.0), (4, 0, 0.0), (5, 0, 1.0), (3, 3, 0.5), (0, 9, 0.0)]
)
def test_the_error_rate_is_a_share_of_enough_orders(refused: int, filled: int, rate: float) -> None:
    progress = Progress(FakeClock().now_ms)
    progress.heard(TICK, (REFUSED,) * refused + (FILLED,) * filled)
    assert progress.order_error_rate() == rate


def test_old_errors_are_forgotten() -> None:
    clock = FakeClock()
    progress = Progress(clock.now_ms)
    progress.heard(TICK, (REFUSED,) * 9)
    clock.at_ms += 300_001
    assert progress.order_error_rate() == 0.0


def test_every_event_and_every_idle_breath_is_told_on() -> None:
    moved: list[int] = []
    progress = Progress(FakeClock().now_ms, lambda: moved.append(1))
    progress.heard(TICK, ())
    progress.idle()
    progress.committed()
    assert len(moved) == 2
