"""A journal's life on a simulated disk: rows are appended and committed until the power goes."""

from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import StoreUnavailable
from domain.decision.messages import OperatorHalted

WHERE = Path("run") / "journal"
CODEC = MsgpackCodec()


class PowerCut(BaseException):
    """The machine is dead: nothing may catch this."""


class Row(NamedTuple):
    """What is appended to a journal."""

    sequence: int
    heard: bytes
    digest: bytes


def row(sequence: int, length: int = 5) -> Row:
    heard = CODEC.encode(OperatorHalted(sequence, "op", "x" * length))
    return Row(sequence, heard, sequence.to_bytes(32, "big"))


def opened(
    disk: SimulatedDisk, segment_bytes: int = 2000, reserve: int = 0, fallback: int = 0
) -> SegmentJournal:
    return SegmentJournal(
        WHERE,
        CODEC,
        disk,
        segment_bytes=segment_bytes,
        reserve_bytes=reserve,
        fallback_bytes=fallback,
    )


def rows_in(journal: SegmentJournal) -> list[Row]:
    return [Row(e.sequence, CODEC.encode(e.heard), e.digest) for e in journal.entries()]


class Life:
    """Runs a journal on *disk* until `cut_at` operations are done, then the power goes.

    Like the engine it appends again what was not taken, before anything later. `taken` holds all
    rows that it has tried to append, in order; `acknowledged` counts those whose commit returned.
    """

    def __init__(self, disk: SimulatedDisk, rng: Random, known: list[Row] | None = None) -> None:
        self.disk = disk
        self.rng = rng
        self.tried = list(known or [])
        self.acknowledged = len(self.tried)
        self.refusals = 0
        self.journal: SegmentJournal | None = None
        self._waiting: list[Row] = []

    def live(self, steps: int, cut_at: int, *, reserve: int = 0, fallback: int = 0) -> bool:
        """Open the journal and use it; tell whether it outlived *steps*."""
        left = cut_at

        def before(_: str, __: Path) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCut

        self.disk.before = before
        try:
            size = self.rng.choice((150, 700, 4000))
            self.journal = opened(self.disk, size, reserve, fallback)
            for _ in range(steps):
                self._step(self.journal)
        except PowerCut:
            return False
        finally:
            self.disk.before = None
        return True

    def _step(self, journal: SegmentJournal) -> None:
        for _ in range(self.rng.randrange(1, 5)):
            length = self.rng.choice((0, 3, 40, 40, 6000) if self.rng.random() < 0.1 else (1, 30))
            new = row(len(self.tried) + 1, length)
            self.tried.append(new)
            self._waiting.append(new)
        try:
            while self._waiting:
                journal.append(*self._waiting[0])
                self._waiting.pop(0)
            journal.commit()
        except StoreUnavailable:
            self.refusals += 1
        else:
            self.acknowledged = len(self.tried)

    def check(self, found: list[Row]) -> None:
        """Require *found* to begin what was tried, and to hold all that was acknowledged."""
        assert found == self.tried[: len(found)]
        assert len(found) >= self.acknowledged

    def finish(self) -> bool:
        """Append what was not taken, now that the disk is well; tell whether all is durable."""
        assert self.journal is not None
        try:
            for each in self._waiting:
                self.journal.append(*each)
            self.journal.commit()
        except StoreUnavailable:
            return False
        self.acknowledged = len(self.tried)
        return True
