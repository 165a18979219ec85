"""The supervisor: it starts the process, sees it die, and starts it again from what is left.

The process dies at a turn of its loop, at a touch of its disk, or as a write leaves. Its memory is
gone then, and of its disk remains what a power cut leaves; the world goes on meanwhile.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

from adapters.clock.virtual_loop import US_PER_MS, Agenda, VirtualClock, VirtualLoop
from adapters.exchange.simulated.shore import Shore
from adapters.persistence.latch import FileLatch
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import IntegrityFailure, PortError
from bootstrap.simulation.driver import LATCH, Life, Terms
from bootstrap.simulation.watched import Onlooker

CRASHES_MAX: Final = 8
_RESTART_MS: Final = (250, 2_200)
# How much likelier than at a turn of the loop a death is at a touch of the disk, and at a send.
_DISK_RISK: Final = 20.0
_SEND_RISK: Final = 100.0


class Died(SystemExit):
    """The process dies here. It is no `Exception`: nothing in the process outlives it."""


class Ended(SystemExit):
    """The schedule is over: all was well, or an invariant broke."""


class Supervisor:
    """Keeps one process alive, life after life.

    `life` and `loop` are those of the process that is alive, None between two. `told` hears what
    became of a life; `ended` what made a process end by itself, which must not be.
    """

    def __init__(
        self,
        disk: SimulatedDisk,
        shore: Shore,
        agenda: Agenda,
        terms: Terms,
        rng: Random,
        told: Callable[[str], None],
        ended: Callable[[str, BaseException | None], None],
    ) -> None:
        """Run processes on *disk*, at *shore*, under *terms*; their deaths are drawn from *rng*."""
        self.disk = disk
        self.terms = terms
        self.clock = VirtualClock(agenda)
        self.life: Life | None = None
        self.loop: VirtualLoop | None = None
        self._shore = shore
        self._agenda = agenda
        self._rng = rng
        self._told = told
        self._ended = ended
        self._crashes = 0
        FileLatch(LATCH, disk=disk).create()

    def run(self, onlooker: Onlooker) -> None:
        """Start the process, again and again. Raises `Ended` when the schedule is over."""
        try:
            while True:
                self._live(onlooker)
                pause_us = int(self._rng.uniform(*_RESTART_MS) * US_PER_MS)
                self._agenda.play_until(self._agenda.elapsed_us + pause_us)
        finally:
            self._bury()

    def _live(self, onlooker: Onlooker) -> None:
        """Let one process live until it dies, or ends by itself."""
        self.terms = self.terms._replace(fencing=self.terms.fencing + 1)
        self.disk.before = self._touched
        loop = self.loop = VirtualLoop(self._agenda, self._turned)
        loop.set_exception_handler(lambda _loop, _context: None)
        life = self.life = Life(self.disk, self._shore, self.clock, onlooker)
        task = loop.create_task(life.run(self.terms))
        task.add_done_callback(lambda _: loop.stop())
        try:
            loop.run_forever()
        except Died:
            self._told("crash")
            self._bury()
            self.disk = self.disk.crash(self._rng)
            return
        error = task.exception()
        self._bury()
        if isinstance(error, PortError):
            self._told("fail-stop")
        else:
            kind = "I18" if isinstance(error, IntegrityFailure) else "alive"
            self._ended(kind, error)

    def _bury(self) -> None:
        """Take what is left of a process apart, where it can do nothing any more."""
        life, loop = self.life, self.loop
        self.life = self.loop = None
        if life is None or loop is None:
            return
        life.wire.cut()
        life.disk.before = _dead
        loop.leave()
        for _ in range(1_000):
            tasks = asyncio.all_tasks(loop)
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            with suppress(SystemExit, RuntimeError):
                loop.run_until_complete(asyncio.wait(tasks, timeout=1))
        loop.close()

    def crash(self) -> None:
        """Let the process die now, if one is alive."""
        if self.life is not None:
            raise Died

    def sending(self) -> None:
        """Let the process die as a write leaves, if chance will have it."""
        self._risk(_SEND_RISK)

    def _turned(self) -> None:
        self._risk(1.0)

    def _touched(self, _name: str, _path: Path) -> None:
        self._risk(_DISK_RISK)

    def _risk(self, factor: float) -> None:
        rate = self._shore.weather.crash
        mortal = rate and self.life is not None and self._crashes < CRASHES_MAX
        if mortal and self._rng.random() < rate * factor:
            self._crashes += 1
            raise Died


def _dead(_name: str, path: Path) -> None:
    raise OSError(5, "the process is gone", str(path))
