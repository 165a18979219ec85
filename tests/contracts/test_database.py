"""Opening the store, on SQLite and PostgreSQL: new, old, newer, damaged, of somebody else."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from adapters.persistence.database import back_up, open_database, revision_of
from adapters.persistence.engines import engine_of, reading, writing
from adapters.persistence.migrations.upgrade import revisions, upgrade
from adapters.persistence.schema import METADATA, REVISIONS, version
from adapters.persistence.trade_tables import positions
from application.errors import IntegrityFailure, StoreUnavailable
from tests.architecture.sources import ROOT
from tests.builders import D
from tests.databases import postgres_url, sqlite_url

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        with postgres_url() as there:
            yield there


def bare(url: str) -> Engine:
    """Return an engine for an empty database at *url*."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
    return engine_of(url)


def layout(engine: Engine) -> object:
    """Return all that the database knows of its tables."""
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema")
            return sorted((kind, name, str(sql)) for kind, name, sql in rows)
        look = inspect(connection)
        return {
            name: [
                [{k: str(v) for k, v in column.items()} for column in look.get_columns(name)],
                look.get_pk_constraint(name),
                look.get_indexes(name),
                look.get_unique_constraints(name),
                look.get_check_constraints(name),
            ]
            for name in sorted(look.get_table_names())
        }


def revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return revision_of(connection)


def test_the_revisions_named_are_those_there_are_files_for() -> None:
    assert revisions() == REVISIONS


def test_migrating_step_by_step_gives_what_is_laid_out_at_once(url: str, tmp_path: Path) -> None:
    engine = bare(url)
    for step in REVISIONS:
        with writing(engine) as connection:
            upgrade(connection, step)
        assert revision(engine) == step
    stepped = layout(engine)
    engine.dispose()
    if url.startswith("sqlite"):
        at_once = open_database(f"sqlite:///{tmp_path / 'other.db'}")
        assert layout(at_once) == stepped
        at_once.dispose()
    else:
        with postgres_url() as other:
            at_once = open_database(other)
            assert layout(at_once) == stepped
            at_once.dispose()


def test_a_store_opened_again_is_the_same(url: str) -> None:
    first = open_database(url)
    before = layout(first)
    first.dispose()
    again = open_database(url)
    assert layout(again) == before
    assert revision(again) == REVISIONS[-1]
    with reading(again) as connection:
        assert set(METADATA.tables) <= set(inspect(connection).get_table_names())
    again.dispose()


def test_a_newer_store_is_refused_with_a_remedy_and_left_alone(url: str, tmp_path: Path) -> None:
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(version.update().values(version_num="9999"))
    before = layout(engine)
    with pytest.raises(StoreUnavailable, match=r"revision 9999.*upgrade this program"):
        open_database(url)
    assert layout(engine) == before
    engine.dispose()
    assert not list(tmp_path.glob("*.bak"))


def test_many_who_open_a_new_store_at_once_lay_it_out_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        engines = list(pool.map(open_database, [url] * 6))
    assert {revision(engine) for engine in engines} == {REVISIONS[-1]}
    for engine in engines:
        engine.dispose()


def held(engine: Engine) -> list[dict[str, object]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(positions.select()).mappings()]


@pytest.mark.parametrize("old", REVISIONS[:-1])
def test_an_older_store_is_backed_up_and_migrated_and_keeps_its_rows(
    url: str, tmp_path: Path, old: str
) -> None:
    engine = bare(url)
    row = {"symbol": "BTCUSDT", "quantity": D("1.50"), "cost": D(-150)}
    with writing(engine) as connection:
        upgrade(connection, old)
        connection.execute(positions.insert().values(row))
    engine.dispose()
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [url] * 4))
    for opened in engines:
        assert revision(opened) == REVISIONS[-1]
        with reading(opened) as connection:
            assert [dict(held) for held in connection.execute(positions.select()).mappings()] == [
                row
            ]
        opened.dispose()
    if url.startswith("sqlite"):
        kept = engine_of(f"sqlite:///{tmp_path / f'store.db.{old}.bak'}")
        assert revision(kept) == old
        with reading(kept) as connection:
            assert [dict(held) for held in connection.execute(positions.select()).mappings()] == [
                row
            ]
        kept.dispose()


def test_a_backup_is_whole_and_names_its_revision(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO positions VALUES ('BTCUSDT', '1.50', '150')")
        back_up(tmp_path / "store.db", "0001")  # while the lock is held, as in a migration
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM positions")
    copy = back_up(tmp_path / "store.db", "0002")
    engine.dispose()
    assert copy.name == "store.db.0002.bak"
    assert sorted(p.name for p in tmp_path.glob("*.bak")) == [
        "store.db.0001.bak",
        "store.db.0002.bak",
    ]
    assert not list(tmp_path.glob("*.part"))
    kept = sqlite3.connect(copy)
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept.close()


def test_somebody_elses_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE diary (day TEXT)")
    other.close()
    with pytest.raises(StoreUnavailable, match="not a store"):
        open_database(f"sqlite:///{path}")
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("diary",)]
    other.close()


def test_a_damaged_file_is_an_integrity_failure(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is no database, but it is long enough to be looked at" * 99)
    with pytest.raises(IntegrityFailure, match=r"store\.db.*not a database"):
        open_database(f"sqlite:///{path}")
    path.unlink()
    open_database(f"sqlite:///{path}").dispose()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    with pytest.raises(IntegrityFailure, match=r"store\.db"):
        open_database(f"sqlite:///{path}")


def test_a_file_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")
    with pytest.raises(StoreUnavailable):
        open_database(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("busy_timeout", 2000),
    ],
)
def test_sqlite_is_set_to_lose_nothing(tmp_path: Path, pragma: str, value: object) -> None:
    engine = open_database(sqlite_url(tmp_path))
    with reading(engine) as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
    engine.dispose()


def test_every_table_is_strict(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    with reading(engine) as connection:
        rows = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list").fetchall()
    engine.dispose()
    assert {name for name, strict in rows if strict} == set(METADATA.tables)


def test_opening_a_store_of_this_revision_does_not_load_the_migrations(tmp_path: Path) -> None:
    script = (
        "import sys; from adapters.persistence.database import open_database;"
        f"open_database({sqlite_url(tmp_path)!r}).dispose();"
        f"open_database({sqlite_url(tmp_path)!r}).dispose();"
        "sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)  # noqa: S603 - our own
