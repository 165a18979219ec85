"""How long the live desk takes from an event in its inbox to a command at the exchange port.

The real desk, dispatcher, journal and audit on a real disk; the exchange is a stop-watch. Each
cycle enters on a candidate (durable before it is sent), fills it, and hears the protective stop
asked for (not waited for); then the stop fills and the next cycle begins.
"""

import asyncio
import time
from collections.abc import Iterator
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
from application.engine import Engine
from application.inbox import Inbox
from application.ports.exchange import Listener
from application.projections.audit import AuditProjection
from application.projections.metrics import MetricsProjection
from benchmarks.results import Results, percentile
from benchmarks.workloads import DEPOSIT_USD, INSTRUMENTS, POLICY, START_MS, SYMBOL
from bootstrap.policy_file import load_policy
from domain.ai.prediction import Prediction
from domain.decision.messages import Candidate, Heard, MarketAdvanced, SessionOpened
from domain.decision.state import initial
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    PlaceEntry,
    PlaceExit,
    QueryOrder,
    ReadAccount,
    VenueCommand,
)
from domain.market.instrument import Instrument
from domain.market.messages import Bulletin, PredictedFunding, Quote, Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, RunMode

_PRICE: Final = Decimal(30_000)
# Far enough apart that no day loses too much, for every trade here is stopped out.
_PAUSE_MS: Final = 600_000
_FEE: Final = Decimal("0.4")


class StopWatch:
    """An exchange that only notes what was handed over, and when. Satisfies `Exchange`."""

    def __init__(self) -> None:
        self.sent: list[tuple[VenueCommand, float]] = []

    def listen(self, listener: Listener) -> None:
        """Report nothing: the script of the measurement does."""

    async def send(self, command: VenueCommand) -> None:
        """Note *command*."""
        self.sent.append((command, time.perf_counter()))

    async def read(self, wish: ReadAccount) -> AccountRead:
        """Say that nothing is held: the script of the measurement tells what is."""
        return AccountRead(wish.at_ms, (), ())

    async def query(self, wish: QueryOrder) -> None:
        """Say nothing: no order of the measurement is ever in doubt."""


class _Session:
    """A running desk and the script that is played to it."""

    def __init__(self, folder: Path) -> None:
        codec = MsgpackCodec()
        self.policy = load_policy(POLICY)
        self.journal = SqliteJournal(folder / "live.db", codec)
        self.audit = AuditFiles(folder / "live-audit")
        self.exchange = StopWatch()
        self.inbox = Inbox()
        notifier = LogNotifier()
        self.engine = Engine(
            initial(RunMode.PAPER, self.policy),
            self.journal,
            self.audit,
            codec,
            [
                AuditProjection(self.audit, RunMode.PAPER),
                MetricsProjection(InMemoryTelemetry()),
            ],
        )
        self.latch = FileLatch(folder / "live-latch")
        self.latch.create()
        dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            notifier,
            lambda _note: None,
            lambda: self.engine.state,
            self.inbox.put,
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher)
        self.now_ms = START_MS
        self.fills = 0

    async def hears(self, *events: Heard) -> list[tuple[VenueCommand, float]]:
        """Put *events* in; return the commands sent and the microseconds each took."""
        self.exchange.sent.clear()
        began = time.perf_counter()
        for event in events:
            self.inbox.put(event)
        await self.desk.settled()
        return [(command, (at - began) * 1e6) for command, at in self.exchange.sent]

    def candidate(self) -> MarketAdvanced:
        """Return a while at whose end a voter wants to buy."""
        self.now_ms += _PAUSE_MS
        quote = Quote(SYMBOL, _PRICE, 0.001, Regime.RANGE, 0.0, None, RunMode.PAPER)
        wanted = Candidate(quote, (Prediction("signals", Action.BUY, 0.9),))
        return MarketAdvanced(self.now_ms, ((SYMBOL, float(_PRICE)),), 0.0, (), (wanted,))

    def filled(self, order: PlaceEntry | PlaceExit, quantity: Decimal) -> OrderFilled:
        """Return the whole fill of *order*."""
        self.fills += 1
        price = getattr(order, "trigger", None) or _PRICE
        self.now_ms += 1
        return OrderFilled(
            self.now_ms,
            order.client_id,
            SYMBOL,
            order.side,
            quantity,
            price,
            _FEE,
            Liquidity.TAKER,
            str(self.fills),
            ZERO,
        )

    def acknowledged(self, commands: list[VenueCommand]) -> Iterator[Heard]:
        """Yield what a venue says at once to *commands*."""
        for command in commands:
            if isinstance(command, CancelOrder):
                yield OrderCanceled(self.now_ms, command.client_id, SYMBOL, "asked")
            else:
                yield OrderAccepted(self.now_ms, command.client_id, SYMBOL)


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Measure some hundreds of trades, from candidate to stopped out."""
    entered, protected = asyncio.run(_trades(_Session(folder), 50 if quick else 400))
    for figure, values, floor in (
        ("candidate to entry, intent durable", entered, 5_000),
        ("fill to stop, nothing durable", protected, 500),
    ):
        results.add("live", f"{figure}, p50", percentile(values, 0.5), "us")
        results.add("live", f"{figure}, p99", percentile(values, 0.99), "us", target=f"<= {floor}")


async def _trades(session: _Session, count: int) -> tuple[list[float], list[float]]:
    instrument = Instrument(symbol=SYMBOL, **load_instruments(INSTRUMENTS)[SYMBOL])
    opened = SessionOpened(START_MS, RunMode.PAPER, 0, session.policy, {SYMBOL: instrument})
    running = asyncio.create_task(session.desk.run())
    free = Bulletin((PredictedFunding(SYMBOL, 0.0, 1 << 62),))
    news = MarketAdvanced(START_MS, (), 0.0, (), (), free)
    await session.hears(opened, Deposited(START_MS, Decimal(DEPOSIT_USD)), news)
    entered: list[float] = []
    protected: list[float] = []
    for _ in range(count):
        await _one_trade(session, entered, protected)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    session.desk.close()
    session.journal.close()
    session.audit.close()
    return entered, protected


async def _one_trade(session: _Session, entered: list[float], protected: list[float]) -> None:
    """Enter, be protected, be stopped out."""
    ((entry, took),) = await session.hears(session.candidate())
    if not isinstance(entry, PlaceEntry):
        raise TypeError(f"a candidate must lead to an entry, not to {entry}")
    entered.append(took)
    session.now_ms += 1
    await session.hears(OrderAccepted(session.now_ms, entry.client_id, SYMBOL))
    exits = await session.hears(session.filled(entry, entry.quantity))
    stop, took = next(
        (command, took)
        for command, took in exits
        if isinstance(command, PlaceExit) and command.kind is OrderKind.STOP_MARKET
    )
    protected.append(took)
    await session.hears(*session.acknowledged([command for command, _ in exits]))
    rest = await session.hears(session.filled(stop, entry.quantity))
    while rest:
        rest = await session.hears(*session.acknowledged([command for command, _ in rest]))
