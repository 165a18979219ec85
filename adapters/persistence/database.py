"""Opening the store: laid out when new, migrated when old, refused when newer than this program.

Rule 1: a store is of one revision of `schema.REVISIONS`; it is used only when that is the last.
Rule 2: a new store is laid out at the last revision at once. An older one is migrated, revision by
revision, in one transaction. A file is copied beside itself first, as `NAME.REVISION.bak`; a
PostgreSQL server has its own backups.
Rule 3: several may open a store at once: one of them lays it out or migrates it, the others wait.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect

from adapters.persistence import policy_tables, trade_tables
from adapters.persistence.disk import OsDisk
from adapters.persistence.engines import engine_of, path_of, place_of, reading, writing
from adapters.persistence.schema import METADATA, REVISIONS, VERSION_TABLE, version
from application.errors import IntegrityFailure, StoreUnavailable

# Whoever lays out or migrates a store holds this lock of the server ("QTDB").
_LOCK: Final = 0x51544442
_TABLES: Final = (trade_tables, policy_tables)  # those who add their tables to `METADATA`


def open_database(url: str) -> Engine:
    """Return an engine for the store at *url*, which is then of the last revision.

    *url* is `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`. Raises `BadInput` for any
    other, `StoreUnavailable` when the store cannot be used, is none of ours or is newer than this
    program, and `IntegrityFailure` when it is damaged. No message tells a password.
    """
    engine = engine_of(url)
    prepare(engine)
    return engine


def prepare(engine: Engine) -> None:
    """Lay out or migrate the store of *engine*, or refuse it, as `open_database` does."""
    try:
        _prepare(engine)
    except BaseException:
        engine.dispose()
        raise


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the store, None when there is none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(version.select()).scalar_one_or_none()


def _prepare(engine: Engine) -> None:
    path = path_of(engine)
    if path is not None:
        _make_file(path)
        _check_file(engine)
    with reading(engine) as connection:
        if revision_of(connection) == REVISIONS[-1]:
            return
    with writing(engine) as connection:
        if path is None:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        _bring_up(connection, place_of(engine), path)


def _bring_up(connection: Connection, place: str, path: Path | None) -> None:
    """Make the store one of the last revision. Nobody else is doing so."""
    found = revision_of(connection)
    if found == REVISIONS[-1]:
        return
    if found is None:
        if path is not None and inspect(connection).get_table_names():
            raise StoreUnavailable(f"{place}: a database, but not a store; choose another file")
        METADATA.create_all(connection)
        version.create(connection)
        connection.execute(version.insert().values(version_num=REVISIONS[-1]))
        return
    if found not in REVISIONS:
        raise StoreUnavailable(
            f"{place}: the store is of revision {found}, this program knows up to "
            f"{REVISIONS[-1]}: upgrade this program"
        )
    if path is not None:
        back_up(path, found)
    from adapters.persistence.migrations.upgrade import upgrade  # noqa: PLC0415 - slow, and rare

    upgrade(connection)


def back_up(path: Path, revision: str) -> Path:
    """Copy the database *path*, of *revision*, beside itself, durably; return where."""
    target = path.with_name(f"{path.name}.{revision}.bak")
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    source, copy = sqlite3.connect(path), sqlite3.connect(draft)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    disk = OsDisk()
    disk.sync(draft)
    disk.rename(draft, target)
    disk.sync_directory(path.parent)
    return target


def _make_file(path: Path) -> None:
    """Make the file if it is not there: later connections never do."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error


def _check_file(engine: Engine) -> None:
    with reading(engine) as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise IntegrityFailure(f"{place_of(engine)}: the store is damaged: {found}")
