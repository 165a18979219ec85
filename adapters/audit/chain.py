"""The form of an audit record: one line of ASCII JSON, chained to the one before it.

    {"seq":7,"at":"2024-05-01T00:05:00.000Z","type":"trade.closed",...,"prev":P,"hash":H}

Rule 1: `seq` counts from 1 through all files of a directory, without a gap.
Rule 2: `prev` is the hash of the record before it, also across files; 64 zeros before the first.
Rule 3: `hash` is sha256(prev + the line without its hash), in hex: the bytes from the opening
brace to the end of `prev`, and a closing brace. Every byte of a record is under its hash.
Rule 4: files are named by UTC day, and their order is that of the chain.
"""

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from application.errors import IntegrityFailure

GENESIS: Final = "0" * 64
HEAD_NAME: Final = "HEAD.json"
TORN: Final = "audit.torn"
"""The type of the trail's own records: a crash cut a line short."""
_FILE_NAME: Final = re.compile(r"audit-\d{8}\.jsonl")
_HEX: Final = rb"[0-9a-f]{64}"
_RECORD: Final = re.compile(
    rb'\{"seq":([1-9][0-9]{0,17}),"at":"([ !#-~]*)","type":"([ !#-~]*)".*,"prev":"('
    + _HEX
    + rb')","hash":"('
    + _HEX
    + rb')"\}\n'
)
_HASH_FIELD_LENGTH: Final = len(b',"hash":"') + 64 + len(b'"}\n')


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
    """How far the trail is known to reach: the last record's number and hash.

    `own` of the records are the trail's own, about itself.
    """

    seq: int
    hash: str
    own: int = 0


def hash_of(prev: bytes, body: bytes) -> str:
    """Return the hash of the record *body*, which is the line without its hash."""
    return sha256(prev + body).hexdigest()


def link_in(line: bytes) -> Link | None:
    """Return the link of a whole *line*, newline included; None when it is no record."""
    found = _RECORD.fullmatch(line)
    if found is None:
        return None
    number, at, kind, prev, own = found.groups()
    true = sha256(prev + line[:-_HASH_FIELD_LENGTH] + b"}").hexdigest()
    stated = own.decode()
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


def name_for(at_ms: int) -> str:
    """Return the name of the file for the day of *at_ms*."""
    return f"audit-{datetime.fromtimestamp(at_ms // 1000, UTC):%Y%m%d}.jsonl"


def day_of(path: Path) -> int:
    """Return the day of the file *path*, in whole days since the epoch."""
    date = datetime.strptime(path.name, "audit-%Y%m%d.jsonl").replace(tzinfo=UTC)
    return int(date.timestamp()) // 86_400


def files_in(directory: Path) -> list[Path]:
    """Return the files of the trail in *directory*, in the order of the chain."""
    if not directory.is_dir():
        return []
    return sorted(p for p in directory.iterdir() if _FILE_NAME.fullmatch(p.name))


def read_head(directory: Path) -> Head | None:
    """Return the head of the trail, None when there is none. Raises `IntegrityFailure`."""
    path = directory / HEAD_NAME
    try:
        found = json.loads(path.read_bytes())
        return Head(int(found["seq"]), str(found["hash"]), int(found["own"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityFailure(f"{path}: the head of the audit trail is damaged") from error


def head_bytes(head: Head) -> bytes:
    """Return *head* as it stands in its file."""
    return b'{"seq":%d,"hash":"%s","own":%d}\n' % (head.seq, head.hash.encode(), head.own)
