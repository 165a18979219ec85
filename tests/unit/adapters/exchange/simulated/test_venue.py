"""The venue as a whole: the accounting identity, honest bounds, snapshots, several symbols."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from math import inf

import pytest

from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    FundingSettled,
    OrderFilled,
    OrderKind,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from domain.shared.errors import InvariantBroken
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    IDEAL,
    INSTRUMENTS,
    LIMIT,
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

pytestmark = pytest.mark.unit

Storm = random.Random
SYMBOLS = (AAA, BBB)


def stormy_bar(storm: Storm, symbol: str, start: int, price: float, width: float) -> Bar:
    first = price * (1 + storm.gauss(0, width) / 4)
    last = first * (1 + storm.gauss(0, width))
    high = max(first, last) * (1 + abs(storm.gauss(0, width)))
    low = min(first, last) * (1 - abs(storm.gauss(0, width)))
    volume = storm.choice((0.0, 5.0, 50.0, 5_000.0))
    prices = (round(one, 1) for one in (first, high, low, last))
    return Bar(symbol, start, start + MINUTE, *prices, volume)


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


def stormy_session(storm: Storm, venue: SimulatedVenue, bars: int = 8) -> Iterator[list[Report]]:
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
        played = [stormy_bar(storm, one, start, prices[one], 0.02) for one in SYMBOLS]
        due = [FundingRate(AAA, start + 20_000, 0.0003)] if storm.random() < 0.5 else []
        venue.begin(played, due)
        while batch := venue.advance():
            yield batch
            number += 1
            symbol = storm.choice(SYMBOLS)
            at_ms = batch[-1].at_ms
            if storm.random() < 0.3:
                yield venue.send(stormy_order(storm, symbol, prices[symbol], f"c{number}"), at_ms)
            if storm.random() < 0.1 and (left := venue.open_orders()):
                yield venue.send(drop(left[0].client_id, left[0].symbol), at_ms)
        prices = {one.symbol: one.close for one in played}


@pytest.mark.parametrize("block", range(10))
def test_the_identity_holds_to_the_last_decimal_over_random_sequences(block: int) -> None:
    seen: set[str] = set()
    for seed in range(block * 100, block * 100 + 100):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(1_500))
        fees = funding = D(0)
        for batch in stormy_session(storm, venue):
            for report in batch:
                seen.add(type(report).__name__)
                if isinstance(report, OrderFilled):
                    fees += report.fee
                    seen.add("autoclose" if report.client_id.startswith("auto") else "part")
                elif isinstance(report, FundingSettled):
                    funding += report.paid
            totals = venue.totals
            wallet = totals.deposits + totals.realised - totals.fees - totals.funding
            assert venue.wallet == wallet, seed
            assert venue.equity() == wallet + venue.unrealised(), seed
            assert (totals.fees, totals.funding) == (fees, funding), seed
    assert seen >= {"OrderFilled", "OrderCanceled", "OrderRejected", "FundingSettled", "autoclose"}


def test_realised_is_what_the_fills_say() -> None:
    """Cash in and out of all fills, plus the cost still open, is what was realised."""
    for seed in range(60):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(1_500))
        cash = D(0)
        held = dict.fromkeys(SYMBOLS, D(0))
        for batch in stormy_session(storm, venue):
            for fill in (one for one in batch if isinstance(one, OrderFilled)):
                cash -= fill.side.sign * fill.quantity * fill.price
                held[fill.symbol] += fill.side.sign * fill.quantity
        positions = venue.positions()
        assert venue.totals.realised == cash + sum((c for _, c in positions.values()), D(0)), seed
        assert {s: q for s, q in held.items() if q} == {s: q for s, (q, _) in positions.items()}


def test_times_never_go_back_and_trade_ids_are_unique() -> None:
    for seed in range(60):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(1_500))
        now, trades = 0, set()
        for batch in stormy_session(storm, venue):
            assert len({report.at_ms for report in batch}) == 1, seed
            assert batch[0].at_ms >= now, seed
            now = batch[0].at_ms
            ids = [one.venue_trade_id for one in batch if isinstance(one, OrderFilled)]
            assert not trades & set(ids), seed
            trades |= set(ids)


def test_a_bar_strictly_inside_the_bounds_is_quiet() -> None:
    quiet = 0
    for seed in range(300):
        storm = random.Random(seed)
        rules = rules_of(storm)._replace(latency_ms=0)
        venue = SimulatedVenue(INSTRUMENTS, rules)
        venue.deposit(0, D(1_500))
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


def test_a_restored_venue_continues_identically_from_any_batch() -> None:
    for seed in range(25):
        whole = [str(batch) for batch in recorded(seed, None)]
        for cut in range(0, len(whole), 5):
            assert [str(batch) for batch in recorded(seed, cut)] == whole, (seed, cut)


def recorded(seed: int, cut: int | None) -> Iterator[list[Report]]:
    """Run a session; after batch number *cut* go on with a venue restored from its snapshot."""
    storm = random.Random(seed)
    rules = rules_of(storm)
    venue = SimulatedVenue(INSTRUMENTS, rules)
    venue.deposit(0, D(1_500))
    for number, batch in enumerate(stormy_session(storm, venue)):
        yield batch
        if number == cut:
            text = json.dumps(venue.snapshot())
            other = SimulatedVenue.restore(INSTRUMENTS, rules, json.loads(text))
            assert json.dumps(other.snapshot()) == text
            venue._floor = other._floor


def test_a_snapshot_of_something_else_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        SimulatedVenue.restore(INSTRUMENTS, IDEAL, {"version": 0, "markets": {}})


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
            scene.sends(entry(BUY if sides[row] > 0 else SELL, "1", name=f"e{row}"), at=row * MINUTE)
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
