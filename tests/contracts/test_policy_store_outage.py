"""A policy store that is damaged, newer than this program, or gone: told, and never "no policy"."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from adapters.persistence.policy_store import SqlPolicyStore
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.policy_store import EmergencyNote
from tests.builders import D
from tests.databases import SERVER, address_of, postgres_url, sqlite_url, through
from tests.policy_records import filled, record
from tests.relay import Relay

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        with postgres_url() as found:
            yield found


def statement(url: str, *words: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql(" ".join(words))
    engine.dispose()


@pytest.mark.parametrize(
    "damage",
    [
        "policy = replace(policy, '\"quorum\":3', '\"quorum\":1')",
        "policy = substr(policy, 1, 80)",
        "policy = '[]'",
        "policy = '{\"speed\":1}'",
        "policy = '{\"stop_atr\":2}'",
        "policy = '{\"quorum\":0}'",
        "actor = 'bob'",
        "reason = ''",
        "at_ms = 0",
        "restores = 1",
        "digest = ''",
        "version = 7",
    ],
)
def test_a_record_that_is_not_what_was_written_is_rejected_whole(url: str, damage: str) -> None:
    store = filled(SqlPolicyStore(url), 1)
    statement(url, "UPDATE policies SET", damage)
    with pytest.raises(IntegrityFailure):
        store.current()
    with pytest.raises(IntegrityFailure):
        store.history()
    store.close()


@pytest.mark.parametrize(
    "damage",
    ["note = replace(note, 'true', 'false')", "note = '{}'", "note = '['", "note = '[1,2]'"],
)
def test_an_emergency_that_is_not_what_was_noted_is_rejected(url: str, damage: str) -> None:
    store = filled(SqlPolicyStore(url), 1)
    store.note_emergency(EmergencyNote(4, active=True, reason="x", at_ms=1))
    statement(url, "UPDATE policy_emergency SET", damage)
    with pytest.raises(IntegrityFailure):
        store.current()
    store.close()


def test_a_store_of_a_newer_program_is_refused(url: str) -> None:
    filled(SqlPolicyStore(url), 1).close()
    statement(url, "UPDATE quantum_trader_version SET", "version_num = '9999'")
    store = SqlPolicyStore(url)
    with pytest.raises(StoreUnavailable, match="upgrade this program"):
        store.current()
    store.close()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database at all" * 100)
    store = SqlPolicyStore(sqlite_url(tmp_path))
    with pytest.raises(IntegrityFailure, match="not a database"):
        store.current()
    store.close()


def test_a_file_that_vanished_is_an_outage_and_not_an_empty_store(tmp_path: Path) -> None:
    store = filled(SqlPolicyStore(sqlite_url(tmp_path)), 1)
    for part in tmp_path.iterdir():
        part.rename(part.with_suffix(part.suffix + ".away"))
    with pytest.raises(StoreUnavailable):
        store.current()
    for part in tmp_path.iterdir():
        part.rename(part.with_suffix(part.suffix.removesuffix(".away")))
    current = store.current()
    assert current is not None
    assert current.record == record(1)
    store.close()


def test_a_server_that_went_away_is_an_outage_until_it_is_back() -> None:
    with postgres_url() as url, Relay(address_of(SERVER)) as relay:
        store = filled(SqlPolicyStore(through(url, relay.port)), 1)
        relay.cut()
        with pytest.raises(StoreUnavailable):
            store.current()
        with pytest.raises(StoreUnavailable):
            store.put(record(2, stop_atr=D(3)), 1)
        relay.mend()
        with suppress(StoreUnavailable):
            store.current()
        current = store.current()
        assert current is not None
        assert current.record == record(1)
        store.close()


def test_a_store_that_is_down_is_told_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    store = SqlPolicyStore("postgresql://ann:s3cret@127.0.0.1:9/none")
    with pytest.raises(StoreUnavailable) as caught:
        store.current()
    assert "s3cret" not in str(caught.value)
