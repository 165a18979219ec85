"""The urgent lane: what removes risk is handed over, side by side, until the venue takes it.

Rule 1: closes go out before anything else, many at a time. What could not be handed over is tried
again after a pause of its own, which doubles up to a bound; the others pass it meanwhile.
Rule 2: commands about one order keep their order: a cancel never overtakes what it cancels.
Rule 3: what could not be handed over and whose order has ended meanwhile is not sent again.
Rule 4: the account is read once for all who want to know; an answer that was asked for before the
wish does not count.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final
from zlib import crc32

from application.errors import VenueUnavailable
from application.ports.exchange import Exchange
from application.ports.notifier import Notifier
from application.urgency import Urgent, urgency
from domain.decision.messages import Heard, Page, Severity
from domain.decision.state import State
from domain.execution.messages import ReadAccount

PAUSE_S_FIRST: Final = 0.2
PAUSE_S_LAST: Final = 5.0
# A pause is up to this share of it longer or shorter, each command its own way.
JITTER: Final = 0.1
SIDE_BY_SIDE_MAX: Final = 16
# A person is called at the first failure, after so long, and then as often again.
_PAGES_S: Final = (5.0, 30.0)
_ACCOUNT: Final = ""


class _Job:
    """A command on its way. `had_order`: the desk held its order as live when it was asked."""

    __slots__ = ("command", "had_order", "name", "page_s", "pause_s", "tried", "waited_s")

    def __init__(self, command: Urgent, name: str, *, had_order: bool) -> None:
        self.command = command
        self.name = name
        self.had_order = had_order
        self.tried = False
        self.pause_s = PAUSE_S_FIRST
        self.waited_s = self.page_s = 0.0

    def next_pause(self) -> float:
        """Return the seconds to wait before the next try, and double them for the one after."""
        spread = 2 * crc32(self.name.encode()) / (1 << 32) - 1
        pause_s = self.pause_s * (1 + JITTER * spread)
        self.pause_s = min(2 * self.pause_s, PAUSE_S_LAST)
        self.waited_s += pause_s
        return pause_s


class UrgentLane:
    """Hands over what removes risk. `cleared` is set while nothing of it waits; `idle` likewise.

    A wish to read the account keeps the lane from being idle, but not from being cleared.
    """

    def __init__(
        self,
        exchange: Exchange,
        notifier: Notifier,
        state: Callable[[], State],
        report: Callable[[Heard], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        """Send to *exchange*; tell *report* what was read. *pause* waits for seconds."""
        self._exchange = exchange
        self._notifier = notifier
        self._state = state
        self._report = report
        self._pause = pause
        self._due: asyncio.PriorityQueue[tuple[int, int, _Job]] = asyncio.PriorityQueue()
        self._numbers = count()
        # Of every order with a command on its way, what waits behind that.
        self._lines: dict[str, deque[_Job]] = {}
        self._read_wanted = False
        self._open = self._reducing = 0
        self.idle, self.cleared = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self.cleared.set()

    def put(self, command: Urgent) -> None:
        """Take a command in."""
        if isinstance(command, ReadAccount):
            if self._read_wanted:
                return
            self._read_wanted = True
            job = _Job(command, _ACCOUNT, had_order=False)
        else:
            name = command.client_id
            job = _Job(command, name, had_order=name in self._state().orders)
            self._reducing += 1
            self.cleared.clear()
        self._open += 1
        self.idle.clear()
        line = self._lines.get(job.name)
        if line is not None:
            line.append(job)
            return
        self._lines[job.name] = deque()
        self._enqueue(job)

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SIDE_BY_SIDE_MAX):
                tasks.create_task(self._serve(tasks))

    async def _serve(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            _, _, job = await self._due.get()
            if self._is_over(job):
                self._done(job)
                continue
            job.tried = True
            try:
                await self._hand_over(job.command)
            except VenueUnavailable as error:
                self._failed(job, error)
                tasks.create_task(self._again(job))
            else:
                self._done(job)

    async def _hand_over(self, command: Urgent) -> None:
        if isinstance(command, ReadAccount):
            self._read_wanted = False
            self._report(await self._exchange.account())
        else:
            await self._exchange.send(command)

    def _is_over(self, job: _Job) -> bool:
        """Tell whether the order of *job* has ended since it was first tried."""
        return job.tried and job.had_order and job.name not in self._state().orders

    def _failed(self, job: _Job, error: VenueUnavailable) -> None:
        if job.name == _ACCOUNT:
            self._read_wanted = True
            line = self._lines[_ACCOUNT]
            self._open -= len(line)  # who asked meanwhile is served by the next try, too
            line.clear()
        if job.waited_s < job.page_s:
            return
        later = [at for at in _PAGES_S if at > job.waited_s]
        job.page_s = later[0] if later else job.waited_s + _PAGES_S[-1]
        what = job.name or "the wish to read the account"
        text = f"{what} not handed over for {job.waited_s:.0f} s: {error}"
        self._notifier.notify(Page(self._state().at_ms, Severity.CRITICAL, text))

    async def _again(self, job: _Job) -> None:
        await self._pause(job.next_pause())
        self._enqueue(job)

    def _enqueue(self, job: _Job) -> None:
        self._due.put_nowait((urgency(job.command), next(self._numbers), job))

    def _done(self, job: _Job) -> None:
        line = self._lines[job.name]
        if line:
            self._enqueue(line.popleft())
        else:
            del self._lines[job.name]
        self._open -= 1
        if job.name != _ACCOUNT:
            self._reducing -= 1
            if not self._reducing:
                self.cleared.set()
        if not self._open:
            self.idle.set()
