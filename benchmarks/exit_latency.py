"""How long a held position waits for its close while 500 symbols pour prices into the inbox.

The real desk, dispatcher, inbox, journal, audit and latch on a real disk; the exchange is a
stop-watch. Ten of 500 symbols are held. All 500 tell a price three times a second, some with a
candidate: at first evenly, then all at one instant. Amid them one held symbol breaks the emergency
level: measured is the time from that mark at the inbox to the last of the ten closes at the
exchange port, the durable latch included. Both for an inbox that is served in the order in which
things came, and for one that serves what is held first; beside it how old the flood itself gets.
"""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Final, NamedTuple

import uvloop

from adapters.audit.log import AuditFiles
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
from benchmarks.breach import candidate_of, desk_that_holds
from benchmarks.live import StopWatch
from benchmarks.results import Results, percentile
from domain.decision.messages import Heard, MarketAdvanced
from domain.decision.state import State
from domain.execution.messages import OrderKind, PlaceExit, VenueCommand
from domain.shared.enums import RunMode

SYMBOLS: Final = 500
HELD: Final = 10
_PER_S: Final = 3
_CANDIDATES: Final = 0.01
_PRICE: Final = 30_000.0
_FALL: Final = 0.8
_GOAL_MS: Final = 100
_SLICE_S: Final = 0.01
_ROUND_S: Final = (0.02, 0.12)
_CLOSED_S_MAX: Final = 30.0
_SEED: Final = 11


class _Watched(StopWatch):
    """A stop-watch that says when all that is held has been asked to close."""

    def __init__(self) -> None:
        super().__init__()
        self.closes: set[str] = set()
        self.closed = asyncio.Event()
        self.last = 0.0

    async def send(self, command: VenueCommand) -> None:
        """Note when *command* came, if it closes."""
        if isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET:
            self.closes.add(command.symbol)
            if len(self.closes) == HELD and not self.closed.is_set():
                self.last = time.perf_counter()
                self.closed.set()


class _Ages:
    """How long each price of the flood waited in the inbox, in ms."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self._put: dict[tuple[str, int], float] = {}

    def put(self, event: MarketAdvanced) -> None:
        """Note that *event* is put in now."""
        self._put[event.marks[0][0], event.at_ms] = time.perf_counter()

    def heard(self, heard: Heard) -> None:
        """Note that *heard* was heard; what gave way to it is forgotten at the end."""
        if isinstance(heard, MarketAdvanced) and heard.marks:
            began = self._put.pop((heard.marks[0][0], heard.at_ms), None)
            if began is not None:
                self.took.append((time.perf_counter() - began) * 1e3)


class _Latency(NamedTuple):
    """Milliseconds from the breach to the last close, ages of the flood, and events a second."""

    closes: list[float]
    ages: list[float]
    rate: float


class _Scene:
    """A running desk that holds ten symbols, and the market of five hundred."""

    def __init__(self, folder: Path, held: State, *, by_class: bool) -> None:
        codec = MsgpackCodec()
        self.held, self.symbols = held, list(held.instruments)
        self.exchange, self.ages, self.dice = _Watched(), _Ages(), random.Random(_SEED)
        first: Callable[[], Collection[str]] = tuple
        if by_class:
            first = lambda: tuple(symbol for symbol, _ in self.engine.state.exposure.held)  # noqa: E731 - one of two
        self.inbox = Inbox(held=first)
        self.journal = SqliteJournal(folder / "journal.db", codec)
        self.audit = AuditFiles(folder / "audit")
        latch = FileLatch(folder / "latch")
        latch.create()
        shown: list[Projection] = [
            AuditProjection(self.audit, RunMode.PAPER),
            MetricsProjection(InMemoryTelemetry()),
        ]
        self.engine = Engine(held, self.journal, self.audit, codec, shown)
        dispatcher = Dispatcher(
            self.exchange,
            latch,
            LogNotifier(),
            lambda _note: None,
            lambda: self.engine.state,
            self.inbox.put,
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher, after=self.ages.heard)
        self.price = dict.fromkeys(self.symbols, _PRICE)
        self.told = 0
        self._fell = 0.0
        self._began = time.perf_counter()

    def tells(self, symbol: str) -> None:
        """Put a new price of *symbol* in."""
        price = self.price[symbol] * (1.0 + self.dice.gauss(0.0, 1e-5))
        wanted = self.dice.random() < _CANDIDATES and symbol not in self.held.trades
        candidates = (candidate_of(symbol),) if wanted else ()
        event = MarketAdvanced(self._now_ms(), ((symbol, price),), 0.0, (), candidates)
        self.told += 1
        self.ages.put(event)
        self.inbox.put(event)

    def falls(self) -> None:
        """Put in the price at which one held symbol breaks the emergency level."""
        self.exchange.closes.clear()
        self.exchange.closed.clear()
        symbol = self.dice.choice(sorted(self.held.trades))
        self.price[symbol] = _PRICE * _FALL
        self._fell = time.perf_counter()
        self.inbox.put(MarketAdvanced(self._now_ms(), ((symbol, self.price[symbol]),), 0.0, (), ()))

    async def closed(self) -> float:
        """Return the ms from the fall until the last close was handed over; begin anew."""
        async with asyncio.timeout(_CLOSED_S_MAX):
            await self.exchange.closed.wait()
        self.price = dict.fromkeys(self.symbols, _PRICE)
        while len(self.inbox):  # noqa: ASYNC110 - it may hold the fallen price; it has no event for this
            await asyncio.sleep(0)
        self.engine.state = self.held
        return (self.exchange.last - self._fell) * 1e3

    def _now_ms(self) -> int:
        return self.held.at_ms + int((time.perf_counter() - self._began) * 1e3)

    def close(self) -> None:
        """Make durable what was heard."""
        self.desk.close()
        self.journal.close()
        self.audit.close()


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Measure some hundreds of breaches in either load, with either way of serving."""
    held = desk_that_holds(HELD, SYMBOLS)
    for load, breach in (("even", _evenly), ("burst", _in_a_burst)):
        for by_class in (False, True):
            way = "held first" if by_class else "in order"
            place = folder / f"exit-{load}-{by_class}"
            place.mkdir(parents=True)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                scene = _Scene(place, held, by_class=by_class)
                found = runner.run(_breaches(scene, breach, 30 if quick else 250))
            _tell(results, f"{load}, {way}", found)


