"""The journal in SQLite: write-ahead log, synchronous FULL, one connection, one writer.

Rows are gathered and written in one statement a commit, so that a back-test pays for what it
writes and not for how often. Every choice is a function of the appends alone: the same appends
and commits, then `close`, give the same file byte for byte.

The first error in writing ends it: a journal that may have lost a row takes no other, and says so
at every call (fail-stop). What was durable before stays so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from adapters.persistence import tables
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.codec import Codec
from application.ports.journal import Entry, Journal

BUFFER_ROWS_MAX: Final = 4096
_PAGE_ROWS: Final = 1024


class SqliteJournal:
    """Satisfies `Journal`. Calls may come from any thread, but only from one at a time."""

    def __init__(self, path: Path, codec: Codec, *, read_only: bool = False) -> None:
        """Open the journal at *path*, or begin it there.

        Raises `StoreUnavailable` when it cannot be opened or is of another version, and
        `IntegrityFailure` when the file is damaged.
        """
        if read_only and not path.is_file():
            raise StoreUnavailable(f"{path}: there is no journal here")
        self._path = path
        self._codec = codec
        self._read_only = read_only
        self._rows: list[tuple[int, bytes, bytes]] = []
        self._broken: str | None = None
        self._engine = tables.engine_for(str(path.absolute()), read_only=read_only)
        self._connection = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Add an entry; it is durable after the next `commit`."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        rows = self._rows
        rows.append((sequence, heard, digest))
        if len(rows) >= BUFFER_ROWS_MAX:
            self.commit()

    def commit(self) -> None:
        """Return once everything appended is durable."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        if not self._rows:
            return
        try:
            tables.insert(self._connection, self._rows)
            self._connection.commit()
        except SQLAlchemyError as error:
            self._broken = f"{self._path}: the journal stopped: {_cause(error)}"
            raise StoreUnavailable(self._broken) from error
        self._rows = []

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield all entries with a sequence above *after*, in order.

        Raises `IntegrityFailure` at an entry that cannot be read.
        """
        self.commit()
        last = after
        while True:
            try:  # page by page: no cursor stays open while the caller takes its time
                found = self._connection.exec_driver_sql(tables.SELECT, (last, _PAGE_ROWS))
                page = found.fetchall()
            except SQLAlchemyError as error:
                raise StoreUnavailable(f"{self._path}: {_cause(error)}") from error
            for sequence, heard, digest in page:
                try:
                    yield Entry(sequence, self._codec.decode_heard(heard), digest)
                except IntegrityFailure as error:
                    raise IntegrityFailure(f"{self._path}: entry {sequence}: {error}") from error
                last = sequence
            if len(page) < _PAGE_ROWS:
                return

    def close(self) -> None:
        """Commit and let go of the store. After a failure there is nothing left to commit."""
        if self._connection.closed:
            return
        try:
            if self._broken is None and not self._read_only:
                self.commit()
                self._fold()
        finally:
            self._connection.close()
            self._engine.dispose()

    def _fold(self) -> None:
        """Fold the write-ahead log into the file, so that one file is all there is."""
        try:
            self._connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
        except SQLAlchemyError:
            # Someone reads it still: everything is durable, and the next writer folds it.
            self._connection.rollback()

    def _opened(self) -> Connection:
        connection: Connection | None = None
        try:
            connection = self._engine.connect()
            self._check(connection)
        except SQLAlchemyError as error:
            self._abandon(connection)
            text = f"{self._path}: {_cause(error)}"
            if "not a database" in text or "malformed" in text:
                raise IntegrityFailure(text) from error
            raise StoreUnavailable(text) from error
        except (IntegrityFailure, StoreUnavailable):
            self._abandon(connection)
            raise
        return connection

    def _abandon(self, connection: Connection | None) -> None:
        if connection is not None:
            connection.close()
        self._engine.dispose()

    def _check(self, connection: Connection) -> None:
        """Accept a whole journal of this version; lay out an empty file as one."""
        if not self._read_only:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        if tables.number(connection, "page_count") <= 1 and not _has_tables(connection):
            if self._read_only:
                raise StoreUnavailable(f"{self._path}: the journal is empty")
            tables.create(connection)
            return
        if tables.number(connection, "application_id") != tables.APPLICATION_ID:
            raise StoreUnavailable(
                f"{self._path}: a database, but no journal; choose another run directory"
            )
        version = tables.number(connection, "user_version")
        if version != tables.SCHEMA_VERSION:
            newer = version > tables.SCHEMA_VERSION
            remedy = "upgrade this program" if newer else "read it with the release that wrote it"
            raise StoreUnavailable(
                f"{self._path}: journal version {version}, this program knows "
                f"{tables.SCHEMA_VERSION}: {remedy}"
            )
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise IntegrityFailure(f"{self._path}: the journal is damaged: {found}")


def _has_tables(connection: Connection) -> bool:
    return connection.exec_driver_sql("SELECT 1 FROM sqlite_schema").first() is not None


def _cause(error: SQLAlchemyError) -> str:
    """Return the driver's own words: without the statement, its rows and a link."""
    return str(getattr(error, "orig", None) or error)


_: type[Journal] = SqliteJournal
