"""A venue that refuses, and is else the venue that it wraps."""

import random

import pytest

from adapters.exchange.simulated.exchange import SimulatedExchange
from adapters.exchange.simulated.faults import MAINTENANCE, OVERLOADED, Faults, FaultyVenue
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    AccountRead,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    ReadAccount,
    Report,
)
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    INSTRUMENTS,
    LIMIT,
    MINUTE,
    SELL,
    STOP,
    D,
    Scene,
    bar,
    drop,
    entry,
    leave,
)
from tests.unit.adapters.exchange.simulated.storm import rules_of, stormy_session

pytestmark = pytest.mark.unit


def test_without_faults_it_is_the_venue_itself() -> None:
    for seed in range(100):
        plain = SimulatedVenue(INSTRUMENTS, rules_of(random.Random(seed)))
        inner = SimulatedVenue(INSTRUMENTS, rules_of(random.Random(seed)))
        faulty = FaultyVenue(inner, Faults())
        runs = []
        for venue in (plain, faulty):
            venue.deposit(0, D(400))
            runs.append(list(stormy_session(random.Random(seed), venue, bars=6)))
        assert runs[0] == runs[1], seed
        assert plain.account(1) == faulty.account(1)
        assert plain.bounds(AAA) == faulty.bounds(AAA)
        assert plain.snapshot() == inner.snapshot()


def test_the_first_closes_are_refused_and_nothing_else() -> None:
    scene = Scene().holds()
    venue = FaultyVenue(scene.venue, Faults(refuse_closes=2))
    stop = leave(SELL, STOP, trigger="90")
    assert venue.send(stop, 0) == [OrderAccepted(0, "stop", AAA)]
    for name in ("x1", "x2"):
        refused = OrderRejected(0, name, AAA, OVERLOADED)
        assert venue.send(leave(SELL, name=name), 0) == [refused]
    assert venue.send(leave(SELL, name="x3"), 0) == [OrderAccepted(0, "x3", AAA)]


def test_in_an_outage_every_order_is_refused_and_what_rests_can_be_canceled() -> None:
    scene = Scene().holds()
    scene.sends(entry(BUY, "1", LIMIT, "90", name="resting"), at=0)
    venue = FaultyVenue(scene.venue, Faults(0, 10, 20))
    for at_ms in (10, 19):
        for order in (entry(BUY, "1"), leave(SELL), leave(SELL, STOP, trigger="90")):
            code = OrderRejected(at_ms, order.client_id, AAA, MAINTENANCE)
            assert venue.send(order, at_ms) == [code]
    assert venue.send(drop("resting"), 15) == [OrderCanceled(15, "resting", AAA, "requested")]
    for at_ms, name in ((9, "before"), (20, "after")):
        out = entry(BUY, "1", name=name)
        assert venue.send(out, at_ms) == [OrderAccepted(at_ms, name, AAA)]


def test_the_account_names_what_is_held_and_every_order_also_those_on_their_way() -> None:
    scene = Scene().holds(BUY, "2")
    assert scene.venue.account(7) == AccountRead(7, ((AAA, D(2)),), ())
    scene.sends(leave(SELL, STOP, trigger="90"), entry(BUY, "1", LIMIT, "80", name="low"), at=0)
    scene.sends(leave(SELL, name="out"), at=0)
    assert scene.venue.account(8).orders == (("stop", AAA), ("low", AAA), ("out", AAA))
    scene.plays(bar((100.0, 100.0, 100.0, 100.0)))
    assert scene.venue.account(9).positions == ()
    assert [name for name, _ in scene.venue.account(9).orders] == ["stop", "low"]


async def test_the_exchange_reads_the_account_at_its_own_time() -> None:
    scene = Scene().holds(SELL, "2")
    exchange = SimulatedExchange(FaultyVenue(scene.venue, Faults()), lambda: 77)
    assert await exchange.read(ReadAccount(0)) == AccountRead(77, ((AAA, D(-2)),), ())


def stopped_on_the_way(seed: int, pauses: int) -> tuple[list[Report], dict[str, object]]:
    """Play a bar in which things happen, halting *pauses* times on its way."""
    dice = random.Random(seed)
    scene = Scene(rules_of(dice), cash=400)
    scene.sends(entry(BUY, "20", name="in", leverage=20), leave(SELL), at=0)
    heard: list[Report] = []
    for row in range(4):
        prices = [100 + dice.uniform(-3, 3) for _ in range(2)]
        high, low = max(prices) + dice.uniform(0, 3), min(prices) - dice.uniform(0, 3)
        scene.venue.begin([bar((prices[0], high, low, prices[1]), row * MINUTE)])
        instants = sorted(row * MINUTE + dice.randrange(MINUTE) for _ in range(20))
        for until in instants[:pauses]:
            while batch := scene.venue.advance(until):
                assert all(report.at_ms <= until for report in batch)
                heard += batch
        while batch := scene.venue.advance():
            heard += batch
        scene.sends(leave(SELL, STOP, trigger="97", name=f"s{row}"), at=(row + 1) * MINUTE)
    return heard, scene.venue.snapshot()


def test_a_halt_on_the_way_changes_nothing_of_what_happens() -> None:
    happened = 0
    for seed in range(150):
        plain = stopped_on_the_way(seed, 0)
        assert stopped_on_the_way(seed, 20) == plain, seed
        happened += len(plain[0])
    assert happened > 300


def test_a_halt_at_the_end_or_after_it_is_the_end() -> None:
    for until in (MINUTE, MINUTE + 1):
        scene = Scene()
        scene.venue.begin([bar((100.0, 100.0, 100.0, 100.0))])
        assert scene.venue.advance(until) == []
        scene.venue.begin([bar((100.0, 100.0, 100.0, 100.0), MINUTE)])


def test_an_order_sent_at_a_halt_acts_from_then_on() -> None:
    scene = Scene()
    scene.venue.begin([bar((100.0, 106.0, 100.0, 106.0))])
    assert scene.venue.advance(MINUTE // 2) == []
    scene.venue.send(entry(BUY, "1"), MINUTE // 2)
    (fill,) = scene.venue.advance()
    assert fill.at_ms == MINUTE // 2
    assert getattr(fill, "price", 0) == D("103.0")
