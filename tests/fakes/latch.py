"""A latch in memory."""

from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.latch import LatchStore
from domain.risk.emergency_stop import NORMAL, Latch


class MemoryLatch:
    """Holds every latch written, oldest first. `down = True` pulls the plug."""

    def __init__(self) -> None:
        self.down = False
        self.unreadable = False
        self.written: list[Latch] = []
        self.tried = 0

    def create(self) -> None:
        if self.written:
            raise IntegrityFailure("there is a latch here already")
        self.written.append(Latch(0, NORMAL, (), (), 0, 0.0, 0.0))

    def read(self) -> Latch | None:
        return None if self.unreadable or not self.written else self.written[-1]

    def write(self, latch: Latch) -> None:
        self.tried += 1
        if self.down:
            raise StoreUnavailable("the plug is pulled")
        if self.written and latch.epoch < self.written[-1].epoch:
            raise IntegrityFailure(f"the latch cannot go back to {latch.epoch}")
        self.written.append(latch)


_: type[LatchStore] = MemoryLatch
