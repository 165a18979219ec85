"""A table beside a trail to find its records by; made from the trail, and never believed.

It lies in `audit-index.db` beside the folder of the trail and can be deleted at any time. A search
brings it up to the trail first. What it names is read from the segment and checked against its own
hash, so an index that lies finds nothing rather than something untrue.
"""

import sqlite3
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from adapters.audit import chain
from application.errors import BadInput, IntegrityFailure, StoreUnavailable

NAME: Final = "audit-index.db"
PAGE_MAX: Final = 1_000
SEARCH_S_MAX: Final = 5.0
_FORM: Final = 1
_STEPS: Final = 10_000
_BATCH: Final = 20_000
_SCHEMA: Final = f"""
PRAGMA user_version = {_FORM};
CREATE TABLE segments (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE records (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type TEXT NOT NULL,
    symbol TEXT, trace TEXT, actor TEXT, segment TEXT NOT NULL, at INTEGER NOT NULL,
    length INTEGER NOT NULL) STRICT;
CREATE INDEX by_time ON records (at_ms);
CREATE INDEX by_type ON records (type, at_ms);
CREATE INDEX by_symbol ON records (symbol, at_ms);
CREATE INDEX by_trace ON records (trace, at_ms);
CREATE INDEX by_actor ON records (actor, at_ms);
"""
_AFTER: Final = "(at_ms, seq) > ((SELECT at_ms FROM records WHERE seq = ?), ?)"
_INSERT: Final = "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Query(NamedTuple):
    """What is looked for; None is anything. Times in UTC ms, from inclusive to exclusive.

    `after` is the number of the last record of the page before.
    """

    kind: str | None = None
    symbol: str | None = None
    trace: str | None = None
    actor: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    after: int = 0
    limit: int = 100


class _Told(msgspec.Struct):
    """What of a record is indexed."""

    type: str
    at: str
    symbol: str | None = None
    trace_id: str | None = None
    actor: str | None = None


class AuditIndex:
    """Finds records of one trail. Raises `StoreUnavailable` when its file cannot be used."""

    def __init__(self, directory: Path) -> None:
        """Open the index of the trail in *directory*; an unknown form is made anew."""
        self._directory = directory
        self._path = directory.with_name(NAME)
        self._decode = msgspec.json.Decoder(_Told).decode
        try:
            self._database = self._opened()
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"{self._path}: {error}; delete it") from error

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, isolation_level=None)
        try:
            form = database.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError:
            form = -1
        if form != _FORM:
            database.close()
            self._path.unlink(missing_ok=True)
            database = sqlite3.connect(self._path, isolation_level=None)
            database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _SCHEMA)
        return database

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def catch_up(self) -> int:
        """Bring the index up to the trail; return how many records were new."""
        try:
            known = self._database.execute("SELECT * FROM segments")
            held = {name: (size, own) for name, size, own in known}
            files = chain.files_in(self._directory)
            for name in held.keys() - {path.name for path in files}:
                self._forget(name)
            return sum(self._add(path, *held.get(path.name, (0, ""))) for path in files)
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"{self._path}: {error}; delete it") from error

    def _forget(self, name: str) -> None:
        self._database.execute("DELETE FROM records WHERE segment = ?", (name,))
        self._database.execute("DELETE FROM segments WHERE name = ?", (name,))

    def _add(self, path: Path, size: int, own: str) -> int:
        """Add what is new in a segment of which *size* bytes are known, up to the hash *own*."""
        with path.open("rb") as file:
            if size:
                file.seek(max(0, size - chain.HASH_FIELD_BYTES))
                if file.read(chain.HASH_FIELD_BYTES) != chain.HASH_FIELD % own.encode():
                    self._forget(path.name)  # it is not what was indexed
                    size = 0
            if path.stat().st_size == size:
                return 0
            file.seek(size)
            new, at = 0, size
            while lines := list(islice(file, _BATCH)):
                added, at = self._insert(path, lines, at)
                new += added
            return new

    def _insert(self, path: Path, lines: list[bytes], at: int) -> tuple[int, int]:
        """Add *lines*, which begin at byte *at*; return how many, and where they end."""
        database, name, last = self._database, path.name, b""
        rows: list[tuple[Any, ...]] = []
        for line in lines:
            if not line.endswith(b"}\n"):
                break
            try:
                told = self._decode(line)
                seq = int(line[chain.SEQ_AT : line.index(b",")])
            except ValueError as error:
                raise IntegrityFailure(f"{path}: byte {at} begins no record; verify it") from error
            places = (seq, chain.ms_of(told.at), told.type, told.symbol, told.trace_id, told.actor)
            rows.append((*places, name, at, len(line)))
            at, last = at + len(line), line
        if rows:
            own = last[-chain.HASH_FIELD_BYTES :][9:73].decode()
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_INSERT, rows)
            database.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?)", (name, at, own))
            database.execute("COMMIT")
        return len(rows), at

    def search(self, query: Query) -> list[bytes]:
        """Return the records that *query* looks for, oldest first, a line each.

        Bounded in number and in time. Raises `BadInput` for a limit out of range or when it takes
        too long, `IntegrityFailure` when a segment is not what was indexed.
        """
        if not 1 <= query.limit <= PAGE_MAX:
            raise BadInput(f"limit: {query.limit} is not within 1 and {PAGE_MAX}")
        ends = time.monotonic() + SEARCH_S_MAX
        self._database.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS)
        try:
            rows = self._database.execute(*_statement(query)).fetchall()
        except sqlite3.OperationalError as error:
            raise BadInput(f"search: {error}; ask for less, by --type, --trace, --from") from error
        finally:
            self._database.set_progress_handler(None, 0)
        return list(self._lines(rows))

    def record(self, seq: int) -> bytes | None:
        """Return record *seq*, None when it is not there. Raises as `search` does."""
        find = "SELECT seq, segment, at, length FROM records WHERE seq = ?"
        return next(self._lines(self._database.execute(find, (seq,)).fetchall()), None)

    def _lines(self, rows: list[tuple[Any, ...]]) -> Iterator[bytes]:
        for seq, segment, at, length in rows:
            with (self._directory / segment).open("rb") as file:
                file.seek(at)
                line = file.read(length)
            link = chain.link_in(line)
            if link is None or not link.is_sound or link.seq != seq:
                raise IntegrityFailure(
                    f"{segment}: record {seq} is not what was indexed; verify it"
                )
            yield line


def _statement(query: Query) -> tuple[str, list[Any]]:
    asked = {
        "type = ?": query.kind,
        "symbol = ?": query.symbol,
        "trace = ?": query.trace,
        "actor = ?": query.actor,
        "at_ms >= ?": query.from_ms,
        "at_ms < ?": query.to_ms,
        _AFTER: query.after or None,
    }
    given = {text: value for text, value in asked.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    text = f"SELECT seq, segment, at, length FROM records {where} ORDER BY at_ms, seq LIMIT ?"  # noqa: S608 - of constants
    values = [*given.values(), *([query.after] if query.after else []), query.limit]
    return text, values
