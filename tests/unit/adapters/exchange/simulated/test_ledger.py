"""The venue's own records agree with the venue, whatever happens on it."""

import random
from decimal import Decimal

import pytest

from adapters.exchange.simulated import ledger
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
)
from domain.shared.enums import Side
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    IDEAL,
    INSTRUMENTS,
    LIMIT,
    MINUTE,
    SELL,
    STOP,
    D,
    bar,
    drop,
    entry,
    leave,
)
from tests.unit.adapters.exchange.simulated.storm import rules_of, stormy_session

pytestmark = pytest.mark.unit

FLAT = (100.0, 100.0, 100.0, 100.0)


def a_ledger(cash: int = 10_000) -> LedgerVenue:
    venue = LedgerVenue(SimulatedVenue(INSTRUMENTS, IDEAL))
    venue.deposit(0, D(cash))
    venue.mark(AAA, 100.0)
    return venue


def play(venue: LedgerVenue, prices: tuple[float, float, float, float] = FLAT, at: int = 0) -> None:
    venue.begin([bar(prices, at)])
    while venue.advance():
        pass


def test_it_passes_on_every_report_of_the_venue_and_adds_the_same_up() -> None:
    for seed in range(100):
        plain = SimulatedVenue(INSTRUMENTS, rules_of(random.Random(seed)))
        inner = SimulatedVenue(INSTRUMENTS, rules_of(random.Random(seed)))
        kept = LedgerVenue(inner)
        for venue in (plain, kept):
            venue.deposit(0, D(400))
        reports = list(stormy_session(random.Random(seed), kept, bars=6))
        assert reports == list(stormy_session(random.Random(seed), plain, bars=6)), seed
        assert kept.wallet == inner.wallet, seed
        read = kept.account(9)
        assert (read.positions, read.orders) == (
            plain.account(9).positions,
            plain.account(9).orders,
        )
        assert read.wallet == inner.wallet
        assert kept.bounds(AAA) == plain.bounds(AAA)


def test_every_order_stands_as_its_last_report_says() -> None:
    seen: set[OrderStatus] = set()
    for seed in range(60):
        inner = SimulatedVenue(INSTRUMENTS, rules_of(random.Random(seed)))
        venue = LedgerVenue(inner)
        venue.deposit(0, D(400))
        batches = stormy_session(random.Random(seed), venue, bars=6)
        reports = [report for batch in batches for report in batch]
        live = {name for name, _ in venue.account(0).orders}
        accepted = {one.client_id for one in reports if isinstance(one, OrderAccepted)}
        canceled = {one.client_id for one in reports if isinstance(one, OrderCanceled)}
        for name in sorted(accepted):
            order = venue.order(name)
            assert order is not None
            fills = [r for r in reports if isinstance(r, OrderFilled) and r.client_id == name]
            assert order.filled == sum((fill.quantity for fill in fills), Decimal(0))
            assert (order.status is OrderStatus.LIVE) is (name in live), (seed, order)
            ended = (OrderStatus.CANCELED, OrderStatus.EXPIRED)
            assert (order.status in ended) is (name in canceled)
            seen.add(order.status)
    assert seen >= {OrderStatus.LIVE, OrderStatus.FILLED, OrderStatus.CANCELED}


def test_what_was_refused_is_unknown_and_a_duplicate_leaves_the_first_as_it_was() -> None:
    venue = a_ledger()
    (refused,) = venue.send(entry(BUY, "0.001", name="tiny"), 0)
    assert isinstance(refused, OrderRejected)
    assert venue.order("tiny") is None
    venue.send(entry(BUY, "1", LIMIT, "90", name="low"), 0)
    before = venue.order("low")
    (again,) = venue.send(entry(BUY, "1", LIMIT, "90", name="low"), 5)
    assert isinstance(again, OrderRejected)
    assert venue.order("low") == before
    venue.send(drop("nothing"), 5)
    assert venue.order("nothing") is None


def test_the_history_tells_fills_from_a_time_on_oldest_first_without_what_is_left() -> None:
    venue = a_ledger()
    for row in range(3):
        venue.send(entry(BUY, "1", name=f"in{row}"), row * MINUTE)
        play(venue, at=row * MINUTE)
    assert [fill.client_id for fill in venue.trades(0)] == ["in0", "in1", "in2"]
    assert [fill.client_id for fill in venue.trades(MINUTE)] == ["in1", "in2"]
    assert venue.trades(2 * MINUTE + 1) == ()
    assert all(fill.leaves is None for fill in venue.trades(0))


def test_a_cancel_that_was_asked_for_and_an_order_that_ran_out_are_told_apart() -> None:
    venue = a_ledger()
    venue.send(entry(BUY, "1"), 0)
    play(venue)
    venue.send(entry(BUY, "1", LIMIT, "90", name="low"), MINUTE)
    venue.send(leave(SELL, STOP, trigger="95"), MINUTE)
    venue.send(leave(SELL), MINUTE)
    venue.send(drop("low"), MINUTE)
    play(venue, (100.0, 100.0, 94.0, 94.0), MINUTE)
    low, stop = venue.order("low"), venue.order("stop")
    assert low is not None
    assert low.status is OrderStatus.CANCELED
    assert stop is not None
    assert stop.status is OrderStatus.EXPIRED


def test_a_liquidation_is_in_the_history_and_in_the_wallet() -> None:
    venue = a_ledger(cash=100)
    venue.send(entry(BUY, "30", leverage=50), 0)
    play(venue)
    play(venue, (100.0, 100.0, 90.0, 90.0), MINUTE)
    last = venue.trades(MINUTE)[-1]
    assert last.client_id.startswith("autoclose-")
    assert last.side is Side.SELL
    assert venue.account(0).positions == ()
    assert venue.wallet < D(100)


def test_the_oldest_orders_that_ended_are_forgotten_and_no_live_one_ever_is() -> None:
    venue = a_ledger(cash=10**7)
    venue.send(entry(BUY, "1", LIMIT, "90", name="resting"), 0)
    for number in range(ledger.ENDED_MAX + 10):
        venue.send(entry(BUY, "1", LIMIT, "90", name=f"n{number}"), 0)
        venue.send(drop(f"n{number}"), 0)
    assert venue.order("n9") is None
    assert venue.order("n10") is not None
    assert venue.order("resting") is not None
