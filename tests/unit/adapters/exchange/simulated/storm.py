"""Random trading, from a seed: bars, orders and whole sessions in answer to reports."""

import random
from collections.abc import Iterator

from adapters.exchange.simulated.rules import VenueRules
from application.ports.matching import MatchingVenue
from domain.execution.messages import (
    OrderKind,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    MINUTE,
    SELL,
    STOP,
    TARGET,
    bar,
    drop,
    entry,
    leave,
)

Storm = random.Random
SYMBOLS = (AAA, BBB)


def stormy_bar(storm: Storm, symbol: str, start: int, price: float, width: float) -> Bar:
    first = price * (1 + storm.gauss(0, width) / 4)
    last = first * (1 + storm.gauss(0, width))
    high = max(first, last) * (1 + abs(storm.gauss(0, width)))
    low = min(first, last) * (1 - abs(storm.gauss(0, width)))
    volume = storm.choice((0.0, 5.0, 50.0, 5_000.0))
    first, high, low, last = (round(one, 1) for one in (first, high, low, last))
    return bar((first, high, low, last), start, symbol=symbol, volume=volume)


def stormy_order(storm: Storm, symbol: str, price: float, name: str) -> VenueCommand:
    side = storm.choice((BUY, SELL))
    kind = storm.choice(tuple(OrderKind))
    near = str(round(price * (1 + storm.uniform(-0.02, 0.02)), 1))
    size = str(round(storm.uniform(0.05, 60), 2))
    if storm.random() < 0.5:
        plain = kind in (STOP, TARGET)
        return entry(
            side, size, OrderKind.MARKET if plain else kind, near, name=name, symbol=symbol
        )
    whole = storm.random() < 0.5
    return leave(
        side, kind, quantity=None if whole else size, price=near, trigger=near, name=name,
        symbol=symbol,
    )  # fmt: skip


def rules_of(storm: Storm) -> VenueRules:
    latency = storm.choice((0, 0, 700, 61_000))
    share = storm.choice((0.0, 0.1, 0.1))
    return VenueRules(participation_max=share, latency_ms=latency)


def stormy_session(storm: Storm, venue: MatchingVenue, bars: int = 8) -> Iterator[list[Report]]:
    """Trade at random, in answer to reports too; yield every batch of reports."""
    prices = dict.fromkeys(SYMBOLS, 100.0)
    number = 0
    for symbol in SYMBOLS:
        venue.mark(symbol, 100.0)
    for row in range(bars):
        start = row * MINUTE
        for _ in range(storm.randrange(5)):
            number += 1
            symbol = storm.choice(SYMBOLS)
            yield venue.send(stormy_order(storm, symbol, prices[symbol], f"c{number}"), start)
        played = [stormy_bar(storm, one, start, prices[one], 0.03) for one in SYMBOLS]
        due = [FundingRate(AAA, start + 20_000, 0.0003)] if storm.random() < 0.5 else []
        venue.begin(played, due)
        while batch := venue.advance():
            yield batch
            number += 1
            symbol = storm.choice(SYMBOLS)
            at_ms = batch[-1].at_ms
            if storm.random() < 0.3:
                yield venue.send(stormy_order(storm, symbol, prices[symbol], f"c{number}"), at_ms)
            if storm.random() < 0.1 and (left := venue.account(at_ms).orders):
                yield venue.send(drop(*left[0]), at_ms)
        prices = {one.symbol: one.close for one in played}
