"""Playing a tape by the wall clock: rows keep their pace, and none is skipped."""

from collections.abc import Callable
from math import nan
from random import Random

import pytest

from adapters.exchange.served.playing import Playing
from adapters.exchange.served.serving import NO_WIND
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.shore import Shore
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import FundingSettled, OrderFilled, Report
from domain.market.bars import FundingRate
from tests.fakes.tape import ROW_MS, FakeTape
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    IDEAL,
    INSTRUMENTS,
    SELL,
    D,
    entry,
    leave,
)

pytestmark = pytest.mark.unit

START, PACE = 1_750_000_000_000, 100


class Times:
    """Time as the test sets it; nothing is put off."""

    def __init__(self) -> None:
        self.now = START

    def now_ms(self) -> int:
        return self.now

    def after(self, delay_ms: float, call: Callable[[], None]) -> None:
        assert delay_ms <= 0
        call()


class Played:
    """A tape being played, and what was told of it."""

    def __init__(self, tape: FakeTape, first_row: int = 0) -> None:
        self.times = Times()
        venue = LedgerVenue(SimulatedVenue(INSTRUMENTS, IDEAL))
        venue.deposit(START, D(10_000))
        self.shore = Shore(venue, NO_WIND, Random(1), self.times)
        self.heard: list[Report] = []
        self.shore.heard = self.heard.append
        self.closed: list[tuple[int, int]] = []
        self.playing = Playing(
            self.shore, tape, PACE, lambda *closed: self.closed.append(closed), first_row
        )
        self.playing.start()

    def at(self, after_ms: int) -> None:
        self.times.now = START + after_ms
        self.playing.keep_up()


def test_each_row_closes_at_its_time_on_the_wall_clock() -> None:
    played = Played(FakeTape({AAA: [100.0, 101.0, 102.0]}))
    for after in range(0, 301, 10):
        played.at(after)
    assert played.closed == [(0, START + 100), (1, START + 200), (2, START + 300)]
    assert played.playing.is_over


def test_rows_that_were_slept_through_are_caught_up_with() -> None:
    played = Played(FakeTape({AAA: [100.0] * 5}))
    played.at(430)
    assert [row for row, _ in played.closed] == [0, 1, 2, 3]
    assert played.playing.row == 4


def test_play_begins_at_the_row_that_is_named() -> None:
    played = Played(FakeTape({AAA: [100.0] * 5}), first_row=3)
    played.at(100)
    assert played.closed == [(3, START + 100)]


def test_an_order_fills_at_its_time_within_the_row_and_not_before() -> None:
    played = Played(FakeTape({AAA: [100.0, 110.0]}))
    played.at(150)
    played.shore.act(entry(BUY, "1"))
    played.at(150)
    (fill,) = [one for one in played.heard if isinstance(one, OrderFilled)]
    assert fill.at_ms == START + 150
    assert D(100) < fill.price < D(110)


def test_funding_settles_at_its_place_within_the_row() -> None:
    tape = FakeTape({AAA: [100.0, 100.0]})
    tape.funding_at[1] = (FundingRate(AAA, tape.time_ms(1) - ROW_MS // 2, 0.001),)
    played = Played(tape)
    played.at(10)
    played.shore.act(entry(BUY, "1"))
    played.at(149)
    assert not [one for one in played.heard if isinstance(one, FundingSettled)]
    played.at(150)
    (settled,) = [one for one in played.heard if isinstance(one, FundingSettled)]
    assert settled.at_ms == START + 150


def test_behind_the_last_row_the_market_stands_still_and_lets_everybody_leave() -> None:
    played = Played(FakeTape({AAA: [100.0, 105.0], BBB: [nan, nan]}))
    played.at(50)
    played.shore.act(entry(BUY, "1"))
    played.at(1_234)
    assert [row for row, _ in played.closed] == [0, 1]
    played.shore.act(leave(SELL, quantity="1"))
    played.at(1_234)
    assert played.shore.account().positions == ()
    fill = played.heard[-1]
    assert isinstance(fill, OrderFilled)
    assert fill.price == D(105)
