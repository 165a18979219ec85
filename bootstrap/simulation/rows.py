"""The market of a schedule as it goes on, row by row, at the venue and in the feed."""

from random import Random
from typing import Final

from bootstrap.simulation.market import Row
from bootstrap.simulation.stage import Stage
from domain.decision.messages import MarketAdvanced
from domain.market.bars import FundingRate
from domain.market.messages import Bulletin, PredictedFunding

_SLICES: Final = 2
_FEED_MS: Final = 20
_BULLETIN_ROWS: Final = 5
# So long after the faults have ended nobody votes any more, and what is open can settle.
_VOTES_END_MS: Final = 45_000
_BAD_TICK: Final = (0.7, 1.3)
_EVER: Final = 1 << 62


class Rows:
    """Plays the market at the venue, and tells the desk of it."""

    def __init__(self, world: Stage, rng: Random) -> None:
        """Draw what goes wrong with the feed from *rng*."""
        self._world = world
        self._rng = rng
        self._row = Row((), ())
        self._count = 0
        self._fails = True
        self._voting = True
        self._due: tuple[FundingRate, ...] = ()

    def begin(self) -> None:
        """Open the market."""
        self._next()

    def calm(self) -> None:
        """Let the feed be whole from now on, and the voters fall silent in time."""
        self._fails = False
        self._world.agenda.after(_VOTES_END_MS, self._hush)

    def settle(self) -> None:
        """Let funding be due in the next row."""
        market = self._world.market
        at_ms = self._world.agenda.now_ms() + market.row_ms
        self._due = tuple(FundingRate(one, at_ms, 0.0001) for one in market.symbols)

    def _hush(self) -> None:
        self._voting = False

    def _next(self) -> None:
        world = self._world
        market, agenda = world.market, world.agenda
        told, self._row = self._row, market.next_row(agenda.now_ms(), voting=self._voting)
        self._count += 1
        is_lost = self._fails and self._rng.random() < world.weather.feed_gap
        if told.bars and not is_lost:
            self._tell(told)
        due, self._due = self._due, ()
        world.shore.begin(self._row.bars, due)
        slice_ms = market.row_ms / _SLICES
        for part in range(_SLICES):
            agenda.after(slice_ms * part, self._look)
        agenda.after(market.row_ms, self._next)

    def _look(self) -> None:
        self._world.shore.play()
        self._world.protection.look(self._world.market.row_ms // _SLICES)

    def _tell(self, row: Row) -> None:
        rng, world = self._rng, self._world
        marks = [(bar.symbol, bar.close) for bar in row.bars]
        if self._fails and rng.random() < world.weather.bad_tick:
            at = rng.randrange(len(marks))
            symbol, price = marks[at]
            marks[at] = symbol, round(price * rng.uniform(*_BAD_TICK), 2)
        news = None
        if self._count <= _BULLETIN_ROWS or self._count % _BULLETIN_ROWS == 0:
            symbols = world.market.symbols
            news = Bulletin(tuple(PredictedFunding(symbol, 0.0, _EVER) for symbol in symbols))
        now = world.agenda.now_ms()
        heard = MarketAdvanced(now, tuple(marks), 0.0, (), row.candidates, news)
        world.agenda.after(_FEED_MS, lambda: world.hear(heard))
