"""How orders fill: every kind, slippage, participation, collar, gaps and reduce-only."""

import pytest

from adapters.exchange.simulated.rules import VenueRules
from domain.execution.messages import Liquidity, OrderAccepted, OrderCanceled, OrderFilled
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    LIMIT,
    MARKET,
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

STILL = (100.0, 100.0, 100.0, 100.0)


def test_a_market_order_fills_at_the_open_and_pays_the_taker_fee() -> None:
    scene = Scene()

    assert scene.sends(entry(BUY, "2")) == [OrderAccepted(0, "entry", AAA)]
    assert scene.plays(bar((100.5, 101.0, 100.0, 100.7))) == [
        OrderFilled(
            0,
            "entry",
            AAA,
            BUY,
            D(2),
            D("100.5"),
            D("0.10050000"),
            Liquidity.TAKER,
            f"{AAA}-1",
            D(0),
        )
    ]


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "prices", "filled"),
    [
        (BUY, STOP, "98", (100.0, 100.0, 97.0, 99.0), "98"),
        (BUY, STOP, "98", (97.5, 99.0, 97.0, 98.0), "97.5"),
        (BUY, TARGET, "103", (100.0, 103.0, 100.0, 103.0), "103"),
        (BUY, TARGET, "103", (103.5, 104.0, 103.0, 104.0), "103.5"),
        (SELL, STOP, "102", (100.0, 102.0, 99.0, 99.0), "102"),
        (SELL, STOP, "102", (102.5, 103.0, 99.0, 99.0), "102.5"),
        (SELL, TARGET, "97", (100.0, 100.0, 97.0, 98.0), "97"),
        (SELL, TARGET, "97", (96.5, 97.0, 96.0, 97.0), "96.5"),
    ],
)
def test_a_trigger_fills_at_its_price_and_a_gap_at_the_open(
    side: object, kind: object, trigger: str, prices: tuple[float, ...], filled: str
) -> None:
    held = BUY if side is BUY else SELL
    scene = Scene().holds(held)
    exit_kind = STOP if kind is STOP else TARGET
    scene.sends(leave(held.opposite, exit_kind, trigger=trigger, name="x"))

    reports = scene.plays(bar((prices[0], prices[1], prices[2], prices[3])))

    assert [(f[0], f[3]) for f in fills(reports)] == [("x", D(filled))]
    assert scene.venue.positions() == {}


def test_a_limit_fills_at_its_price_and_better_over_a_gap() -> None:
    for prices, filled in (((100.0, 100.0, 98.0, 99.0), "99"), ((98.5, 99.0, 98.0, 99.0), "98.5")):
        scene = Scene()
        scene.sends(entry(BUY, "1", LIMIT, "99"))
        scene.plays(bar((100.0, 100.0, 99.5, 100.0)))
        assert [f[3] for f in fills(scene.plays(bar(prices, MINUTE)))] == [D(filled)]


def test_a_marketable_limit_takes_but_never_worse_than_its_limit() -> None:
    scene = Scene(VenueRules(0.01, 0.0, 0.0, 0.0))
    scene.sends(entry(BUY, "1", LIMIT, "100.2"), entry(SELL, "1", LIMIT, "99.0", name="low"))

    taken = scene.plays(bar(STILL))

    # Half the spread is 0.5: 100.5 is capped at the limit; the sell gets 99.5 as asked and better.
    assert [(f[0], f[3]) for f in fills(taken)] == [("entry", D("100.2")), ("low", D("99.5"))]
    assert {fill.liquidity for fill in taken if isinstance(fill, OrderFilled)} == {"TAKER"}


def test_a_post_only_order_that_would_cross_when_it_arrives_is_canceled() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1", POST_ONLY, "99"))

    assert scene.plays(bar((98.0, 99.0, 98.0, 99.0))) == [
        OrderCanceled(0, "entry", AAA, "would_cross")
    ]


def test_slippage_is_half_the_spread_and_grows_with_range_and_size() -> None:
    scene = Scene(VenueRules(0.002, 0.05, 0.1, 0.0))
    scene.sends(entry(BUY, "4"), entry(SELL, "2", name="sell"))

    reports = scene.plays(bar((100.0, 101.0, 99.0, 100.0), volume=400.0))

    # Range 2 %. BUY 4 of 400: 0.001 + 0.05 x 0.02 + 0.1 x sqrt(0.01) x 0.02 = 0.0022: 100.22 up
    # to the tick. SELL 2: 0.001 + 0.001 + 0.1 x sqrt(0.005) x 0.02 = 0.00214: 99.786 down.
    assert [f[3] for f in fills(reports)] == [D("100.3"), D("99.7")]


def test_a_market_order_takes_its_share_of_each_bar_and_goes_on_at_the_next_open() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.10))
    scene.sends(entry(BUY, "2.5"))

    first = scene.plays(bar(STILL, 0, volume=10.0))
    none = scene.plays(bar((101.0, 101.0, 101.0, 101.0), MINUTE, volume=0.0))
    second = scene.plays(bar((102.0, 103.0, 101.0, 102.0), 2 * MINUTE, volume=10.0))
    third = scene.plays(bar((104.0, 105.0, 104.0, 104.0), 3 * MINUTE, volume=10.0))

    assert fills(first) == [("entry", 0, D(1), D(100))]
    assert none == []
    assert fills(second) == [("entry", 2 * MINUTE, D(1), D(102))]
    assert fills(third) == [("entry", 3 * MINUTE, D("0.5"), D(104))]
    left = [one.leaves for one in first + second + third if isinstance(one, OrderFilled)]
    assert left == [D("1.5"), D("0.5"), D(0)]
    assert scene.venue.positions() == {AAA: (D("2.5"), D(254))}


