"""Puts the served venue together and keeps it going: sockets, the tape, the moods of its stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from aiohttp import web

from adapters.exchange.served.broadcast import Broadcast
from adapters.exchange.served.counter import Counter
from adapters.exchange.served.playing import Playing
from adapters.exchange.served.protocol import Hello, Row
from adapters.exchange.served.record import Record
from adapters.exchange.served.server import Server
from adapters.exchange.served.translation import told_of
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.shore import Shore
from adapters.exchange.simulated.weather import CALM, Weather
from application.ports.tape import Tape
from application.secret import Secret
from domain.execution.messages import Report

HOST = "127.0.0.1"
NO_WIND = CALM._replace(latency_min_ms=0.0, latency_mean_ms=0.0)
_SLICES = 20
_SLICE_S_MIN, _SLICE_S_MAX = 0.005, 0.25
_SILENT_MS = 10**13


class Terms(NamedTuple):
    """How a venue is served.

    Each row takes `pace_ms`; play begins at `first_row`, and with `waits` only when somebody is on
    the stream. The stream falls silent for `silence_s` every `silence_every_s`, and everybody is
    disconnected every `disconnect_every_s` (0: never). `refuse_closes`: the first so many closes
    at market are turned down.
    """

    market: str
    instruments: str
    pace_ms: int = 1_000
    first_row: int = 0
    waits: bool = False
    port: int = 0
    seed: int = 7
    weather: Weather = NO_WIND
    refuse_closes: int = 0
    silence_every_s: float = 0.0
    silence_s: float = 0.0
    disconnect_every_s: float = 0.0


class LoopTimes:
    """The time of the world, and the running loop to do things later."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Tell the time of *now_ms*."""
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the time in UTC ms."""
        return self._now_ms()

    def after(self, delay_ms: float, call: Callable[[], None]) -> None:
        """Do *call* so many ms from now; at once when it is none."""
        if delay_ms > 0:
            asyncio.get_running_loop().call_later(delay_ms / 1_000, call)
        else:
            call()


class Served:
    """A venue that is being served. `url` is where; `shore.weather` may be changed at any time."""

    def __init__(
        self,
        venue: LedgerVenue,
        tape: Tape,
        terms: Terms,
        now_ms: Callable[[], int],
        token: Secret | None = None,
        ledger: Path | None = None,
    ) -> None:
        """Put the parts together. Raises `OSError` when *ledger* cannot be written."""
        times = LoopTimes(now_ms)
        rng = Random(terms.seed)  # noqa: S311 - faults, not secrets
        self.url = ""
        self._going: asyncio.Task[None] | None = None
        self.terms = terms
        self.record = Record(now_ms, ledger)
        self.shore = Shore(venue, terms.weather, rng, times)
        self.broadcast = Broadcast(times)
        self.shore.heard = self.record.heard
        self.shore.push = self._push
        self.playing = Playing(
            self.shore, tape, max(_SLICES, terms.pace_ms), self._closed, terms.first_row
        )
        self.counter = Counter(self.shore, self.record, rng, terms.refuse_closes)
        hello = Hello(
            now_ms(),
            f"{now_ms():016x}",
            list(tape.symbols),
            terms.market,
            terms.instruments,
            len(tape),
            -1,
            max(_SLICES, terms.pace_ms),
        )
        self.server = Server(
            self.shore, self.counter, self.playing, self.broadcast, self.record, hello, token
        )

    def begin(self) -> list[asyncio.Task[None]]:
        """Let time pass at the venue; return the tasks, to be cancelled in the end."""
        self._going = asyncio.create_task(self._play())
        others = (self._fall_silent(), self._disconnect())
        return [self._going, *(asyncio.create_task(mood) for mood in others)]

    async def _play(self) -> None:
        if not self.terms.waits:
            self.playing.start()
        pause_s = self.terms.pace_ms / 1_000 / _SLICES
        while True:
            self.playing.keep_up()
            self.broadcast.is_over = self.playing.is_over
            await asyncio.sleep(min(max(pause_s, _SLICE_S_MIN), _SLICE_S_MAX))

    async def _fall_silent(self) -> None:
        while self.terms.silence_every_s:
            await asyncio.sleep(self.terms.silence_every_s)
            now = self.shore.times.now_ms()
            self.broadcast.silent_until_ms = now + int(self.terms.silence_s * 1_000)

    async def _disconnect(self) -> None:
        while self.terms.disconnect_every_s:
            await asyncio.sleep(self.terms.disconnect_every_s)
            self.broadcast.drop_all()

    async def ended(self) -> None:
        """Return when time has stopped passing at the venue, which only a bug of it can cause."""
        if self._going is not None:
            await asyncio.shield(self._going)

    def silence(self, *, on: bool) -> None:
        """Silence the stream from now on, or let it speak again."""
        self.broadcast.silent_until_ms = _SILENT_MS if on else 0

    def _push(self, report: Report) -> None:
        told = told_of(report)
        if told is not None:
            self.broadcast.tell(told)

    def _closed(self, row: int, at_ms: int) -> None:
        self.broadcast.tell(Row(row, at_ms))


@asynccontextmanager
async def serving(served: Served) -> AsyncIterator[Served]:
    """Serve on the loopback interface while the block runs; `served.url` says where."""
    runner = web.AppRunner(served.server.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    moods = served.begin()
    try:
        await web.TCPSite(runner, HOST, served.terms.port).start()
        served.url = f"http://{HOST}:{runner.addresses[0][1]}"
        yield served
    finally:
        for mood in moods:
            mood.cancel()
        served.broadcast.drop_all()
        await asyncio.gather(*moods, return_exceptions=True)
        await runner.cleanup()
        served.record.close()
