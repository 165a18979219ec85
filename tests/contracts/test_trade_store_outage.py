"""An outage of the trade state store raises at every call; it never looks like "no open trades"."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import literal_column

from adapters.persistence.database import open_database
from adapters.persistence.trade_store import SqlTradeStore
from adapters.persistence.trade_tables import trades
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.trade_store import Change, TradeStore
from tests.databases import address_of, postgres_url, sqlite_url, through
from tests.fakes.trade_store import MemoryTradeStore
from tests.relay import Relay
from tests.trade_rows import a_trade, everything, seen

pytestmark = pytest.mark.integration


def calls(store: TradeStore) -> Sequence[Callable[[], object]]:
    """Return a call of every method but `close`."""
    return (
        lambda: store.apply(()),
        lambda: store.apply((everything(2),)),
        store.sequence,
        store.open_trades,
        lambda: store.trade("T1"),
        store.trades,
        lambda: store.orders_of("T1"),
        lambda: store.fills_of("T1"),
        store.positions,
    )


def require_outage(store: TradeStore) -> None:
    """Fail unless every call raises that the store cannot be used."""
    for call in calls(store):
        with pytest.raises(StoreUnavailable):
            call()


def test_a_closed_store_answers_nothing_and_may_be_closed_again(trade_store: TradeStore) -> None:
    trade_store.apply((everything(),))
    trade_store.close()
    trade_store.close()
    require_outage(trade_store)


def test_the_fake_has_outages_too_and_forgets_nothing_in_them() -> None:
    store = MemoryTradeStore()
    store.apply((everything(),))
    before = seen(store)
    store.down = True
    require_outage(store)
    store.down = False
    assert seen(store) == before


def test_a_file_that_is_gone_is_an_outage_until_it_is_back(tmp_path: Path) -> None:
    store = SqlTradeStore(sqlite_url(tmp_path))
    store.apply((everything(),))
    before = seen(store)
    (tmp_path / "store.db").rename(tmp_path / "elsewhere.db")
    require_outage(store)
    assert not (tmp_path / "store.db").exists()
    (tmp_path / "elsewhere.db").rename(tmp_path / "store.db")
    assert seen(store) == before
    store.apply((Change(3, (a_trade(fees=a_trade().fees * 2),)),))
    assert store.sequence() == 3
    store.close()


def test_a_store_that_another_writer_keeps_locked_is_an_outage(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    engine = open_database(url)
    store = SqlTradeStore(url)
    store.apply((everything(),))
    with engine.begin() as holder:
        holder.exec_driver_sql("UPDATE applied SET sequence = 9")
        begun = monotonic()
        with pytest.raises(StoreUnavailable, match="locked"):
            store.apply((everything(2),))
        assert monotonic() - begun < 5
        assert store.sequence() == 1  # who only reads is not kept waiting
        holder.rollback()
    store.apply((everything(2),))
    assert store.sequence() == 2
    engine.dispose()
    store.close()


def test_a_damaged_file_stays_shut(tmp_path: Path) -> None:
    url, path = sqlite_url(tmp_path), tmp_path / "store.db"
    engine = open_database(url)
    store = SqlTradeStore(url)
    store.apply((everything(),))
    engine.dispose()
    store._engine.dispose()  # nothing of it is left in memory
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) - 100))
    for _ in range(2):
        with pytest.raises(IntegrityFailure, match="malformed"):
            store.open_trades()
    path.write_bytes(whole)
    for call in calls(store):
        with pytest.raises(IntegrityFailure):
            call()
    store.close()


@pytest.mark.parametrize("harm", [{"state": "LOST"}, {"side": "UP"}, {"realised": "much"}])
def test_a_row_that_cannot_be_read_is_not_passed_over(tmp_path: Path, harm: dict[str, str]) -> None:
    engine = open_database(sqlite_url(tmp_path))
    store = SqlTradeStore(sqlite_url(tmp_path))
    store.apply((everything(),))
    values: dict[str, Any] = {name: literal_column(f"'{value}'") for name, value in harm.items()}
    with engine.begin() as connection:
        connection.execute(trades.update().values(values))
    with pytest.raises(IntegrityFailure):
        store.open_trades()
    engine.dispose()
    store.close()


def test_a_store_that_is_down_at_first_is_opened_when_it_is_there(tmp_path: Path) -> None:
    store = SqlTradeStore(f"sqlite:///{tmp_path / 'later' / 'store.db'}")
    require_outage(store)
    (tmp_path / "later").mkdir()
    assert store.sequence() == 0
    store.close()


def test_a_server_that_is_cut_off_is_an_outage_until_it_is_back() -> None:
    with postgres_url() as url, Relay(address_of(url)) as relay:
        store = SqlTradeStore(through(url, relay.port))
        store.apply((everything(),))
        before = seen(store)
        relay.cut()
        begun = monotonic()
        require_outage(store)
        assert monotonic() - begun < 5
        relay.mend()
        assert seen(store) == before
        store.apply((everything(2),))
        assert store.sequence() == 2
        store.close()
