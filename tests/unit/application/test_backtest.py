from math import inf, nan

import pytest

from domain.decision.facts import TradeExecuted
from domain.decision.messages import ClockTicked
from domain.decision.safety_facts import FlatProved
from domain.execution.messages import (
    AccountRead,
    FundingSettled,
    OrderKind,
    PlaceEntry,
    PlaceExit,
    VenueCommand,
)
from domain.market.bars import FundingRate
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.enums import Action
from tests.backtest_stage import Stage
from tests.builders import BTC, ETH, D, a_policy, free_funding

pytestmark = pytest.mark.unit


def test_of_a_market_in_which_nobody_speaks_only_new_days_are_heard() -> None:
    stage = Stage({BTC: [100.0] * 1_000})
    assert stage.runs() == 1_000
    assert stage.played == []
    assert stage.listened == [18 * 12 - 1 + day * 288 for day in range(3)]


def test_without_skipping_every_row_is_played_and_heard() -> None:
    stage = Stage({BTC: [100.0] * 20}, skipping=False)
    assert stage.runs() == 20
    assert stage.played == stage.listened == list(range(20))


def test_only_rows_on_which_something_can_happen_are_played_or_heard() -> None:
    stage = Stage({BTC: [100.0] * 200})
    stage.signal(50, Action.BUY)
    stage.venue.band_of[BTC] = (90.0, 110.0)
    stage.runs()
    assert stage.played == [51]  # the entry fills at the next open
    assert stage.listened[0] == 50
    assert len(stage.listened) < 10
    assert [type(fact) for fact in stage.said if isinstance(fact, TradeExecuted)]


def test_a_row_that_leaves_the_bounds_of_the_venue_is_played() -> None:
    stage = Stage({BTC: [100.0] * 60 + [97.0] + [100.0] * 60})
    stage.signal(10, Action.BUY)
    stage.venue.band_of[BTC] = (98.5, 110.0)
    stage.runs()
    assert stage.played == [11, 60, 61]  # down to 97, and back up from it


def test_before_the_venue_acts_the_desk_hears_how_high_equity_was_and_no_higher() -> None:
    """The row that is played is not part of it: its fills may have changed what is held."""
    closes = [100.0] * 12 + [104.0] * 20 + [101.0] + [109.0] * 5
    stage = Stage({BTC: closes})
    stage.signal(10, Action.BUY)
    stage.venue.band_of[BTC] = (101.5, 110.0)
    stage.runs()
    assert 32 in stage.played
    (held,) = [fact for fact in stage.said if isinstance(fact, TradeExecuted)]
    before = [heard for heard in stage.heard if heard.at_ms == stage.tape.time_ms(31)]
    assert before[0].high_equity == pytest.approx(10_000 + 4 * float(held.quantity), abs=1.0)


def test_whatever_is_held_is_played_with_whatever_acts() -> None:
    stage = Stage({BTC: [100.0] * 40, ETH: [50.0] * 20 + [40.0] * 20})
    stage.signal(5, Action.BUY)
    stage.signal(5, Action.BUY, ETH)
    stage.venue.band_of = {BTC: (90.0, 110.0), ETH: (45.0, 60.0)}
    stage.runs()
    at_ms = stage.tape.time_ms(20)
    assert dict(stage.venue.played)[at_ms] == (BTC, ETH)


def test_funding_is_played_only_where_something_is_held() -> None:
    stage = Stage({BTC: [100.0] * 90})
    for row in (10, 40, 70):
        rate = FundingRate(BTC, stage.tape.time_ms(row) - 1, 0.0001)
        stage.tape.funding_at[row] = (rate,)
    stage.signal(20, Action.BUY)
    stage.signal(60, Action.FLAT)
    stage.venue.band_of[BTC] = (90.0, 110.0)
    paid = FundingSettled(stage.tape.time_ms(40), BTC, D("0.0001"), D("0.5"))
    stage.venue.script[stage.tape.time_ms(40)] = [[paid]]
    stage.runs()
    assert stage.played == [21, 40, 61]
    assert stage.engine.state.book.funding == D("0.5")


def test_what_is_on_its_way_to_a_symbol_without_a_bar_is_played_on_the_bars_of_others() -> None:
    gap = [100.0] * 11 + [nan] * 3 + [100.0] * 10
    stage = Stage({BTC: gap, ETH: [50.0] * 24})
    stage.signal(10, Action.BUY)
    stage.venue.band_of[BTC] = (90.0, 110.0)
    stage.runs()
    assert stage.venue.played[:4] == [
        (stage.tape.time_ms(11), (ETH,)),
        (stage.tape.time_ms(12), (ETH,)),
        (stage.tape.time_ms(13), (ETH,)),
        (stage.tape.time_ms(14), (BTC,)),
    ]


