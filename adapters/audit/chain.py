"""The form of an audit record: one line of ASCII JSON, chained to the one before it.

    {"seq":7,"at":"2024-05-01T00:05:00.000Z","type":"trade.closed",...,"prev":P,"hash":H}

Rule 1: records lie in segments, a file for each UTC day and class of retention (90, 180, 365 days).
A class is a chain of its own; `seq` counts from 1 through all classes, without a gap.
Rule 2: `hash` is sha256(prev, length, raw) in hex: `prev` the 64 characters of the hash before it,
`raw` the stored bytes from the opening brace to the end of `prev`, `length` theirs in 8 bytes.
Rule 3: the first `prev` of a segment is its genesis: sha256 over its name and the last hash of the
segment before it in its class (64 zeros before the first). So neither can be exchanged.
Rule 4: a day begins for all classes at once: the records of a day follow all of the day before.
"""

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from application.errors import IntegrityFailure

ZERO: Final = b"0" * 64
HEAD_NAME: Final = "HEAD.json"
TORN: Final = "audit.torn"
"""The type of the trail's own records: a crash cut a line short."""
HASH_FIELD: Final = b',"hash":"%s"}\n'
HASH_FIELD_BYTES: Final = len(HASH_FIELD) - 2 + 64
SEQ_AT: Final = len(b'{"seq":')
length_of: Final = Struct(">Q").pack
_FILE_NAME: Final = re.compile(r"audit-\d{8}-\d{3}\.jsonl")
_HEX: Final = rb"[0-9a-f]{64}"
_RECORD: Final = re.compile(
    rb'\{"seq":([1-9][0-9]{0,17}),"at":"([ !#-~]*)","type":"([ !#-~]*)".*,"prev":"('
    + _HEX
    + rb')","hash":"('
    + _HEX
    + rb')"\}\n'
)


class Link(NamedTuple):
    """What chains a record: its number, the hash before it, its own, and whether that is true.

    `at` is the record's time as it is written, `kind` its type.
    """

    seq: int
    at: str
    kind: str
    prev: str
    hash: str
    is_sound: bool


class Head(NamedTuple):
    """How far the trail is known to reach: the last record's number and the root of its tree.

    `own` of the records are the trail's own, about itself.
    """

    seq: int
    root: str
    own: int = 0


def hash_of(prev: bytes, raw: bytes) -> str:
    """Return the hash of the record whose bytes without its hash field are *raw*."""
    return sha256(prev + length_of(len(raw)) + raw).hexdigest()


def genesis(name: str, before: bytes) -> bytes:
    """Return the first `prev` of the segment *name*; *before* is the last hash of the one before.

    The hash covers the file's name, so that a segment cannot pass for another.
    """
    text = b"quantum-trader audit segment\n%s\n%s\n" % (name.encode(), before)
    return sha256(text).hexdigest().encode()


def link_in(line: bytes) -> Link | None:
    """Return the link of a whole *line*, newline included; None when it is no record."""
    found = _RECORD.fullmatch(line)
    if found is None:
        return None
    number, at, kind, prev, own = found.groups()
    stated = own.decode()
    true = hash_of(prev, line[:-HASH_FIELD_BYTES])
    return Link(int(number), at.decode(), kind.decode(), prev.decode(), stated, true == stated)


def iso(at_ms: int) -> str:
    """Return *at_ms* (UTC ms) as ISO 8601 with milliseconds and `Z`."""
    seconds, ms = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def ms_of(text: str) -> int:
    """Return the UTC ms that *text*, as `iso` writes it, stands for.

    Raises `IntegrityFailure` when it is no time.
    """
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError as error:
        raise IntegrityFailure(f"a record of the audit trail has no time: {text!r}") from error


def name_for(at_ms: int, days: int) -> str:
    """Return the name of the segment for the day of *at_ms* and the class of *days*."""
    return f"audit-{datetime.fromtimestamp(at_ms // 1000, UTC):%Y%m%d}-{days:03d}.jsonl"


def day_in(name: str) -> int:
    """Return the day of the segment *name*, in whole days since the epoch."""
    date = datetime.strptime(name[6:14], "%Y%m%d").replace(tzinfo=UTC)
    return int(date.timestamp()) // 86_400


def days_in(name: str) -> int:
    """Return the class of the segment *name*: how many days its records are kept."""
    return int(name[15:18])


def files_in(directory: Path) -> list[Path]:
    """Return the segments in *directory*, by day and then by class.

    Raises `IntegrityFailure` for a file that has no place there.
    """
    if not directory.is_dir():
        return []
    found = sorted(directory.glob("audit-*.jsonl"))
    strange = [path for path in found if not _FILE_NAME.fullmatch(path.name)]
    if strange:
        raise IntegrityFailure(
            f"{strange[0]}: no segment of this form of trail; a trail of an earlier version is for "
            "the version that wrote it, any other file does not belong here"
        )
    return found


def read_head(directory: Path) -> Head | None:
    """Return the head of the trail, None when there is none. Raises `IntegrityFailure`."""
    path = directory / HEAD_NAME
    try:
        found = json.loads(path.read_bytes())
        return Head(int(found["seq"]), str(found["root"]), int(found["own"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityFailure(f"{path}: the head of the audit trail is damaged") from error


def head_bytes(head: Head) -> bytes:
    """Return *head* as it stands in its file."""
    return b'{"seq":%d,"root":"%s","own":%d}\n' % (head.seq, head.root.encode(), head.own)
