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
from adapters.audit.chain import GENESIS, HEAD_NAME, Head, Link


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


class _Walk(NamedTuple):
    """How far the chain holds, and what ended it: a finding, a torn end, or nothing."""

    records: int
    last: _Line | None
    found: _Finding | None
    torn: str | None


def verify(directory: Path) -> Verdict:
    """Return whether the trail in *directory* holds.

    Raises `IntegrityFailure` for a damaged head, and `OSError` when a file cannot be read.
    """
    head = chain.read_head(directory)
    files = chain.files_in(directory)
    count, last, found, torn = _walk(files, head)
    if found is None and head is None and count:
        found = _Finding(_Line(HEAD_NAME, 1, None, is_whole=True), Tampering.DELETE, count)
    if found is None and head is not None and count < head.seq:
        found = _cut_off(last, count)
    at = None if found is None else BadRecord(found.line.file, found.line.number, found.seq)
    return Verdict(
        ok=found is None,
        records=count,
        files=len(files),
        first_bad=at,
        kind=None if found is None else found.kind,
        unsealed=count - head.seq if found is None and head is not None else 0,
        problem=torn if at is None or found is None else f"{found.kind.value}: {_where(at)}",
    )


def _walk(files: list[Path], head: Head | None) -> _Walk:
    """Follow the chain through *files* as far as it holds and agrees with *head*."""
    before: _Line | None = None
    last: _Line | None = None
    reach = 0 if head is None else head.seq
    count = 0
    for line in _lines(files):
        if not _continues(last, line):
            if not line.is_whole and count >= reach and line.file == files[-1].name:
                torn = f"{line.file} ends in a line cut short, as a crash leaves it: start again"
                return _Walk(count, last, None, torn)
            return _Walk(count, last, _classify(files, before, last, line), None)
        count += 1
        if count == reach and not _is_head(line, head):
            return _Walk(count - 1, last, _Finding(line, Tampering.EDIT, reach), None)
        before, last = last, line
    return _Walk(count, last, None, None)


def _is_head(line: _Line, head: Head | None) -> bool:
    return head is None or line.link is None or line.link.hash == head.hash


def _where(at: BadRecord) -> str:
    if at.file == HEAD_NAME:
        return f"{at.file}, which tells how far the trail reached, does not match what is here"
    return f"{at.file} line {at.line}, record {at.seq}"


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
