"""The path through a bar: which extreme first, at what time, and through finer bars."""

import pytest

from adapters.exchange.simulated.rules import VenueRules
from domain.execution.messages import OrderCanceled
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    IDEAL,
    LIMIT,
    MINUTE,
    POST_ONLY,
    SELL,
    STOP,
    TARGET,
    D,
    Scene,
    bar,
    entry,
    fills,
    leave,
)

pytestmark = pytest.mark.unit


def test_a_long_falls_first_so_its_stop_beats_its_target_in_one_bar() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, TARGET, trigger="103"), leave(SELL, STOP, trigger="98"))

    reports = scene.plays(bar((100.0, 104.0, 97.0, 101.0)))

    # 100 to 97 in 20 s: 98 after two thirds. 97 to 104 in 20 s: 103 after six sevenths.
    assert fills(reports) == [("stop", 13_333, D(1), D("98.0"))]
    assert reports[1:] == [OrderCanceled(37_142, "target", AAA, "reduce_only_flat")]


def test_a_short_rises_first_so_its_stop_beats_its_target_in_one_bar() -> None:
    scene = Scene().holds(SELL)
    scene.sends(leave(BUY, TARGET, trigger="97"), leave(BUY, STOP, trigger="102"))

    assert fills(scene.plays(bar((100.0, 104.0, 96.0, 99.0))))[0] == (
        "stop", 10_000, D(1), D("102.0"),
    )  # fmt: skip


def test_an_entry_at_the_open_decides_the_path_of_its_own_bar() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1"))

    reports = scene.plays(
        bar((100.0, 104.0, 97.0, 98.0)),
        answers={"entry": [leave(SELL, STOP, trigger="98"), leave(SELL, TARGET, trigger="103")]},
    )

    assert [fill[0] for fill in fills(reports)] == ["entry", "stop"]


def test_a_resting_buy_limit_fills_on_the_way_down_from_the_high() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1", LIMIT, "99"))

    reports = scene.plays(
        bar((100.0, 102.0, 98.0, 101.0)),
        answers={"entry": [leave(SELL, TARGET, trigger="101.5"), leave(SELL, STOP, trigger="98")]},
    )

    # High 102 at 20 s, low 98 at 40 s; 99 is three quarters of the way down; the stop at the low.
    assert fills(reports) == [("entry", 35_000, D(1), D(99)), ("stop", 40_000, D(1), D(98))]


def test_with_nothing_at_stake_a_rising_bar_falls_first() -> None:
    late = IDEAL._replace(latency_ms=10_000)
    for prices, price in (((100.0, 104.0, 96.0, 102.0), "98"), ((100.0, 104.0, 96.0, 99.0), "102")):
        venue = Scene(late).venue
        venue.begin([bar(prices)])
        venue._floor.now = 10_000.0
        assert venue._floor.price(AAA) == float(price)


def test_a_market_buy_in_latency_meets_the_rise_first() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.0, latency_ms=5_000))
    scene.sends(entry(BUY, "1"))

    # A quarter of the way from 100 to 104.
    assert fills(scene.plays(bar((100.0, 104.0, 96.0, 102.0)))) == [("entry", 5_000, D(1), D(101))]


def test_latency_that_outlasts_the_bar_lets_the_order_act_in_the_next() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.0, latency_ms=90_000))
    scene.sends(entry(BUY, "1"))

    assert scene.plays(bar((100.0, 104.0, 96.0, 102.0))) == []
    # 30 s into the second bar: half-way from the high 110 to the low 90.
    later = scene.plays(bar((102.0, 110.0, 90.0, 95.0), MINUTE))
    assert fills(later) == [("entry", 90_000, D(1), D(100))]


def test_an_answer_never_fills_at_a_price_of_before() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, STOP, trigger="98"))

    # After the stop on the way down the path goes 97, 104, 101: a buy limit at 99 has been
    # passed on the way down, and is above the market now, so it takes at 98, not at 99.
    reports = scene.plays(
        bar((100.0, 104.0, 97.0, 101.0)), answers={"stop": [entry(BUY, "1", LIMIT, "99")]}
    )

    assert fills(reports)[1] == ("entry", 13_333, D(1), D("98.0"))


def test_finer_bars_are_walked_one_after_the_other() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, TARGET, trigger="103"), leave(SELL, STOP, trigger="98"))
    halves = (
        bar((100.0, 104.0, 99.0, 101.0), 0, length=30_000),
        bar((101.0, 101.0, 97.0, 97.5), 30_000, length=30_000),
    )

    # By itself the minute would have met the stop first; its halves say the target came before.
    reports = scene.plays(bar((100.0, 104.0, 97.0, 97.5)), finer={AAA: halves})

    assert fills(reports) == [("target", 18_000, D(1), D(103))]


def test_a_gap_between_finer_bars_fills_at_their_open() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, STOP, trigger="98"))
    halves = (
        bar((100.0, 101.0, 99.0, 99.0), 0, length=30_000),
        bar((97.0, 97.0, 96.0, 96.0), 30_000, length=30_000),
    )

    reports = scene.plays(bar((100.0, 101.0, 96.0, 96.0)), finer={AAA: halves})

    assert fills(reports) == [("stop", 30_000, D(1), D(97))]


def test_a_post_only_order_rests_until_touched_and_gives_liquidity() -> None:
    scene = Scene()
    scene.sends(entry(SELL, "1", POST_ONLY, "101"))

    assert scene.plays(bar((100.0, 100.9, 99.0, 100.0))) == []
    (fill,) = scene.plays(bar((100.0, 101.0, 99.0, 100.0), MINUTE))
    assert fill[5:8] == (D("101"), D("0.02020000"), "MAKER")


def test_orders_arrive_by_time_and_then_in_the_order_of_sending() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1", name="late"), at=9_000)
    scene.sends(entry(BUY, "1", name="first"), entry(BUY, "1", name="second"), at=3_000)

    reports = scene.plays(bar((100.0, 102.0, 99.0, 100.0)))

    # High first: 100 to 102 in 20 s, so 100.3 after 3 s and 100.9 after 9 s; a path once begun
    # stays as it is.
    assert [(f[0], f[3]) for f in fills(reports)] == [
        ("first", D("100.3")), ("second", D("100.3")), ("late", D("100.9")),
    ]  # fmt: skip
