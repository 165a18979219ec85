"""What a run came to: the venue's ledger is the truth, and the desk's book must agree with it."""

from decimal import Decimal

from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.market_data.layout import greatest_fall
from application.errors import IntegrityFailure
from application.results import RunResult
from bootstrap.containers import Application
from bootstrap.market import Market
from domain.portfolio.book import Book
from domain.shared.enums import RunMode


def result_of(
    mode: RunMode,
    run_id: str,
    market: Market,
    application: Application,
    played: int,
    took: tuple[float, float],
) -> RunResult:
    """Return the result after *played* rows, which *took* (wall, CPU) seconds.

    Raises `IntegrityFailure` when the books of the desk and the venue differ.
    """
    tape, engine = market.tape, application.engine()
    recorder, venue = application.recorder(), application.venue()
    book: Book = engine.state.book
    if played:
        for symbol, price in tape.marks(played - 1, tuple(venue.positions())):
            venue.mark(symbol, price)
    totals = venue.totals
    _require_agreement(book, venue)
    times, curve = tape.equity_curve(recorder.changes)
    times, curve = times[:played], curve[:played]
    unrealised: Decimal = venue.unrealised()
    return RunResult(
        run_id=run_id,
        mode=mode.value,
        symbols=tape.symbols,
        interval_ms=max((b.interval_ms for b in market.history.bars.values()), default=0),
        bars=tape.bars_until(played),
        from_ms=tape.time_ms(0) if played else 0,
        until_ms=tape.time_ms(played - 1) if played else 0,
        seconds=took[0],
        cpu_seconds=took[1],
        events=engine.sequence,
        decisions=engine.decisions,
        decision_digest=engine.digest.hex(),
        trades=tuple(recorder.trades),
        fills=tuple(recorder.fills),
        mode_changes=tuple(recorder.modes),
        refusals=dict(recorder.refusals),
        skips=dict(recorder.skips),
        checks=recorder.checks,
        equity_times=times,
        equity_values=curve,
        equity_start=totals.deposits,
        equity_end=totals.deposits + totals.realised - totals.fees - totals.funding + unrealised,
        deposits=totals.deposits,
        realised=totals.realised,
        fees=totals.fees,
        funding=totals.funding,
        unrealised=unrealised,
        max_drawdown=greatest_fall(curve),
        fits=market.fits,
        interrupted=played < len(tape),
    )


def _require_agreement(book: Book, venue: SimulatedVenue) -> None:
    """Hold the desk's book against the venue's, money and positions, to the last decimal."""
    totals = venue.totals
    held = {symbol: (one.quantity, one.cost) for symbol, one in book.positions.items()}
    ours = (book.deposits, book.realised, book.fees, book.funding, held)
    theirs = (
        totals.deposits,
        totals.realised,
        totals.fees,
        totals.funding,
        dict(venue.positions()),
    )
    if ours != theirs:
        raise IntegrityFailure(
            "the books differ: deposits, realised, fees, funding and positions are "
            f"{ours} here, {theirs} at the venue"
        )
