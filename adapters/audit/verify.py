"""Whether an audit trail is what was written: reads all of it, names the first bad record.

What is seen: a record edited, inserted, deleted, doubled or moved, and an end cut off up to the
head, the note of how far the trail reached at its last clean stop or change of day.

What no trail can show by itself: records lost after the head (`unsealed` counts those it does not
vouch for), and a trail rewritten as a whole, head and all, by someone who knows this form. For
those, keep the hash of a head outside of the reach of whoever might.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from adapters.audit import chain
from adapters.audit.chain import GENESIS, HEAD_NAME, Link


class Tampering(StrEnum):
    """What was done to a trail."""

    EDIT = "edit"
    INSERT = "insert"
    DELETE = "delete"
    REORDER = "reorder"
    DUPLICATE = "duplicate"
    TRUNCATE = "truncate"


class BadRecord(NamedTuple):
    """Where it was done: the file, its line (from 1) and the record's number as it is written.

    Of a deletion or a truncation, the place where the missing record should stand.
    """

    file: str
    line: int
    seq: int


class Verdict(NamedTuple):
    """What was found. `unsealed` records lie beyond the head; `problem` is for a person.

    An unfinished last line beyond the head is what a crash leaves: a problem, but no tampering.
    """

    ok: bool
    records: int
    files: int
    first_bad: BadRecord | None
    kind: Tampering | None
    unsealed: int
    problem: str | None


class _Line(NamedTuple):
    """A line and where it stands; `link` is None when it is no record."""

    file: str
    number: int
    link: Link | None
    is_whole: bool


class _Finding(NamedTuple):
    line: _Line
    kind: Tampering
    seq: int


def verify(directory: Path) -> Verdict:
    """Return whether the trail in *directory* holds.

    Raises `IntegrityFailure` for a damaged head, and `OSError` when a file cannot be read.
    """
    head = chain.read_head(directory)
    files = chain.files_in(directory)
    before: _Line | None = None
    last: _Line | None = None
    sealed = head is None or head.seq == 0
    count, torn = 0, None
    for line in _lines(files):
        if not _continues(last, line):
            if not line.is_whole and sealed:
                torn = f"{line.file} ends in a line cut short, as a crash leaves it: start again"
                break
            found = _classify(files, before, last, line)
            return _bad(found, count, len(files))
        before, last = last, line
        count += 1
        if head is not None and line.link is not None and line.link.seq == head.seq:
            sealed = line.link.hash == head.hash
            if not sealed:
                edited = _Finding(line, Tampering.EDIT, head.seq)
                return _bad(edited, count - 1, len(files))
    if head is None and count:
        problem = f"{HEAD_NAME} is missing: what the trail reached cannot be told"
        at = BadRecord(HEAD_NAME, 1, count)
        return Verdict(False, count, len(files), at, Tampering.DELETE, count, problem)  # noqa: FBT003 - a field
    if not sealed:
        return _bad(_cut_off(last, count), count, len(files))
    unsealed = count - head.seq if head is not None else 0
    return Verdict(True, count, len(files), None, None, unsealed, torn)  # noqa: FBT003 - a field


def _lines(files: list[Path]) -> Iterator[_Line]:
    link_in = chain.link_in
    for path in files:
        name = path.name
        with path.open("rb", buffering=1 << 20) as file:
            for number, text in enumerate(file, 1):
                yield _Line(name, number, link_in(text), text.endswith(b"\n"))


def _continues(last: _Line | None, line: _Line) -> bool:
    link = line.link
    if link is None or not link.is_sound:
        return False
    if last is None or last.link is None:
        return link.seq == 1 and link.prev == GENESIS
    return link.prev == last.link.hash and link.seq == last.link.seq + 1


def _classify(files: list[Path], before: _Line | None, last: _Line | None, line: _Line) -> _Finding:
    """Return what was done where *line* does not continue *last*."""
    expected = 1 if last is None or last.link is None else last.link.seq + 1
    link = line.link
    following = _after(files, line)
    if link is None or not link.is_sound:
        if not line.is_whole:
            return _Finding(line, Tampering.TRUNCATE, expected)
        # When the next record goes on from the last good one, this line was put in between.
        put_in = following is not None and _continues(last, following)
        kind = Tampering.INSERT if put_in else Tampering.EDIT
        return _Finding(line, kind, expected if link is None else link.seq)
    if last is not None and link != last.link and _continues(before, line):
        # Two heirs of one record: the one that the trail goes on from was there first.
        heir = following is None or _continues(line, following)
        return _Finding(last if heir else line, Tampering.INSERT, link.seq)
    if link.seq == expected:  # the record before is not the one that this one was chained to
        edited = last or line
        return _Finding(edited, Tampering.EDIT, expected - 1 if last else expected)
    if link.seq < expected:
        return _Finding(line, Tampering.DUPLICATE, link.seq)
    missing = any(
        other.link is not None and other.link.is_sound and other.link.seq == expected
        for other in _lines(files)
    )
    return _Finding(line, Tampering.REORDER if missing else Tampering.DELETE, link.seq)


def _after(files: list[Path], line: _Line) -> _Line | None:
    """Return the line after *line*, None at the end."""
    passed = False
    for other in _lines([path for path in files if path.name >= line.file]):
        if passed:
            return other
        passed = other == line
    return None


def _cut_off(last: _Line | None, count: int) -> _Finding:
    at = last or _Line(HEAD_NAME, 0, None, is_whole=True)
    place = at._replace(number=at.number + 1)
    return _Finding(place, Tampering.TRUNCATE, count + 1)


def _bad(found: _Finding, count: int, files: int) -> Verdict:
    at = BadRecord(found.line.file, found.line.number, found.seq)
    problem = f"{found.kind.value} at {at.file} line {at.line}, record {at.seq}"
    return Verdict(False, count, files, at, found.kind, 0, problem)  # noqa: FBT003 - a field
