"""What the venue promises about quiet intervals, and keeps."""

import random
from decimal import Decimal
from math import inf

import pytest

from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    OrderFilled,
    Report,
)
from domain.market.bars import Bar
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    INSTRUMENTS,
    MINUTE,
    SELL,
    STOP,
    TARGET,
    D,
    Scene,
    bar,
    entry,
    leave,
)
from tests.unit.adapters.exchange.simulated.storm import (
    SYMBOLS,
    Storm,
    rules_of,
    stormy_bar,
    stormy_session,
)

pytestmark = pytest.mark.unit


def test_a_bar_strictly_inside_the_bounds_is_quiet() -> None:
    quiet = 0
    for seed in range(300):
        storm = random.Random(seed)
        rules = rules_of(storm)._replace(latency_ms=0)
        venue = SimulatedVenue(INSTRUMENTS, rules)
        venue.deposit(0, D(400))
        for _ in stormy_session(storm, venue, bars=4):
            pass
        bands = {symbol: venue.bounds(symbol) for symbol in SYMBOLS}
        if any(low >= high for low, high in bands.values()):
            continue
        inside = [squeezed(storm, venue, symbol, *bands[symbol]) for symbol in SYMBOLS]
        venue.begin(inside)
        assert venue.advance() == [], seed
        quiet += any(band != (-inf, inf) for band in bands.values())
    assert quiet > 50


def squeezed(storm: Storm, venue: SimulatedVenue, symbol: str, low: float, high: float) -> Bar:
    """Return a bar that fills the band as far as a float can, or a wide one where it is open."""
    mark = venue._floor.markets[symbol].mark
    bottom = max(low, mark * 0.2) * (1 + 1e-12)
    top = min(high, mark * 5) * (1 - 1e-12)
    first, last = (storm.uniform(bottom, top) for _ in range(2))
    return Bar(symbol, 9 * MINUTE, 10 * MINUTE, first, top, bottom, last, 1e3)


def test_bounds_are_open_when_flat_and_closed_when_something_is_on_its_way() -> None:
    scene = Scene()
    assert scene.venue.bounds(AAA) == (-inf, inf)

    scene.sends(entry(BUY, "1"))
    assert scene.venue.bounds(AAA) == (inf, -inf)
    assert scene.venue.bounds(BBB) == (-inf, inf)

    scene.plays(
        bar((100.0, 100.0, 100.0, 100.0)),
        answers={"entry": [leave(SELL, STOP, trigger="98"), leave(SELL, TARGET, trigger="103")]},
    )
    assert scene.venue.bounds(AAA) == (98.0, 103.0)


def journey(seed: int, *, skips: bool) -> tuple[list[Report], Decimal, int]:
    """Trade two symbols by a fixed plan; play every interval, or only those not quiet."""
    storm = random.Random(seed)
    venue = SimulatedVenue(INSTRUMENTS, VenueRules())
    venue.deposit(0, D(600))
    prices = dict.fromkeys(SYMBOLS, 100.0)
    heard: list[Report] = []
    played = 0
    for row in range(80):
        bars = [stormy_bar(storm, one, row * MINUTE, prices[one], 0.004) for one in SYMBOLS]
        prices = {one.symbol: one.close for one in bars}
        plan = storm.random(), storm.choice(SYMBOLS), storm.choice((BUY, SELL))
        if plan[0] < 0.2 and len(venue.positions()) < 2:
            out = entry(plan[2], "25", name=f"e{row}", symbol=plan[1])
            heard += venue.send(out, row * MINUTE)
        if skips and all(inside(one, venue.bounds(one.symbol)) for one in bars):
            for one in bars:
                venue.mark(one.symbol, one.close)
            continue
        played += 1
        venue.begin(bars)
        while batch := venue.advance():
            heard += batch
            for fill in (one for one in batch if isinstance(one, OrderFilled)):
                if fill.client_id[0] == "e" and not fill.leaves and venue.positions():
                    side = fill.side
                    price = fill.price * (1 - side.sign * D("0.03"))
                    stop = leave(
                        side.opposite, STOP, trigger=str(price.quantize(D("0.1"))),
                        name=f"s{row}", symbol=fill.symbol,
                    )  # fmt: skip
                    heard += venue.send(stop, fill.at_ms)
    return heard, venue.equity(), played


def inside(one: Bar, band: tuple[float, float]) -> bool:
    return band[0] < one.low and one.high < band[1]


def test_skipping_quiet_intervals_changes_no_report() -> None:
    saved = 0
    for seed in range(60):
        visited = journey(seed, skips=False)
        skipped = journey(seed, skips=True)
        assert visited[:2] == skipped[:2], seed
        saved += visited[2] - skipped[2]
    assert saved > 1_000
