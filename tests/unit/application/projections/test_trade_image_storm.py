"""Whatever happens, the trade state store is the image of the desk: closes, fills and positions."""

import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from application.ports.trade_store import TradeRow
from application.projections.trade_rows import order_row, trade_row
from domain.decision.facts import TradeAborted, TradeClosed
from domain.decision.messages import OperatorFlattened
from domain.execution.messages import (
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
)
from domain.execution.order import TERMINAL, Order
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.imaged import CountingStore, ImagedRig

pytestmark = pytest.mark.unit

STEPS = 250
SYMBOLS = (BTC, ETH)
EAGER = a_policy(
    cooldown_minutes=0,
    symbol_exposure_max=D(1),
    losses_in_row_max=100_000,
    suspend_losses=100_000,
    stop_outs_max=1_000_000,
)


class Weather:
    """Lets anything happen to a desk that a market, voters, a venue and an operator can do."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.rig = ImagedRig(EAGER)
        self._does: tuple[Callable[[], object], ...] = (
            self._wish, self._wish, self._move, self._accept, self._accept, self._fill, self._fill,
            self._fill, self._end, self._again, self._stray, self._fund, self._flatten, self._flush,
        )  # fmt: skip

    def blows(self) -> ImagedRig:
        """Return the desk after it."""
        for _ in range(STEPS):
            self.dice.choice(self._does)()
        self.rig.store.down = False
        self.rig.image.settle()
        return self.rig

    def _price(self) -> str:
        return str(self.dice.randrange(9_700, 10_300) / 100)

    def _order(self) -> Order | None:
        live = tuple(self.rig.state.orders.values())
        return self.dice.choice(live) if live else None

    def _wish(self) -> None:
        action = self.dice.choice((Action.BUY, Action.SELL, Action.FLAT))
        self.rig.wants(a_candidate(action, self.dice.choice(SYMBOLS), self._price()))

    def _move(self) -> None:
        self.rig.advances(self.dice.choice((0, 1, 30)), {s: float(self._price()) for s in SYMBOLS})

    def _accept(self) -> None:
        if order := self._order():
            self.rig.hears(OrderAccepted(self.rig.now, order.client_id, order.symbol))

    def _fill(self) -> None:
        order = self._order()
        if order is None:
            return
        trade = self.rig.state.trades.get(order.symbol)
        whole = order.quantity or (trade.held if trade else ZERO)
        left = whole - order.filled
        if order.leg is not Leg.ENTRY:  # a venue never fills what only reduces beyond a position
            position = self.rig.state.book.positions.get(order.symbol)
            held = ZERO if position is None else -position.quantity * order.side.sign
            left = min(left, held)
        if left <= ZERO:
            return
        part = left if self.dice.random() < 0.6 else (left / 2).quantize(D("0.001"))
        if part > ZERO:
            self.rig.hears(self.rig.fill_of(order, self._price(), str(part), str(left - part)))

    def _end(self) -> None:
        if order := self._order():
            reason = self.dice.choice(("requested", "requested", "expired"))
            name, symbol = order.client_id, order.symbol
            end = OrderCanceled(self.rig.now, name, symbol, reason)
            if self.dice.random() < 0.3 and order.filled == ZERO:
                self.rig.hears(OrderRejected(self.rig.now, name, symbol, "-2019"))
            else:
                self.rig.hears(end)

    def _again(self) -> None:
        late = [heard for heard in self.rig.heard[-20:] if isinstance(heard, OrderFilled)]
        if late:
            self.rig.hears(self.dice.choice(late))

    def _stray(self) -> None:
        if self.dice.random() < 0.2:
            side, symbol = self.dice.choice((Side.BUY, Side.SELL)), self.dice.choice(SYMBOLS)
            name = self.dice.choice(("foreign", "autoclose-1"))
            self.rig.hears(self.rig.stray_fill(side, "0.25", self._price(), symbol, name))

    def _fund(self) -> None:
        symbol = self.dice.choice(SYMBOLS)
        self.rig.hears(FundingSettled(self.rig.now, symbol, D("0.0001"), D("0.0123")))

    def _flatten(self) -> None:
        if self.dice.random() < 0.2:
            self.rig.hears(OperatorFlattened(self.rig.now, BTC, "someone", "to see"))

    def _flush(self) -> None:
        self.rig.store.down = self.dice.random() < 0.3
        self.rig.image.flush()


def all_trades(store: CountingStore) -> tuple[TradeRow, ...]:
    return store.trades(limit=10**9)


@pytest.mark.parametrize("seed", range(40))
def test_the_store_is_the_image_of_the_desk(seed: int) -> None:
    rig = Weather(seed).blows()
    store, state = rig.store, rig.state
    rig.image.require_same()
    assert {t.trade_id: t for t in store.open_trades()} == {
        t.plan.trade_id: trade_row(t, None) for t in state.trades.values()
    }
    orders = store.shelf.orders
    live = {name: row for name, row in orders.items() if row.state not in TERMINAL}
    assert live == {name: order_row(order, None) for name, order in state.orders.items()}


@pytest.mark.parametrize("seed", range(40))
def test_a_close_that_was_said_is_a_close_that_is_stored(seed: int) -> None:
    """Closes are counted from the rows, never beside them; none is missed, none doubled."""
    rig = Weather(seed).blows()
    said = [fact for fact in rig.facts if isinstance(fact, TradeClosed)]
    aborted = [fact for fact in rig.facts if isinstance(fact, TradeAborted)]
    rows = all_trades(rig.store)
    closed = {row.trade_id: row for row in rows if row.state is TradeState.CLOSED}
    assert len(closed) == len(said)
    assert {row.trade_id for row in rows if row.state is TradeState.ABORTED} == {
        fact.trade_id for fact in aborted
    }
    for fact in said:
        row = closed[fact.trade_id]
        assert row.realised - row.fees - row.funding == fact.net_pnl
        assert row.quantity == ZERO


@pytest.mark.parametrize("seed", range(40))
def test_a_position_is_the_sum_of_its_fills(seed: int) -> None:
    rig = Weather(seed).blows()
    fills = rig.store.shelf.fills.values()
    held = {row.symbol: row.quantity for row in rig.store.positions()}
    for symbol in SYMBOLS:
        total = sum((f.side.sign * f.quantity for f in fills if f.symbol == symbol), Decimal(0))
        assert total == held.get(symbol, ZERO)


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_the_store_is_the_same_however_often_it_was_told(seed: int) -> None:
    """A store filled from the journal at one go holds what one filled bit by bit holds."""
    rig = Weather(seed).blows()
    rig.store = CountingStore()
    afresh = rig.resumed()
    afresh.image.settle()
    other = Weather(seed).blows()
    assert set(afresh.store.shelf.trades.values()) == set(other.store.shelf.trades.values())
    assert afresh.store.shelf.orders == other.store.shelf.orders
    assert afresh.store.shelf.fills == other.store.shelf.fills
    assert afresh.store.shelf.positions == other.store.shelf.positions


def test_the_storms_are_worth_it() -> None:
    rigs = [Weather(seed).blows() for seed in range(40)]
    said = [fact for rig in rigs for fact in rig.facts]
    assert sum(isinstance(fact, TradeClosed) for fact in said) > 200
    assert sum(isinstance(fact, TradeAborted) for fact in said) > 50
    assert sum(len(rig.told_of) for rig in rigs) > 40
