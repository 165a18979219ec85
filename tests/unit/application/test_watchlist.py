from math import inf, nan

import pytest

from application.watchlist import Watchlist
from domain.decision.state import State, initial
from domain.execution.messages import Deposited, FundingSettled, OrderAccepted
from domain.market.bars import FundingRate
from domain.portfolio.book import Exposure
from domain.shared.enums import RunMode
from tests.builders import BTC, ETH, START_MS, D, a_policy
from tests.fakes.tape import FakeTape
from tests.fakes.venue import FakeVenue

pytestmark = pytest.mark.unit

FLAT = initial(RunMode.BACKTEST, a_policy())


def holding(*symbols: str) -> State:
    return FLAT._replace(exposure=Exposure(0.0, tuple((symbol, 1.0) for symbol in symbols)))


def a_watch(**closes: list[float]) -> tuple[Watchlist, FakeTape, FakeVenue]:
    tape, venue = FakeTape(closes), FakeVenue()
    return Watchlist(tape, venue), tape, venue


def test_where_nothing_rests_and_nothing_is_held_the_venue_has_nothing_to_do() -> None:
    watch, tape, _ = a_watch(BTCUSDT=[100.0, 200.0, 50.0])
    tape.funding_at[1] = (FundingRate(BTC, tape.time_ms(1), 0.0001),)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 3


def test_the_first_row_that_leaves_the_bounds_is_found() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0] * 7 + [90.0] + [100.0] * 5)
    venue.band_of[BTC] = (95.0, 105.0)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 7
    assert watch.venue_row(3, FLAT) == 7
    assert watch.venue_row(8, FLAT) == 8  # it opens where it closed before


def test_a_search_goes_on_where_it_ended() -> None:
    watch, tape, venue = a_watch(BTCUSDT=[100.0] * 600)
    venue.band_of[BTC] = (95.0, 105.0)
    watch.stale.add(BTC)
    row = 0
    while row < 600:
        row = watch.venue_row(row, FLAT)
    starts = [start for _, start, _ in tape.asked]
    assert starts == sorted(set(starts))
    assert len(starts) <= 4


def test_wider_bounds_leave_what_was_found_and_narrower_ones_do_not() -> None:
    watch, tape, venue = a_watch(BTCUSDT=[100.0] * 5 + [96.0] + [90.0] * 5)
    venue.band_of[BTC] = (95.0, 105.0)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 6
    tape.asked.clear()
    venue.band_of[BTC] = (80.0, 120.0)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 6  # only more careful
    assert tape.asked == []
    venue.band_of[BTC] = (97.0, 105.0)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 5


def test_bounds_that_are_gone_are_forgotten() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0, 90.0, 100.0])
    venue.band_of[BTC] = (95.0, 105.0)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 1
    venue.band_of[BTC] = (-inf, inf)
    watch.stale.add(BTC)
    assert watch.venue_row(0, FLAT) == 3
    assert watch.to_play(1, FLAT) == []


def test_what_is_on_its_way_acts_on_the_next_row_whether_there_is_a_bar_or_not() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0, nan, nan, 100.0], ETHUSDT=[1.0] * 4)
    venue.band_of[BTC] = (inf, -inf)
    watch.stale.add(BTC)
    assert [watch.venue_row(row, FLAT) for row in range(4)] == [0, 1, 2, 3]


def test_funding_is_waited_for_while_something_is_held() -> None:
    watch, tape, _ = a_watch(BTCUSDT=[100.0] * 9, ETHUSDT=[50.0] * 9)
    tape.funding_at[4] = (FundingRate(BTC, tape.time_ms(4), 0.0001),)
    assert watch.venue_row(0, holding(ETH)) == 4
    assert watch.venue_row(5, holding(ETH)) == 9
    assert watch.to_play(4, holding(ETH)) == [BTC, ETH]


def test_all_that_is_held_is_played_and_what_else_leaves_its_bounds() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0, 100.0], ETHUSDT=[50.0, 40.0], XRPUSDT=[1.0, 1.0])
    venue.band_of = {BTC: (90.0, 110.0), ETH: (45.0, 55.0), "XRPUSDT": (0.5, 1.5)}
    watch.stale.update(venue.band_of)
    assert watch.venue_row(0, holding(BTC)) == 1
    assert watch.to_play(1, holding(BTC)) == [BTC, ETH]


def test_one_change_may_move_the_bounds_of_all_that_is_held() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0, 97.0], ETHUSDT=[50.0, 50.0])
    venue.band_of = {BTC: (90.0, 110.0), ETH: (45.0, 55.0)}
    watch.stale.update((BTC, ETH))
    assert watch.venue_row(0, holding(BTC, ETH)) == 2
    venue.band_of[BTC] = (98.0, 110.0)
    watch.touch(OrderAccepted(START_MS, "id", ETH))
    assert watch.venue_row(0, holding(BTC, ETH)) == 1


def test_money_that_moves_is_not_of_one_symbol() -> None:
    watch, _, _ = a_watch(BTCUSDT=[100.0])
    watch.touch(Deposited(START_MS, D(1)))
    watch.touch(FundingSettled(START_MS, BTC, D(0), D(0)))
    assert watch.stale == set()


def test_the_bands_of_the_desk_end_a_search_at_the_first_that_is_left() -> None:
    watch, _, _ = a_watch(BTCUSDT=[100.0] * 5 + [120.0] * 5, ETHUSDT=[50.0] * 3 + [60.0] * 7)
    bands = {BTC: (-inf, 110.0), ETH: (40.0, inf)}
    assert watch.desk_row(0, 10, bands) == 5
    assert watch.desk_row(0, 10, {**bands, ETH: (-inf, 55.0)}) == 3
    assert watch.desk_row(0, 10, {}) == 10


def test_marks_are_told_from_the_first_row_on() -> None:
    watch, _, venue = a_watch(BTCUSDT=[100.0, 101.0])
    watch.mark_held(-1, holding(BTC))
    assert venue.marked == {}
    watch.mark_held(1, holding(BTC))
    assert venue.marked == {BTC: 101.0}
