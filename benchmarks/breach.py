"""How long it takes from the price that is an emergency to the last close at the exchange port.

The real desk, dispatcher, journal, audit and latch on a real disk; the exchange is a stop-watch.
Each round begins with the same open positions. The latch is durable before the first close is
handed over; how long that alone took is shown beside it.
"""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from adapters.audit.log import AuditFiles
from adapters.market_data.overrides import load_instruments
from adapters.notifier.log import LogNotifier
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.latch import FileLatch
from adapters.telemetry.memory import InMemoryTelemetry
from application.desk import Desk
from application.dispatch import Dispatcher
from application.engine import Engine, Projection
from application.inbox import Inbox
from application.projections.audit import AuditProjection
from application.projections.metrics import MetricsProjection
from benchmarks.live import StopWatch
from benchmarks.results import Results, percentile
from benchmarks.workloads import INSTRUMENTS, START_MS, SYMBOL
from domain.ai.prediction import Prediction
from domain.decision.messages import Candidate, Command, Heard, MarketAdvanced, SessionOpened
from domain.decision.state import State, initial
from domain.decision.step import step
from domain.execution.messages import (
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    PlaceEntry,
    PlaceExit,
)
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Bulletin, PredictedFunding, Quote, Regime
from domain.risk.emergency_stop import Latch
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, RunMode

_PRICE: Final = Decimal(30_000)
_FALL: Final = 0.8
_GOALS_MS: Final = {1: 100, 20: 100, 50: 1000}


class _TimedLatch:
    """The latch on disk, and the milliseconds that each write of it took."""

    def __init__(self, folder: Path) -> None:
        self._inner = FileLatch(folder)
        self._inner.create()
        self.took: list[float] = []

    def read(self) -> Latch | None:
        """Return the latch."""
        return self._inner.read()

    def write(self, latch: Latch) -> None:
        """Keep *latch*."""
        began = time.perf_counter()
        self._inner.write(latch)
        self.took.append((time.perf_counter() - began) * 1e3)


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Measure some hundreds of emergencies, with few and many positions."""
    for count, goal in _GOALS_MS.items():
        closes, latches = asyncio.run(_emergencies(folder, count, 30 if quick else 300))
        name = f"breach to last close, {count} symbols"
        for share, mark in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
            target = {"target": f"<= {goal}"} if mark == "p99" else {}
            results.add("breach", f"{name}, {mark}", percentile(closes, share), "ms", **target)
        results.add("breach", "of which the latch, p50", percentile(latches, 0.5), "ms")
        results.add("breach", "of which the latch, max", max(latches), "ms")


async def _emergencies(folder: Path, count: int, rounds: int) -> tuple[list[float], list[float]]:
    held = desk_that_holds(count)
    codec, exchange, inbox = MsgpackCodec(), StopWatch(), Inbox()
    journal = SqliteJournal(folder / f"breach-{count}.db", codec)
    audit = AuditFiles(folder / f"breach-{count}-audit")
    latch, notifier = _TimedLatch(folder / f"breach-{count}-latch"), LogNotifier()
    shown: list[Projection] = [
        AuditProjection(audit, RunMode.PAPER),
        MetricsProjection(InMemoryTelemetry()),
    ]
    engine = Engine(held, journal, audit, codec, shown)
    dispatcher = Dispatcher(
        exchange, latch, notifier, lambda _note: None, lambda: engine.state, inbox.put
    )
    desk = Desk(engine, inbox, dispatcher)
    running = asyncio.create_task(desk.run())
    breach = _fallen(held)
    closes: list[float] = []
    for _ in range(rounds):
        engine.state = held
        exchange.sent.clear()
        began = time.perf_counter()
        inbox.put(breach)
        await desk.settled()
        asked = [at for one, at in exchange.sent if getattr(one, "kind", None) is OrderKind.MARKET]
        if len(asked) != count:
            raise ValueError(f"{count} positions led to {len(asked)} closes")
        closes.append((max(asked) - began) * 1e3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    desk.close()
    journal.close()
    audit.close()
    return closes, latch.took


def _fallen(held: State) -> MarketAdvanced:
    """Return the close at which everything has fallen far below what an emergency is."""
    price = float(_PRICE) * _FALL
    marks = tuple((symbol, price) for symbol in held.book.positions)
    return MarketAdvanced(held.at_ms + 60_000, marks, 0.0, (), ())


def desk_that_holds(count: int, of: int = 0) -> State:
    """Return the state of a desk with *count* positions, each with its stop and its targets.

    It knows *of* symbols, if these are more: `S00USDT` and so on, the first of which are held.
    """
    state = initial(RunMode.PAPER, Policy())

    def hear(heard: Heard) -> tuple[Command, ...]:
        nonlocal state
        decision = step(state, heard)
        state = decision.state
        return decision.asked

    open_positions(hear, count, of)
    if len(state.book.positions) != count:
        raise ValueError(f"{count} positions were to be opened, not {len(state.book.positions)}")
    return state


def open_positions(hear: Callable[[Heard], tuple[Command, ...]], count: int, of: int = 0) -> None:
    """Let the desk behind *hear*, which has heard nothing yet, open *count* positions.

    It gets to know *of* symbols, if these are more: `S00USDT` and so on.
    """
    like = load_instruments(INSTRUMENTS)[SYMBOL]
    symbols = [f"S{n:02d}USDT" for n in range(max(count, of))]
    instruments = {symbol: Instrument(symbol=symbol, **like) for symbol in symbols}
    opened = SessionOpened(START_MS, RunMode.PAPER, 0, _policy(), instruments)
    news = Bulletin(tuple(PredictedFunding(symbol, 0.0, 1 << 62) for symbol in symbols))
    wanted = tuple(candidate_of(symbol) for symbol in symbols[:count])
    marks = tuple((symbol, float(_PRICE)) for symbol in symbols)
    at_ms = START_MS + 60_000
    due: list[Heard] = [opened, Deposited(START_MS, Decimal(100_000))]
    due += [MarketAdvanced(at_ms, marks, 0.0, (), wanted, news)]
    while due:
        for command in hear(due.pop(0)):
            if isinstance(command, PlaceEntry | PlaceExit):
                due.append(OrderAccepted(at_ms, command.client_id, command.symbol))
            if isinstance(command, PlaceEntry):
                due.append(_filled(command, at_ms))


def _policy() -> Policy:
    return Policy(
        quorum=1,
        positions_max=500,
        entries_per_minute_max=1000,
        open_risk_max=Decimal(1),
        cluster_exposure_max=Decimal(1000),
        value_at_risk_max=1000.0,
        position_usd_normal=Decimal(5_000),
        drawdown_cautious=0.0003,
        drawdown_protective=0.0004,
        drawdown_emergency=0.0005,
        drawdown_hysteresis=0.0001,
    )


def candidate_of(symbol: str) -> Candidate:
    """Return what a voter says who wants to buy *symbol*."""
    quote = Quote(symbol, _PRICE, 0.01, Regime.RANGE, 0.0, None, RunMode.PAPER)
    return Candidate(quote, (Prediction("signals", Action.BUY, 0.9),))


def _filled(entry: PlaceEntry, at_ms: int) -> OrderFilled:
    return OrderFilled(
        at_ms,
        entry.client_id,
        entry.symbol,
        entry.side,
        entry.quantity,
        _PRICE,
        ZERO,
        Liquidity.TAKER,
        "1",
        ZERO,
    )
