"""What a run came to in any period of it, derived again from its journal.

Every event is decided on again, as in a replay, so the figures are those of the desk itself. The
period is half-open, [from, until). What was there before it is carried in: for its accounts, the
equity with which the period begins counts as its first deposit. Equity is marked at each close
that the desk heard: a back-test that passed over quiet bars is marked less often than it was then.
"""

from array import array
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from application.digest import NOTHING_DECIDED
from application.ports.journal import Entry
from application.projections.recorder import Recorder
from application.replay import untouched
from application.results import RunResult
from domain.decision.messages import MarketAdvanced
from domain.decision.state import State
from domain.decision.step import step
from domain.market.bars import BarColumns
from domain.portfolio.book import Book
from domain.shared.amounts import ZERO

ALWAYS_MS: Final = 1 << 62


class Chronicle(NamedTuple):
    """The result of a period, and the closes of each symbol as the desk heard them."""

    result: RunResult
    closes: dict[str, BarColumns]


class _Totals(NamedTuple):
    """What a book had come to at a moment, USD; `unrealised` at the marks of that moment."""

    deposits: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    unrealised: Decimal = ZERO

    @property
    def equity(self) -> Decimal:
        """Wallet and unrealised PnL."""
        return self.deposits + self.realised - self.fees - self.funding + self.unrealised


def chronicle(
    entries: Iterable[Entry], run_id: str, from_ms: int = 0, until_ms: int = ALWAYS_MS
) -> Chronicle:
    """Return what the run of *entries* came to in [*from_ms*, *until_ms*), UTC ms.

    Raises what reading the entries raises, and `DomainError` for events the desk cannot hear.
    """
    scribe = _Scribe(from_ms)
    for entry in entries:
        if entry.heard.at_ms >= until_ms:
            break
        scribe.take(entry)
    return scribe.finished(run_id)


class _Scribe:
    """Follows the desk through its journal and keeps what belongs to the period."""

    def __init__(self, from_ms: int) -> None:
        self._from_ms = from_ms
        self._state = untouched()
        self._recorder = Recorder(lambda: self._state.exposure)
        self._before: _Totals | None = None
        self._times, self._equity = array("q"), array("d")
        self._closes: dict[str, tuple[array[int], array[float]]] = {}
        self._events = self._decisions = self._bars = 0
        self._digest = NOTHING_DECIDED

    def take(self, entry: Entry) -> None:
        """Decide on *entry* again; remember it if it is of the period."""
        heard = entry.heard
        if heard.at_ms >= self._from_ms and self._before is None:
            self._before = _totals(self._state)
        self._state, said, asked = step(self._state, heard)
        self._digest = entry.digest
        if heard.at_ms < self._from_ms:
            return
        self._events += 1
        self._decisions += bool(said or asked)
        self._recorder(heard, said)
        if isinstance(heard, MarketAdvanced):
            self._mark(heard)

    def _mark(self, heard: MarketAdvanced) -> None:
        self._times.append(heard.at_ms)
        self._equity.append(self._state.equity)
        prices = dict(heard.marks)
        for candidate in heard.candidates:
            prices.setdefault(candidate.quote.symbol, float(candidate.quote.price))
        self._bars += len(prices)
        for symbol, price in prices.items():
            times, closes = self._closes.setdefault(symbol, (array("q"), array("d")))
            times.append(heard.at_ms)
            closes.append(price)

    def finished(self, run_id: str) -> Chronicle:
        """Return what the period came to."""
        recorder, before = self._recorder, self._before or _totals(self._state)
        after = _totals(self._state)
        equity_start = before.equity
        deposits = equity_start + after.deposits - before.deposits
        if not before.deposits:
            equity_start = deposits  # the account begins in this period, with its deposit
        result = RunResult(
            run_id=run_id,
            mode=self._state.mode.value,
            symbols=tuple(sorted(self._closes)),
            interval_ms=_usual_step(self._times),
            bars=self._bars,
            from_ms=self._times[0] if self._times else 0,
            until_ms=self._times[-1] if self._times else 0,
            seconds=0.0,
            cpu_seconds=0.0,
            events=self._events,
            decisions=self._decisions,
            decision_digest=self._digest.hex(),
            trades=tuple(recorder.trades),
            fills=tuple(recorder.fills),
            mode_changes=tuple(recorder.modes),
            refusals=dict(recorder.refusals),
            skips=dict(recorder.skips),
            checks=recorder.checks,
            equity_times=self._times,
            equity_values=self._equity,
            equity_start=equity_start,
            equity_end=after.equity,
            deposits=deposits,
            realised=after.realised - before.realised,
            fees=after.fees - before.fees,
            funding=after.funding - before.funding,
            unrealised=after.unrealised - before.unrealised,
            max_drawdown=_greatest_fall(float(equity_start), self._equity),
            fits=(),
            interrupted=False,
        )
        bars = {symbol: _columns(symbol, *rows) for symbol, rows in self._closes.items()}
        return Chronicle(result, bars)


def _totals(state: State) -> _Totals:
    book: Book = state.book
    marked = sum(
        (
            one.quantity * Decimal(repr(state.marks[symbol])) - one.cost
            for symbol, one in book.positions.items()
            if symbol in state.marks
        ),
        start=ZERO,
    )
    return _Totals(book.deposits, book.realised, book.fees, book.funding, marked)


def _usual_step(times: "array[int]") -> int:
    """Return the shortest time between two marks, ms: the interval of the bars. 0: unknown."""
    return min((b - a for a, b in pairwise(times) if b > a), default=0)


def _greatest_fall(start: float, equity: "array[float]") -> float:
    """Return the greatest fall below a peak, as a fraction of that peak."""
    peak, fall = start, 0.0
    for value in equity:
        peak = max(peak, value)
        if peak > 0.0:
            fall = max(fall, 1.0 - value / peak)
    return fall


def _columns(symbol: str, times: "array[int]", closes: "array[float]") -> BarColumns:
    """Return *closes* as bars of no length: a chart of closes needs no more."""
    return BarColumns(symbol, 0, times, closes, closes, closes, closes, array("d"))
