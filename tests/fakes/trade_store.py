"""A trade store in memory."""

from collections.abc import Mapping
from copy import copy

from application.errors import StoreUnavailable
from application.ports.trade_store import Change, OrderRow, PositionRow, TradeRow, TradeStore
from application.transitions import Standing, require_legal
from domain.execution.messages import OrderFilled
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO

OVER = (TradeState.CLOSED, TradeState.ABORTED)


class Shelf:
    """What is stored at one moment."""

    def __init__(self) -> None:
        self.sequence = 0
        self.trades: Mapping[str, TradeRow] = {}
        self.orders: Mapping[str, OrderRow] = {}
        self.fills: Mapping[tuple[str, str], OrderFilled] = {}
        self.positions: Mapping[str, PositionRow] = {}


class MemoryTradeStore:
    """Holds rows. `down = True` pulls the plug; `calls` counts the calls of `apply`."""

    def __init__(self) -> None:
        self.down = False
        self.calls = 0
        self.shelf = Shelf()

    def apply(self, changes: tuple[Change, ...]) -> None:
        self._require_power()
        self.calls += 1
        shelf = copy(self.shelf)
        for change in changes:
            if change.sequence > shelf.sequence:
                _apply(shelf, change)
        self.shelf = shelf

    def sequence(self) -> int:
        self._require_power()
        return self.shelf.sequence

    def open_trades(self) -> tuple[TradeRow, ...]:
        self._require_power()
        rows = (t for t in self.shelf.trades.values() if t.state not in OVER)
        return tuple(sorted(rows, key=lambda t: t.symbol))

    def trade(self, trade_id: str) -> TradeRow | None:
        self._require_power()
        return self.shelf.trades.get(trade_id)

    def trades(self, since_ms: int = 0, limit: int = 1000) -> tuple[TradeRow, ...]:
        self._require_power()
        rows = (t for t in self.shelf.trades.values() if t.decided_ms >= since_ms)
        newest = sorted(rows, key=lambda t: (t.decided_ms, t.trade_id), reverse=True)
        return tuple(newest[:limit])

    def orders_of(self, trade_id: str) -> tuple[OrderRow, ...]:
        self._require_power()
        return tuple(o for o in self.shelf.orders.values() if o.trade_id == trade_id)

    def fills_of(self, trade_id: str) -> tuple[OrderFilled, ...]:
        self._require_power()
        trade = self.shelf.trades.get(trade_id)
        if trade is None:
            return ()
        return tuple(f for f in self.shelf.fills.values() if self._is_of(f, trade))

    def positions(self) -> tuple[PositionRow, ...]:
        self._require_power()
        return tuple(self.shelf.positions[s] for s in sorted(self.shelf.positions))

    def close(self) -> None:
        self.down = True

    def _is_of(self, fill: OrderFilled, trade: TradeRow) -> bool:
        order = self.shelf.orders.get(fill.client_id)
        if order is not None:
            return order.trade_id == trade.trade_id
        begun = trade.opened_ms and trade.opened_ms <= fill.at_ms
        over = trade.closed_ms and fill.at_ms > trade.closed_ms
        return bool(fill.symbol == trade.symbol and begun and not over)

    def _require_power(self) -> None:
        if self.down:
            raise StoreUnavailable("the plug is pulled")


def _apply(shelf: Shelf, change: Change) -> None:
    for trade in change.trades:
        old = shelf.trades.get(trade.trade_id)
        require_legal(trade.trade_id, old and _of_trade(old), _of_trade(trade))
        shelf.trades = {**shelf.trades, trade.trade_id: trade}
    for order in change.orders:
        known = shelf.orders.get(order.client_id)
        require_legal(order.client_id, known and _of_order(known), _of_order(order))
        shelf.orders = {**shelf.orders, order.client_id: order}
    for fill in change.fills:
        key = fill.symbol, fill.venue_trade_id
        shelf.fills = {**shelf.fills, key: shelf.fills.get(key, fill)}
    held = {**shelf.positions, **{p.symbol: p for p in change.positions}}
    shelf.positions = {s: p for s, p in held.items() if p.quantity != ZERO}
    shelf.sequence = change.sequence


def _of_trade(trade: TradeRow) -> Standing:
    return Standing(trade.state, trade.bought, (trade.symbol, trade.side))


def _of_order(order: OrderRow) -> Standing:
    return Standing(order.state, order.filled, (order.trade_id, order.symbol, order.side))


_: type[TradeStore] = MemoryTradeStore
