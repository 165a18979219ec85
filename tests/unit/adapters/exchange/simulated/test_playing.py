"""The order of things: across symbols, across time, and against the plain rules."""

import random
from decimal import Decimal

import pytest

from domain.execution.messages import (
    OrderFilled,
)
from domain.market.bars import Bar
from domain.shared.errors import InvariantBroken
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    MINUTE,
    SELL,
    STOP,
    TARGET,
    D,
    Scene,
    bar,
    drop,
    entry,
    fills,
    leave,
)
from tests.unit.adapters.exchange.simulated.storm import stormy_bar

pytestmark = pytest.mark.unit


def test_an_interval_must_be_over_before_the_next_and_its_bars_close_together() -> None:
    venue = Scene().venue
    still = (100.0, 100.0, 100.0, 100.0)
    with pytest.raises(InvariantBroken):
        venue.begin([bar(still), bar(still, MINUTE, symbol=BBB)])
    venue = Scene().venue
    venue.begin([bar(still)])
    with pytest.raises(InvariantBroken):
        venue.begin([bar(still)])


def test_things_happen_in_the_order_of_time_across_symbols() -> None:
    scene = Scene().holds(BUY).holds(BUY, symbol=BBB)
    scene.sends(
        leave(SELL, STOP, trigger="98"), leave(SELL, STOP, trigger="99", name="b", symbol=BBB)
    )

    reports = scene.plays(
        bar((100.0, 100.0, 97.0, 99.0)), bar((100.0, 100.0, 97.0, 99.0), symbol=BBB)
    )

    assert [(f[0], f[1]) for f in fills(reports)] == [("b", 6_666), ("stop", 13_333)]


def test_an_answer_on_another_symbol_acts_at_the_same_instant() -> None:
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL, STOP, trigger="98"))

    reports = scene.plays(
        bar((100.0, 100.0, 97.0, 99.0)),
        bar((100.0, 109.0, 100.0, 100.0), symbol=BBB),
        answers={"stop": [entry(BUY, "1", name="other", symbol=BBB)]},
    )

    # BBB, which nobody held, closes no lower than it opened: its low, the open, comes first.
    assert fills(reports)[1] == ("other", 13_333, D(1), D(100))


def test_a_symbol_of_a_shorter_interval_joins_when_its_bar_opens() -> None:
    scene = Scene()
    scene.sends(entry(BUY, "1", name="a"), entry(BUY, "1", name="b", symbol=BBB))
    long = bar((100.0, 101.0, 99.0, 100.0), 0, length=5 * MINUTE)

    reports = scene.plays(long, bar((105.0, 106.0, 104.0, 105.0), 4 * MINUTE, symbol=BBB))

    assert [(f[0], f[1], f[3]) for f in fills(reports)] == [
        ("a", 0, D(100)), ("b", 4 * MINUTE, D(105)),
    ]  # fmt: skip


def reference(bars: list[Bar], sides: list[int]) -> tuple[list[tuple[int, Decimal]], Decimal]:
    """Return (row, price) of every exit by stop (2 %) or target (3 %), and the cash made.

    The plain rules: entry at the open, the stop before the target inside the bar, gaps at the
    open; prices on the tick. One unit a trade, no new one while a position is open.
    """
    exits: list[tuple[int, Decimal]] = []
    cash, side, fill = D(0), 0, D(0)
    stop = target = 0.0
    for row, one in enumerate(bars):
        start = D(str(one.open))
        fresh = not side and bool(sides[row])
        if fresh:
            side, fill = sides[row], start
            stop, target = (float(level) for level in levels(fill, side))
        if not side:
            continue
        worst, best = (one.low, one.high) if side > 0 else (one.high, one.low)
        price = None
        if side * worst <= side * stop:
            price = one.open if side * one.open <= side * stop and not fresh else stop
        elif side * best >= side * target:
            price = one.open if side * one.open >= side * target and not fresh else target
        if price is not None:
            exits.append((row, D(str(price))))
            cash += side * (D(str(price)) - fill)
            side = 0
    return exits, cash + (side * (D(str(bars[-1].close)) - fill) if side else D(0))


def levels(price: Decimal, side: int) -> tuple[Decimal, Decimal]:
    stop, target = price * (1 - side * D("0.02")), price * (1 + side * D("0.03"))
    return stop.quantize(D("0.1")), target.quantize(D("0.1"))


@pytest.mark.parametrize("seed", range(40))
def test_without_slippage_the_venue_equals_the_plain_rules(seed: int) -> None:
    storm = random.Random(seed)
    bars, price = [], 100.0
    for row in range(120):
        bars.append(stormy_bar(storm, AAA, row * MINUTE, price, 0.008)._replace(volume=1.0))
        price = min(max(bars[-1].close, 50.0), 200.0)
    sides = [storm.choice((-1, 0, 1)) for _ in bars]
    scene = Scene(cash=100_000)

    exits: list[tuple[int, Decimal]] = []
    for row, one in enumerate(bars):
        if sides[row] and not scene.venue.positions():
            scene.sends(
                entry(BUY if sides[row] > 0 else SELL, "1", name=f"e{row}"), at=row * MINUTE
            )
        scene.venue.begin([one])
        while batch := scene.venue.advance():
            (fill,) = (report for report in batch if isinstance(report, OrderFilled))
            if fill.client_id[0] == "e":
                stop, target = levels(fill.price, fill.side.sign)
                for kind, level, name in ((STOP, stop, f"s{row}"), (TARGET, target, f"t{row}")):
                    out = leave(fill.side.opposite, kind, trigger=str(level), name=name)
                    scene.sends(out, at=fill.at_ms)
            else:
                exits.append((row, fill.price))
                for order in scene.venue.open_orders():
                    scene.sends(drop(order.client_id), at=fill.at_ms)

    totals = scene.venue.totals
    assert (exits, totals.realised + scene.venue.unrealised()) == reference(bars, sides)
    assert not scene.venue.open_orders() or scene.venue.positions()
