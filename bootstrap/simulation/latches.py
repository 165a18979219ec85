"""What must always hold of the latch of the emergency stop (I13).

It is written before anything else of its decision, it is on the disk when it is said to be, and no
start is calmer than the last durable one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from adapters.persistence.simulated_disk import SimulatedDisk
from bootstrap.simulation.driver import LATCH
from domain.decision.messages import LatchRead, SetLatch
from domain.decision.state import Decision, State
from domain.risk.emergency_stop import Latch

_MINUTE_MS: Final = 60_000


class Latches:
    """Watches the latch of one schedule over all its lives. `fail` does not return."""

    def __init__(self, fail: Callable[[str, str], None]) -> None:
        """Tell *fail* of invariant and text."""
        self._fail = fail
        self.latest: Latch | None = None
        self._unwritten: Latch | None = None

    def forget(self) -> None:
        """Forget what a process wanted written that has died."""
        self._unwritten = None

    def decided(self, decision: Decision) -> None:
        """Look at a decision."""
        for command in decision.asked:
            if isinstance(command, SetLatch):
                self._unwritten = command.latch

    def recorded(self) -> None:
        """Look at a row on its way to the journal."""
        if self._unwritten is not None:
            mode = self._unwritten.mode.name
            self._fail("I13", f"{mode} is written down before it is latched")

    def latching(self) -> None:
        """Note that the latch is about to be written, whatever comes of it."""
        self._unwritten = None

    def latched(self, latch: Latch, disk: SimulatedDisk) -> None:
        """Note that *latch* was called durable."""
        self.latest = latch
        copy = LATCH / max(disk.names(LATCH))
        if not _is_on(disk, copy):
            self._fail("I13", f"{copy} was called durable, and is not on the disk")

    def recalled(self, heard: LatchRead, after: State) -> None:
        """Look at what a start makes of the latch."""
        latch, found = self.latest, heard.latch
        if latch is None:
            return
        if found is not None:
            if found.epoch < latch.epoch:
                self._fail("I13", f"latch epoch {found.epoch} was read after {latch.epoch}")
            latch = self.latest = found  # one more may have become durable as the process died
        # When its dwell is over a mode may fall by a rung in the very first decision.
        is_over = heard.at_ms >= latch.since_ms + after.policy.dwell_minutes * _MINUTE_MS
        fell = 1 if is_over else 0
        if after.stop.mode < latch.mode - fell or set(latch.latched) - set(after.stop.latched):
            self._fail("I13", f"started {after.stop.mode.name}, latched {latch.mode.name}")


def _is_on(disk: SimulatedDisk, path: Path) -> bool:
    try:
        return disk.durable(path) == disk.read(path)
    except FileNotFoundError:
        return False