def test_the_venue_knows_the_marks_of_the_row_on_which_the_desk_acts() -> None:
    policy = a_policy(trailing=False, holding_minutes_max=200)
    stage = Stage({BTC: [100.0 + row / 100 for row in range(100)]}, policy)
    stage.signal(10, Action.BUY)
    stage.venue.band_of[BTC] = (90.0, 110.0)
    stage.runs()
    assert stage.venue.marks_when_sent[0] == {BTC: pytest.approx(100.10)}
    (left,) = [n for n, (_, sent) in enumerate(stage.venue.sent) if is_market_exit(sent)]
    assert stage.venue.marks_when_sent[left] == {BTC: pytest.approx(100.50)}


def is_market_exit(sent: VenueCommand) -> bool:
    return isinstance(sent, PlaceExit) and sent.kind is OrderKind.MARKET


def test_what_changes_at_the_venue_without_a_report_is_not_overlooked() -> None:
    stage = Stage({BTC: [100.0] * 20 + [93.0] + [93.0] * 20})
    stage.signal(5, Action.BUY)
    stage.venue.band_of[BTC] = (95.0, 110.0)
    stage.venue.bands_after[stage.tape.time_ms(20)] = {BTC: (inf, -inf)}
    stage.venue.bands_after[stage.tape.time_ms(21)] = {BTC: (90.0, 110.0)}
    stage.runs()
    assert stage.played == [6, 20, 21]


def test_a_run_may_be_stopped_and_everything_heard_is_durable() -> None:
    stage = Stage({BTC: [100.0] * 300}, skipping=False)
    assert stage.runs(rows=7) == 7
    assert len(stage.journal.durable) == stage.engine.sequence == 10


def test_progress_is_told_at_the_end_and_on_the_way() -> None:
    stage = Stage({BTC: [100.0] * 4_200}, skipping=False)
    reached: list[int] = []
    stage.backtest.run(reached.append, lambda: False)
    assert reached == [4_096, 4_200]


def test_what_removes_risk_is_sent_first() -> None:
    stage = Stage({BTC: [100.0] * 30, ETH: [50.0] * 30})
    stage.signal(5, Action.BUY)
    stage.signal(10, Action.BUY, ETH)
    stage.signal(10, Action.FLAT)
    stage.venue.band_of = {BTC: (90.0, 110.0), ETH: (40.0, 60.0)}
    stage.runs()
    at_ms = stage.tape.time_ms(10)
    sent = [(type(one), one.symbol) for when, one in stage.venue.sent if when == at_ms]
    assert sent[:2] == [(PlaceExit, BTC), (PlaceEntry, ETH)]


def an_emergency(refuses: int = 0, *, skipping: bool = True) -> Stage:
    """Play a market whose fall is an emergency, at a venue that refuses the first closes."""
    policy = a_policy(
        trailing=False,
        drawdown_cautious=0.001,
        drawdown_protective=0.002,
        drawdown_emergency=0.003,
        drawdown_hysteresis=0.0005,
    )
    stage = Stage({BTC: [100.0] * 20 + [90.0] * 20}, policy, skipping=skipping)
    stage.signal(10, Action.BUY)
    stage.venue.band_of[BTC] = (80.0, 110.0)
    stage.venue.refuses = refuses
    stage.runs(40 if skipping else None)
    return stage


def test_an_emergency_is_latched_the_store_told_and_the_account_read_until_flat() -> None:
    stage = an_emergency()
    first = stage.latch.written[0]
    assert first.mode is EMERGENCY
    assert stage.notes[0] == (first.since_ms, first.epoch, True, stage.notes[0].reason)
    heard = [entry.heard for entry in stage.journal.entries()]
    assert [one for one in heard if isinstance(one, AccountRead)]
    assert [type(one) for one in stage.said if isinstance(one, FlatProved)] == [FlatProved]
    assert not stage.engine.state.book.positions


@pytest.mark.parametrize("skipping", [True, False])
def test_a_refused_close_is_asked_again_between_the_bars(*, skipping: bool) -> None:
    stage = an_emergency(3, skipping=skipping)
    closes = [at for at, one in stage.venue.sent if is_market_exit(one)]
    fell = stage.tape.time_ms(20)
    assert closes == [fell, fell + 200, fell + 600, fell + 1_400]
    ticks = [e.heard.at_ms for e in stage.journal.entries() if isinstance(e.heard, ClockTicked)]
    assert ticks[:3] == closes[1:]
    assert not stage.engine.state.book.positions


def test_news_of_a_row_are_told_with_its_close() -> None:
    stage = Stage({BTC: [100.0] * 30})
    news = free_funding(BTC)
    stage.tape.bulletin_at[7] = news
    stage.runs()
    assert [one.bulletin for one in stage.heard if one.at_ms == stage.tape.time_ms(7)] == [news]
