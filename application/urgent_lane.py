"""The urgent lane: what removes risk is handed over, side by side, until the venue takes it.

Rule 1: closes go out before anything else, many at a time. What could not be handed over is tried
again after a pause of its own, which doubles up to a bound; the others pass it meanwhile.
Rule 2: commands about one order keep their order: a cancel never overtakes what it cancels. Of
cancels of one order no more than one waits behind the one that is on its way.
Rule 3: what could not be handed over and whose order has ended meanwhile is not sent again; nor is
an exit which the venue turns out to have.
Rule 4: the account is read once for all who want to know, as far back as any of them wants, and an
order likewise; an answer that was asked for before the wish does not count. Readings wait for no
command, and nothing that adds risk waits for them.
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
from application.urgency import Reading, Urgent, urgency
from domain.decision.messages import Heard, Page, Severity
from domain.decision.state import State
from domain.execution.messages import CancelOrder, PlaceExit, QueryOrder, ReadAccount
from domain.execution.order import OrderState

PAUSE_S_FIRST: Final = 0.2
PAUSE_S_LAST: Final = 5.0
# A pause is up to this share of it longer or shorter, each command its own way.
JITTER: Final = 0.1
SIDE_BY_SIDE_MAX: Final = 16
# A person is called at the first failure, after so long, and then as often again.
_PAGES_S: Final = (5.0, 30.0)
_ACCOUNT: Final = ""
_AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)


def _line_of(command: Urgent) -> str:
    """Return the name of the line in which *command* waits: commands keep their order in it."""
    if isinstance(command, ReadAccount):
        return _ACCOUNT
    return f"?{command.client_id}" if isinstance(command, QueryOrder) else command.client_id


def _both(one: Reading, other: Reading) -> Reading:
    """Return the wish that serves two of the same line."""
    if isinstance(one, ReadAccount) and isinstance(other, ReadAccount):
        since = [wish.since_ms for wish in (one, other) if wish.since_ms]
        return other._replace(since_ms=min(since, default=0))
    return other


class _Job:
    """A command on its way. `had_order`: the desk held its order as live when it was asked."""

    __slots__ = ("command", "had_order", "line", "page_s", "pause_s", "tried", "waited_s")

    def __init__(self, command: Urgent, *, had_order: bool) -> None:
        self.command = command
        self.line = _line_of(command)
        self.had_order = had_order
        self.tried = False
        self.pause_s = PAUSE_S_FIRST
        self.waited_s = 0.0
        # Many queries find no answer at first: nobody is called at once.
        self.page_s = _PAGES_S[0] if isinstance(command, QueryOrder) else 0.0

    def what(self) -> str:
        """Return what it is, for a person."""
        if isinstance(self.command, ReadAccount):
            return "the wish to read the account"
        name = self.command.client_id
        return f"the query of {name}" if isinstance(self.command, QueryOrder) else name

    def next_pause(self) -> float:
        """Return the seconds to wait before the next try, and double them for the one after."""
        spread = 2 * crc32(self.line.encode()) / (1 << 32) - 1
        pause_s = self.pause_s * (1 + JITTER * spread)
        self.pause_s = min(2 * self.pause_s, PAUSE_S_LAST)
        self.waited_s += pause_s
        return pause_s


class UrgentLane:
    """Hands over what removes risk. `cleared` is set while nothing of it waits; `idle` likewise.

    A wish to read keeps the lane from being idle, but not from being cleared.
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
        # By line, the wish to read whose question has not been asked yet.
        self._wishes: dict[str, Reading] = {}
        self._open = self._reducing = 0
        self.idle, self.cleared = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self.cleared.set()

    def put(self, command: Urgent) -> None:
        """Take a command in."""
        name = None if isinstance(command, ReadAccount) else command.client_id
        job = _Job(command, had_order=name in self._state().orders)
        if isinstance(command, Reading):
            known = self._wishes.get(job.line)
            self._wishes[job.line] = command if known is None else _both(known, command)
            if known is not None:
                return
        elif isinstance(command, CancelOrder) and self._waits(job.line):
            return
        else:
            self._reducing += 1
            self.cleared.clear()
        self._open += 1
        self.idle.clear()
        line = self._lines.get(job.line)
        if line is not None:
            line.append(job)
            return
        self._lines[job.line] = deque()
        self._enqueue(job)

    def _waits(self, line: str) -> bool:
        """Tell whether the last of what waits in *line* is a cancel already."""
        jobs = self._lines.get(line)
        return jobs is not None and len(jobs) > 0 and isinstance(jobs[-1].command, CancelOrder)

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
                await self._hand_over(job)
            except VenueUnavailable as error:
                self._failed(job, error)
                tasks.create_task(self._again(job))
            else:
                self._done(job)

    async def _hand_over(self, job: _Job) -> None:
        command = job.command
        if isinstance(command, Reading):
            command = job.command = self._wishes.pop(job.line)
        if isinstance(command, ReadAccount):
            self._report(await self._exchange.read(command))
        elif isinstance(command, QueryOrder):
            await self._exchange.query(command)
        else:
            await self._exchange.send(command)

    def _is_over(self, job: _Job) -> bool:
        """Tell whether what *job* wants is so already, or has become pointless, since a try."""
        command = job.command
        if not (job.tried and job.had_order) or isinstance(command, ReadAccount):
            return False
        order = self._state().orders.get(command.client_id)
        if order is None:
            self._wishes.pop(job.line, None)
            return True
        return isinstance(command, PlaceExit) and order.state in _AT_VENUE

    def _failed(self, job: _Job, error: VenueUnavailable) -> None:
        command = job.command
        if isinstance(command, Reading):
            self._wishes[job.line] = _both(command, self._wishes.get(job.line, command))
            line = self._lines[job.line]
            self._open -= len(line)  # who asked meanwhile is served by the next try, too
            line.clear()
        if job.waited_s < job.page_s:
            return
        later = [at for at in _PAGES_S if at > job.waited_s]
        job.page_s = later[0] if later else job.waited_s + _PAGES_S[-1]
        text = f"{job.what()} not handed over for {job.waited_s:.0f} s: {error}"
        self._notifier.notify(Page(self._state().at_ms, Severity.CRITICAL, text))

    async def _again(self, job: _Job) -> None:
        await self._pause(job.next_pause())
        self._enqueue(job)

    def _enqueue(self, job: _Job) -> None:
        self._due.put_nowait((urgency(job.command), next(self._numbers), job))

    def _done(self, job: _Job) -> None:
        line = self._lines[job.line]
        if line:
            self._enqueue(line.popleft())
        else:
            del self._lines[job.line]
        self._open -= 1
        if not isinstance(job.command, Reading):
            self._reducing -= 1
            if not self._reducing:
                self.cleared.set()
        if not self._open:
            self.idle.set()
