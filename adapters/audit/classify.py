"""What was done to the line at which a class of the trail does not go on.

The slow way, for one line: who follows whom is told from the hashes that lines state, and from the
numbers that the other classes hold.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.audit import chain
from adapters.audit.chain import Link
from adapters.audit.found import BadRecord, Finding, Tampering
from adapters.audit.walk import Segment, Stop, segments_in


class Line(NamedTuple):
    """A line and where it stands; `link` is None when it is no record."""

    file: str
    number: int
    link: Link | None
    is_whole: bool


class Classified(NamedTuple):
    """What was done; `is_torn` when it may be no more than what a crash leaves."""

    finding: Finding
    is_torn: bool


def lines_of(paths: Sequence[Path]) -> Iterator[Line]:
    """Yield the lines of files, in their order."""
    for path in paths:
        with path.open("rb", buffering=1 << 20) as file:
            for number, text in enumerate(file, 1):
                yield Line(path.name, number, chain.link_in(text), text.endswith(b"\n"))


def place_of(directory: Path, seq: int) -> BadRecord:
    """Return where record *seq* stands; where it should, when it is not there."""
    after = BadRecord(chain.HEAD_NAME, 1, seq)
    highest = 0
    for line in lines_of(chain.files_in(directory)):
        if line.link is None:
            continue
        if line.link.seq == seq:
            return BadRecord(line.file, line.number, seq)
        if highest < line.link.seq < seq:
            highest, after = line.link.seq, BadRecord(line.file, line.number + 1, seq)
    return after


def classified(directory: Path, stop: Stop) -> Classified:
    """Return what was done at *stop*."""
    return _Class(directory, stop).classified()


class _Class:
    """One class of a trail, around the line where it stops."""

    def __init__(self, directory: Path, stop: Stop) -> None:
        classes = segments_in(directory)
        self._segments: list[Segment] = classes[stop.days]
        self._paths = [s.path for s in self._segments if s.path is not None]
        self._others = [
            s.path
            for days, all_of in classes.items()
            if days != stop.days
            for s in all_of
            if s.path
        ]
        self._before: Line | None = None
        self._last: Line | None = None
        self._line, self._next = self._around(stop)

    def _around(self, stop: Stop) -> tuple[Line, Line | None]:
        lines = lines_of(self._paths)
        for line in lines:
            if (line.file, line.number) == (stop.file, stop.line):
                return line, next(lines, None)
            self._before, self._last = self._last, line
        return Line(stop.file, stop.line, None, is_whole=True), None

    def _due(self, last: Line | None, file: str) -> str:
        """Return the `prev` that a line in *file* after *last* should have."""
        if last is not None and last.link is not None and last.file == file:
            return last.link.hash
        before = chain.ZERO
        for segment in self._segments:
            if segment.name >= file:
                break
            if segment.path is None and segment.stone is not None:
                before = segment.stone.root.encode()
            elif last is not None and last.link is not None and last.file == segment.name:
                before = last.link.hash.encode()
        return chain.genesis(file, before).decode()

    def _continues(self, last: Line | None, line: Line | None) -> bool:
        if line is None or line.link is None or not line.link.is_sound:
            return False
        after = 0 if last is None or last.link is None else last.link.seq
        return line.link.prev == self._due(last, line.file) and line.link.seq > after

    def _expected(self) -> int:
        """Return the number that is due: the next one that no other class holds."""
        elsewhere = {line.link.seq for line in lines_of(self._others) if line.link is not None}
        expected = 1 if self._last is None or self._last.link is None else self._last.link.seq + 1
        while expected in elsewhere:
            expected += 1
        return expected

    def classified(self) -> Classified:
        """Return what was done."""
        line, last = self._line, self._last
        link = line.link
        if link is None or not link.is_sound:
            return self._unsound(line)
        if last is not None and link != last.link and self._continues(self._before, line):
            # Two heirs of one record: the one that the trail goes on from was there first.
            heir = self._next is None or self._continues(line, self._next)
            return _found(last if heir else line, Tampering.INSERT, link.seq)
        expected = self._expected()
        if link.seq == expected:  # the record before is not the one this one was chained to
            at = link.seq if last is None or last.link is None else last.link.seq
            return _found(last or line, Tampering.EDIT, at)
        if link.seq < expected:
            return _found(line, Tampering.DUPLICATE, link.seq)
        moved = any(
            other.link is not None and other.link.is_sound and other.link.seq == expected
            for other in lines_of(self._paths)
        )
        if moved:
            return _found(line, Tampering.REORDER, link.seq)
        return _found(line, Tampering.DELETE, expected)

    def _unsound(self, line: Line) -> Classified:
        link = line.link
        seq = self._expected() if link is None else link.seq
        if not line.is_whole:
            torn = line.file == [path for path in self._paths if path.stat().st_size][-1].name
            return _found(line, Tampering.TRUNCATE, seq, is_torn=torn)
        # When the next record goes on from the last good one, this line was put in between.
        put_in = self._continues(self._last, self._next)
        return _found(line, Tampering.INSERT if put_in else Tampering.EDIT, seq)


def _found(line: Line, kind: Tampering, seq: int, *, is_torn: bool = False) -> Classified:
    return Classified(Finding(BadRecord(line.file, line.number, seq), kind), is_torn)
