"""A market made to order: where its story begins, what its bars look like, what a seed may vary."""

from random import Random

import numpy as np
import pytest

from bootstrap.scenarios.market import (
    BTC,
    BUY,
    INTERVAL_MS,
    NOON_MS,
    WARM_BARS,
    Line,
    Look,
    fields_of,
    gapped,
    level_of,
    market_of,
    voter_of,
)
from bootstrap.scenarios.rest import Rest
from bootstrap.scenarios.script import close_of, unanimous
from domain.market.bars import DAY_MS
from tests.builders import D
from tests.fakes.tape import FakeTape

pytestmark = pytest.mark.unit

CALM = Look(100.0, 0.02)


def test_a_story_begins_at_noon_when_all_is_warm() -> None:
    bars = market_of(BTC, [1.0, 1.1], CALM, Random(0))
    times = np.asarray(bars.open_time)
    assert NOON_MS % DAY_MS == DAY_MS // 2
    assert len(times) == WARM_BARS + 2
    assert times[WARM_BARS] == NOON_MS
    assert close_of(1) == times[WARM_BARS + 1] + INTERVAL_MS
    assert list(bars.close[WARM_BARS:]) == pytest.approx([100.0, 110.0])


def test_each_bar_spans_its_range_around_its_way() -> None:
    bars = market_of(BTC, [1.0, 1.1], CALM, Random(0))
    assert bars.high[WARM_BARS] == pytest.approx(101.0)
    assert bars.low[WARM_BARS] == pytest.approx(99.0)
    assert bars.open[WARM_BARS + 1] == pytest.approx(100.0)
    assert bars.high[WARM_BARS + 1] == pytest.approx(111.1)


def test_the_same_dice_make_the_same_market_and_others_another() -> None:
    noisy = CALM._replace(noise=0.001)
    closes = [np.asarray(market_of(BTC, [1.0], noisy, Random(n)).close) for n in (1, 1, 2)]
    assert np.array_equal(closes[0], closes[1])
    assert not np.array_equal(closes[0], closes[2])


def test_over_a_gap_nothing_trades() -> None:
    bars = gapped(market_of(BTC, [1.0, 0.7], CALM, Random(0)), WARM_BARS + 1)
    at = WARM_BARS + 1
    assert bars.open[at] == bars.close[at] == pytest.approx(70.0)
    assert 70.0 < bars.high[at] < 71.0
    assert 69.0 < bars.low[at] < 70.0


def test_a_step_is_worth_about_a_tenth_of_a_usd() -> None:
    for price, step in ((65_000.0, "0.000001"), (100.0, "0.001"), (20.0, "0.001")):
        bars = market_of(BTC, [1.0], Look(price, 0.02), Random(0))
        assert fields_of({BTC: bars})[BTC]["step"] == D(step)


def test_levels_lie_where_such_symbols_trade() -> None:
    assert all(30_000 <= level_of(BTC, Random(seed)) <= 90_000 for seed in range(20))
    assert all(20 <= level_of("ANYUSDT", Random(seed)) <= 500 for seed in range(20))


def test_a_voter_says_its_lines_and_nothing_else() -> None:
    bars = {BTC: market_of(BTC, [1.0] * 3, CALM, Random(0))}
    votes = voter_of("one", bars, [Line(1, BTC, BUY, 0.7)]).votes[BTC]
    spoken = np.flatnonzero(~np.isnan(np.asarray(votes.confidence)))
    assert list(spoken) == [WARM_BARS + 1]
    assert votes.action[WARM_BARS + 1] == BUY
    assert set(unanimous(Line(1, BTC, BUY, 0.7), count=3)) == {"voter0", "voter1", "voter2"}


def test_the_rest_of_a_tape_is_the_tape_from_a_row_on() -> None:
    tape = FakeTape({BTC: [1.0, 2.0, 3.0, 4.0]})
    rest = Rest(tape, 2)
    assert rest.symbols == (BTC,)
    assert len(rest) == 2
    assert [rest.time_ms(row) for row in range(2)] == [tape.time_ms(2), tape.time_ms(3)]
    assert rest.row_at(tape.time_ms(3)) == 1
    assert rest.row_at(tape.time_ms(0)) == 0
    assert rest.marks(1, (BTC,)) == ((BTC, 4.0),)
    assert rest.bars(0, (BTC,)) == tape.bars(2, (BTC,))
    assert rest.first_exit(BTC, 0, 2, 0.0, 3.5) == 1
    assert rest.next_signal(0) == rest.next_funding(0) == 2
    assert (rest.candidates(0), rest.turns(0), rest.funding(0)) == ((), (), ())
    assert rest.bulletin(0) is None
    assert rest.finer(0, (BTC,)) == {}
