"""How the journal lies in its file: one append-only table, and what the file says of itself.

Version 1: `entries(sequence, heard, digest)`. A trigger refuses to change or remove a row, so
that not even our own code can rewrite the past by accident.
"""

import sqlite3
from itertools import chain
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

APPLICATION_ID: Final = 0x51544A4C  # "QTJL", so that no other database is taken for a journal
SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_MS: Final = 2000

# Many rows a statement: stepping a statement costs more than storing its row.
ROWS_A_STATEMENT: Final = 64
INSERT: Final = "INSERT INTO entries (sequence, heard, digest) VALUES (?, ?, ?)"
INSERT_MANY: Final = INSERT + ", (?, ?, ?)" * (ROWS_A_STATEMENT - 1)
SELECT: Final = (
    "SELECT sequence, heard, digest FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?"
)

_SCHEMA: Final = (
    (
        "CREATE TABLE entries ("
        " sequence INTEGER PRIMARY KEY, heard BLOB NOT NULL, digest BLOB NOT NULL"
        ") STRICT"
    ),
    (
        "CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    ),
    (
        "CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    ),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_PRAGMAS: Final = (
    "PRAGMA page_size = 8192",
    "PRAGMA wal_autocheckpoint = 4000",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)


def engine_for(path: str, *, read_only: bool) -> Engine:
    """Return an engine with one connection to the file *path*, for one thread at a time."""
    uri = f"file:{quote(path)}?mode={'ro' if read_only else 'rwc'}"

    def connected() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    return create_engine("sqlite://", creator=connected, poolclass=StaticPool)


def create(connection: Connection) -> None:
    """Lay out an empty file as a journal."""
    for statement in _SCHEMA:
        connection.exec_driver_sql(statement)
    connection.commit()


def insert(connection: Connection, rows: list[tuple[int, bytes, bytes]]) -> None:
    """Add *rows*, not yet committed."""
    whole = len(rows) - len(rows) % ROWS_A_STATEMENT
    if whole:
        groups = range(0, whole, ROWS_A_STATEMENT)
        flat = [tuple(chain.from_iterable(rows[i : i + ROWS_A_STATEMENT])) for i in groups]
        connection.exec_driver_sql(INSERT_MANY, flat)
    if whole < len(rows):
        connection.exec_driver_sql(INSERT, rows[whole:])


def number(connection: Connection, pragma: str) -> int:
    """Return the number that *pragma* answers with."""
    return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