def _tell(results: Results, what: str, found: _Latency) -> None:
    name = "exit latency"
    results.add(name, f"{what}: load", found.rate, "prices/s")
    for share, mark in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
        target = {"target": f"<= {_GOAL_MS}"} if mark == "p99" else {}
        figure = percentile(found.closes, share)
        results.add(name, f"{what}: breach to last close, {mark}", figure, "ms", **target)
    for share, mark in ((0.5, "p50"), (0.99, "p99")):
        figure = percentile(found.ages, share)
        results.add(name, f"{what}: age of the flood, {mark}", figure, "ms")


async def _breaches(
    scene: _Scene, breach: Callable[[_Scene, float], Awaitable[float]], rounds: int
) -> _Latency:
    """Break the level *rounds* times under load, at instants by chance."""
    gc.collect()
    gc.freeze()
    running = asyncio.create_task(scene.desk.run())
    began = time.perf_counter()
    closes = [await breach(scene, began) for _ in range(rounds)]
    rate = scene.told / (time.perf_counter() - began)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    scene.close()
    gc.unfreeze()
    return _Latency(closes, scene.ages.took, rate)


async def _evenly(scene: _Scene, began: float) -> float:
    """Let symbol after symbol speak, three times a second each, and one fall at some instant."""
    falls_at = time.perf_counter() + scene.dice.uniform(*_ROUND_S)
    due: asyncio.Task[float] | None = None
    while due is None or not due.done():
        while scene.told < (time.perf_counter() - began) * SYMBOLS * _PER_S:
            scene.tells(scene.symbols[scene.told % SYMBOLS])
        if due is None and time.perf_counter() >= falls_at:
            scene.falls()
            due = asyncio.create_task(scene.closed())
        await asyncio.sleep(_SLICE_S)
    return due.result()


async def _in_a_burst(scene: _Scene, _: float) -> float:
    """Let all symbols speak at one instant, and one of them fall in their midst."""
    began = time.perf_counter()
    fall = scene.dice.randrange(SYMBOLS)
    for number, symbol in enumerate(scene.dice.sample(scene.symbols, SYMBOLS)):
        if number == fall:
            scene.falls()
        scene.tells(symbol)
    took = await scene.closed()
    await asyncio.sleep(max(0.0, began + 1.0 / _PER_S - time.perf_counter()))
    return took
