"""The image of a desk in a real store: what a storm leaves is what a store in memory would hold."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from adapters.persistence.trade_store import SqlTradeStore
from application.ports.trade_store import TradeStore
from application.projections.trade_image import TradeImage
from domain.decision.messages import Heard
from domain.decision.state import initial
from domain.decision.step import step
from domain.shared.enums import RunMode
from tests.databases import postgres_url, sqlite_url
from tests.unit.application.projections.test_trade_image_storm import EAGER, Weather

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        with postgres_url() as there:
            yield there


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_store_that_is_reopened_again_and_again_holds_the_whole_storm(
    url: str, seed: int
) -> None:
    """The daemon dies without a word every 60 events, and hears all from the first again."""
    rig = Weather(seed).blows()
    for last in (*range(60, len(rig.heard), 60), len(rig.heard)):
        store = SqlTradeStore(url)
        image = heard_again(rig.heard[:last], store)
        if last == len(rig.heard):
            image.settle()
            image.require_same()
            assert seen(store) == seen(rig.store)
        store.close()


def heard_again(events: Sequence[Heard], store: TradeStore) -> TradeImage:
    """Return the image that hears *events* and writes now and then."""
    state, sequence, told = [initial(RunMode.BACKTEST, EAGER)], [0], list[str | None]()
    image = TradeImage(store, lambda: state[0], lambda: sequence[0], told.append)
    for event in events:
        state[0], said, _ = step(state[0], event)
        sequence[0] += 1
        image(event, said)
        if sequence[0] % 7 == 0:
            image.flush()
    assert not told
    return image


def seen(store: TradeStore) -> object:
    """Return all that *store* tells."""
    trades = store.trades()
    names = [row.trade_id for row in trades]
    orders, fills = map(store.orders_of, names), map(store.fills_of, names)
    return trades, store.positions(), [*orders], [*fills]
