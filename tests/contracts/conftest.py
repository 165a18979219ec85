"""The stores that the same tests run against, opened as often as a test asks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.persistence.trade_store import SqlTradeStore
from application.ports.trade_store import TradeStore
from tests.databases import postgres_url, sqlite_url
from tests.fakes.trade_store import MemoryTradeStore

Opened = Callable[[], TradeStore]


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def opened_trades(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Open a trade store, the same each time."""
    if request.param == "fake":
        fake = MemoryTradeStore()
        yield lambda: fake
        fake.close()
    elif request.param == "sqlite":
        yield from _opened(sqlite_url(tmp_path))
    else:
        with postgres_url() as url:
            yield from _opened(url)


@pytest.fixture
def trade_store(opened_trades: Opened) -> TradeStore:
    """Open a trade store."""
    return opened_trades()


def _opened(url: str) -> Iterator[Opened]:
    made: list[TradeStore] = []

    def opened() -> TradeStore:
        made.append(SqlTradeStore(url))
        return made[-1]

    yield opened
    for store in made:
        store.close()
