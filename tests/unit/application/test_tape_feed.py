from collections.abc import Iterator

import pytest

from application.tape_feed import TapeFeed, moved
from domain.decision.messages import Heard, MarketAdvanced
from domain.market.messages import (
    Bulletin,
    FeedTurn,
    Jolt,
    Measures,
    PredictedFunding,
    Regime,
)
from tests.builders import BTC, START_MS, a_candidate
from tests.fakes.clock import FakeClock
from tests.fakes.tape import FakeTape

pytestmark = pytest.mark.unit

FOREVER = 1 << 62


class Feed:
    """A feed of ten rows, on a clock that is a day ahead of the tape."""

    def __init__(self) -> None:
        self.tape, self.clock = FakeTape({BTC: [float(n) for n in range(100, 110)]}), FakeClock()
        self.clock.at_ms = START_MS + 86_400_000
        self.heard: list[Heard] = []
        self.feed = TapeFeed(self.tape, self.clock, self.heard.append)

    def closes(self, *rows: int) -> Iterator[MarketAdvanced]:
        for row in rows:
            self.feed.closed(row)
        while self.heard:
            heard = self.heard.pop(0)
            assert isinstance(heard, MarketAdvanced)
            yield heard


def test_a_close_is_heard_at_the_time_of_the_session_with_the_prices_of_its_row() -> None:
    feed = Feed()
    feed.tape.candidates_at[3] = (a_candidate(),)
    (heard,) = feed.closes(3)
    assert heard.at_ms == feed.clock.at_ms
    assert heard.marks == ((BTC, 103.0),)
    assert len(heard.candidates) == 1


@pytest.mark.parametrize("row", [-1, 2, 3, 10, 99])
def test_a_row_that_was_told_or_is_none_is_nothing_new(row: int) -> None:
    feed = Feed()
    list(feed.closes(3))
    assert list(feed.closes(row)) == []


def test_of_rows_nobody_heard_the_last_word_is_told_and_no_jolt_and_no_candidate() -> None:
    feed = Feed()
    feed.tape.candidates_at[1] = (a_candidate(),)
    until = feed.tape.time_ms(9)
    feed.tape.bulletin_at[1] = Bulletin(
        (PredictedFunding(BTC, 0.1, until),),
        (Jolt(BTC, 0.5, 0.0),),
        (FeedTurn(BTC, stale=True, fresh_ms=7),),
    )
    feed.tape.bulletin_at[2] = Bulletin((PredictedFunding(BTC, 0.2, until),))
    feed.tape.bulletin_at[4] = Bulletin(jolts=(Jolt(BTC, 0.0, 0.3),))
    (heard,) = feed.closes(4)
    by_ms = feed.clock.at_ms - feed.tape.time_ms(4)
    assert heard.candidates == ()
    assert heard.bulletin == Bulletin(
        (PredictedFunding(BTC, 0.2, until + by_ms),),
        (Jolt(BTC, 0.0, 0.3),),
        (FeedTurn(BTC, stale=True, fresh_ms=7 + by_ms),),
    )


def test_every_instant_in_the_news_is_moved_but_for_ever_stays() -> None:
    news = Bulletin(
        (PredictedFunding(BTC, 0.1, 100), PredictedFunding(BTC, 0.0, FOREVER)),
        (),
        (FeedTurn(BTC, stale=False, fresh_ms=5),),
        Measures(9, (), (), ()),
    )
    assert moved(news, 1_000) == Bulletin(
        (PredictedFunding(BTC, 0.1, 1_100), PredictedFunding(BTC, 0.0, FOREVER)),
        (),
        (FeedTurn(BTC, stale=False, fresh_ms=1_005),),
        Measures(1_009, (), (), ()),
    )


def test_turns_of_rows_nobody_heard_are_told_once() -> None:
    feed = Feed()
    feed.tape.turns_at[1] = ((BTC, Regime.RANGE),)
    feed.tape.turns_at[3] = ((BTC, Regime.TREND_UP),)
    first, second = feed.closes(3, 4)
    assert first.turns == ((BTC, Regime.TREND_UP),)
    assert second.turns == ()
