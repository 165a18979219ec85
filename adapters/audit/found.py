"""What a check of a trail comes to: the first bad record, and what was done to it."""

from enum import StrEnum
from typing import NamedTuple


class Tampering(StrEnum):
    """What was done to a trail."""

    EDIT = "edit"
    INSERT = "insert"
    DELETE = "delete"
    REORDER = "reorder"
    DUPLICATE = "duplicate"
    TRUNCATE = "truncate"
    REWRITE = "rewrite"
    """The chain holds, but it is not the one that was signed."""


class BadRecord(NamedTuple):
    """Where it was done: the file, its line (from 1) and the record's number as it is written.

    Of a deletion or a truncation, the missing record, and the place where it should stand.
    """

    file: str
    line: int
    seq: int


class Finding(NamedTuple):
    """A first bad record, and what was done. `note` says more, for a person."""

    at: BadRecord
    kind: Tampering
    note: str = ""


class Verdict(NamedTuple):
    """What was found. `unsealed` records lie beyond the head and every checkpoint.

    An unfinished end beyond those is what a crash leaves: a problem, but no tampering. `pruned` of
    the records are gone at the end of their time; `checkpoints` signed ones agree with the trail.
    `problem` is for a person.
    """

    ok: bool
    records: int
    files: int
    first_bad: BadRecord | None
    kind: Tampering | None
    unsealed: int
    problem: str | None
    pruned: int = 0
    checkpoints: int = 0
