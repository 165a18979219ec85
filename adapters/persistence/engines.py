"""Connections to the databases that a store may lie in, and their errors in the words of the port.

SQLite: write-ahead log, synchronous FULL, one writer at a time, who says so when it begins. A
connection to a file that is no longer at its path is not used: it would keep what nobody finds.
PostgreSQL: no statement waits for ever, and a connection that died is not used.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError

from application.errors import BadInput, IntegrityFailure, StoreUnavailable

BUSY_TIMEOUT_MS: Final = 2000
_CONNECT_SECONDS: Final = 2
_PAUSE_S: Final = 0.01
_POOL_SECONDS: Final = 2.0
_REMEDY: Final = "a database is sqlite:///PATH or postgresql://USER@HOST/NAME"
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA wal_autocheckpoint = 4000",
)
_WAITS: Final = "-c statement_timeout=5000 -c lock_timeout=2000"
_DAMAGED: Final = ("not a database", "malformed", "XX001", "XX002")


def engine_of(url: str) -> Engine:
    """Return an engine for the database *url*, not yet connected.

    Raises `BadInput` for a URL of another kind, or without what its kind needs.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # in its own words it might show a password
        raise BadInput(f"the database URL cannot be read: {_REMEDY}") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return _postgres(parsed)
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _sqlite(Path(parsed.database).absolute())
    raise BadInput(f"{kind}: not a database that this program can use: {_REMEDY}")


def place_of(engine: Engine) -> str:
    """Return where the database of *engine* is: without user, password and options."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(url.database)
    return f"postgresql://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def path_of(engine: Engine) -> Path | None:
    """Return the file of *engine*, None when the database is no file."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for one consistent look. Raises as `writing` does."""
    with _translated(engine), engine.connect() as bare:
        connection = bare.execution_options(only_reads=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for one transaction, durable when the block ends, undone if it raises.

    Raises `StoreUnavailable` when the database cannot be used, and `IntegrityFailure` when it is
    damaged, in the driver's own words.
    """
    with _translated(engine), engine.begin() as connection:
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        engine.dispose()  # the next call connects anew: an outage may be over by then
        cause = getattr(error, "orig", None) or error
        words = " ".join(str(cause).split())
        if engine.url.password:
            words = words.replace(str(engine.url.password), "***")
        message = f"{place_of(engine)}: {words}"
        signs = f"{words} {getattr(cause, 'sqlstate', '')}"
        if any(sign in signs for sign in _DAMAGED):
            raise IntegrityFailure(message) from error
        raise StoreUnavailable(message) from error


def _insist(connection: sqlite3.Connection, pragma: str) -> None:
    """Execute *pragma*, again while others have the file.

    SQLite itself does not wait for its turn to change the journal mode of a new file.
    """
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _sqlite(path: Path) -> Engine:
    uri = f"file:{quote(str(path))}?mode=rw"  # who opens the store makes the file; no one else

    def connected() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        for pragma in _PRAGMAS:
            _insist(connection, pragma)
        return connection

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=connected,
        pool_size=1,
        max_overflow=1,
        pool_timeout=_POOL_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def note_file(_: Any, record: Any) -> None:  # noqa: ANN401 - the pool's
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def check_file(_: Any, record: Any, __: Any) -> None:  # noqa: ANN401 - the pool's
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"{path} is not the file it was")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        only_reads = connection.get_execution_options().get("only_reads", False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgres(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra: only who uses PostgreSQL has it
    except ImportError:
        raise BadInput(
            "postgresql needs a driver: pip install 'quantum-trader[postgres]'"
        ) from None
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} {_WAITS}".strip()
    return create_engine(
        url.set(drivername="postgresql+psycopg").update_query_dict({"options": options}),
        connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "quantum-trader"},
        pool_size=1,
        max_overflow=1,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
    )
