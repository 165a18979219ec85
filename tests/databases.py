"""Real databases for tests: a file of its own, or a schema of its own on a real server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

SERVER: Final = os.environ.get("QT_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")


def sqlite_url(folder: Path) -> str:
    """Return the URL of a database in *folder*."""
    return f"sqlite:///{folder / 'store.db'}"


@contextmanager
def postgres_url() -> Iterator[str]:
    """Lend the URL of an empty schema on the server; skip the test where there is none."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    schema = f"qt_{uuid4().hex[:12]}"
    server = create_engine(
        SERVER.replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 2},
    )
    try:
        try:
            with server.connect() as connection:
                connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        except SQLAlchemyError as error:
            pytest.skip(f"no PostgreSQL to test with: {error.__class__.__name__}")
        try:
            yield within(SERVER, schema)
        finally:
            with server.connect() as connection:
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    finally:
        server.dispose()


def within(server: str, schema: str) -> str:
    """Return the URL of *schema* on *server*."""
    return f"{server}?options={quote(f'-csearch_path={schema}')}"


def through(url: str, port: int) -> str:
    """Return *url* as it is reached through *port* of this machine."""
    there = make_url(url).set(host="127.0.0.1", port=port)
    return there.render_as_string(hide_password=False)


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of the server of *url*."""
    there = make_url(url)
    return there.host or "127.0.0.1", there.port or 5432