def test_a_triggered_stop_goes_on_at_the_next_open_like_a_market_order() -> None:
    scene = Scene().holds(BUY, "3")
    scene.venue._floor.rules = VenueRules(0.0, 0.0, 0.0, 0.10)
    scene.sends(leave(SELL, STOP, trigger="98"))

    first = scene.plays(bar((100.0, 100.0, 97.0, 99.0), volume=20.0))
    assert scene.venue.bounds(AAA)[0] == float("inf")
    second = scene.plays(bar((99.5, 101.0, 99.0, 100.0), MINUTE, volume=20.0))

    assert fills(first) == [("stop", 13_333, D(2), D(98))]
    assert fills(second) == [("stop", MINUTE, D(1), D("99.5"))]


def test_a_limit_fills_its_share_and_rests_on() -> None:
    scene = Scene(VenueRules(0.0, 0.0, 0.0, 0.10))
    scene.sends(entry(BUY, "3", LIMIT, "99"))

    first = scene.plays(bar((100.0, 100.0, 98.0, 100.0), volume=20.0))
    second = scene.plays(bar((100.0, 101.0, 99.5, 100.0), MINUTE, volume=20.0))
    third = scene.plays(bar((100.0, 101.0, 99.0, 100.0), 2 * MINUTE, volume=20.0))

    assert [f[2:] for f in fills(first)] == [(D(2), D(99))]
    assert second == []
    assert [f[2:] for f in fills(third)] == [(D(1), D(99))]


def test_a_price_beyond_the_collar_cancels_the_order() -> None:
    for side, collar, start in ((BUY, "101", 101.1), (SELL, "99", 98.9)):
        scene = Scene()
        scene.sends(entry(side, "1", collar=collar))
        reports = scene.plays(bar((start, start, start, start)))
        assert reports == [OrderCanceled(0, "entry", AAA, "collar")]
        assert scene.venue.open_orders() == ()


def test_an_exit_above_the_position_is_cut_to_it() -> None:
    scene = Scene().holds(BUY, "1")
    scene.sends(leave(SELL, MARKET, quantity="5"))

    (fill,) = scene.plays(bar(STILL))

    assert isinstance(fill, OrderFilled)
    assert (fill.quantity, fill.leaves) == (D(1), D(0))
    assert scene.venue.positions() == {}


def test_a_stop_left_behind_is_canceled_only_when_it_triggers() -> None:
    scene = Scene().holds(BUY, "1")
    scene.sends(leave(SELL, STOP, trigger="98"), leave(SELL, MARKET))

    scene.plays(bar(STILL))
    assert [order.client_id for order in scene.venue.open_orders()] == ["stop"]

    late = scene.plays(bar((100.0, 100.0, 97.0, 98.0), MINUTE))
    assert late == [OrderCanceled(MINUTE + 33_333, "stop", AAA, "reduce_only_flat")]


def test_an_entry_against_the_position_reduces_and_then_flips_it() -> None:
    scene = Scene().holds(BUY, "1")
    scene.sends(entry(SELL, "3"))

    scene.plays(bar((110.0, 110.0, 110.0, 110.0)))

    # One is closed with a gain of 10, two are sold short at 110.
    assert scene.venue.positions() == {AAA: (D(-2), D(-220))}
    assert scene.venue.totals.realised == D(10)


def test_an_exit_and_an_entry_of_one_instant_fill_in_the_order_of_sending() -> None:
    scene = Scene().holds(BUY, "1")
    scene.sends(leave(SELL), entry(SELL, "2"))

    assert [f[0] for f in fills(scene.plays(bar(STILL)))] == ["exit", "entry"]
    assert scene.venue.positions() == {AAA: (D(-2), D(-200))}


def test_an_entry_by_stop_triggers_at_its_price() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1", STOP, "102"))

    reports = scene.plays(bar((100.0, 103.0, 99.0, 101.0)))

    # A rise hurts who is still to buy: 100 to 103 comes first.
    assert fills(reports) == [("entry", 13_333, D(1), D(102))]


def test_a_stop_sent_after_the_open_cannot_be_hit_before_it_was_sent() -> None:
    scene = Scene().holds(BUY)
    # Sent between two intervals for an instant in the second, as a live clock would.
    scene.sends(leave(SELL, STOP, trigger="98"), at=30_000)

    reports = scene.plays(bar((100.0, 100.0, 97.0, 98.5)))

    # The low came at 20 s; half-way through the rise to 100 the price is 98.5: nothing to hit.
    assert reports == []
    assert [f[0] for f in fills(scene.plays(bar((98.5, 99.0, 98.0, 99.0), MINUTE)))] == ["stop"]


def test_of_two_stops_crossed_by_a_gap_the_second_finds_nothing_to_close() -> None:
    scene = Scene().holds(BUY)
    for name, trigger in (("first", "97"), ("second", "98")):
        scene.sends(leave(SELL, STOP, trigger=trigger, name=name))

    reports = scene.plays(bar((96.0, 97.0, 95.0, 96.0)))

    assert [(type(one).__name__, one[1]) for one in reports] == [
        ("OrderFilled", "first"),
        ("OrderCanceled", "second"),
    ]
