"""The venue's state as plain JSON and back. Decimals travel as text, unknown floats as null.

Bands of `bounds` are not kept: they are measured anew, which changes no report.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isnan, nan
from typing import Any, Final

from adapters.exchange.simulated.account import position_of
from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.orders import Cancel, Order
from domain.execution.messages import OrderKind
from domain.market.bars import Bar, FundingRate
from domain.shared.enums import Side
from domain.shared.errors import InvariantBroken

VERSION: Final = 1
_SUMS: Final = ("wallet", "deposits", "realised", "fees", "funding")
_WALK: Final = ("row", "time", "price", "lean", "low_first")


def taken_of(floor: Floor) -> dict[str, object]:
    """Return the state of *floor* as plain JSON."""
    queued = {item.number for item in floor.queue if isinstance(item, Order)}
    fresh = {order.number for order in floor.fresh}
    return {
        "version": VERSION,
        "account": {name: str(getattr(floor.account, name)) for name in _SUMS},
        "positions": {
            symbol: [str(one.quantity), str(one.cost)]
            for symbol, one in floor.account.positions.items()
        },
        "markets": {
            symbol: [None if isnan(one.mark) else one.mark, one.leverage, one.trades]
            for symbol, one in floor.markets.items()
        },
        "orders": [
            _plain(one) | {"queued": one.number in queued, "fresh": one.number in fresh}
            for one in floor.orders.values()
        ],
        "cancels": [list(item) for item in floor.queue if isinstance(item, Cancel)],
        "finished": list(floor.finished),
        "number": floor.number,
        "liquidations": floor.liquidations,
        "interval": _interval(floor) if floor.playing else None,
    }


def put_back(floor: Floor, snapshot: Mapping[str, Any]) -> None:
    """Bring the new *floor* into the state of *snapshot*."""
    if snapshot.get("version") != VERSION or not floor.markets.keys() >= snapshot["markets"].keys():
        raise InvariantBroken("not a snapshot of this venue: other version, or unknown symbols")
    account = floor.account
    for name in _SUMS:
        setattr(account, name, Decimal(snapshot["account"][name]))
    for symbol, (quantity, cost) in snapshot["positions"].items():
        account.positions[symbol] = position_of(Decimal(quantity), Decimal(cost))
    for symbol, (mark, leverage, trades) in snapshot["markets"].items():
        market = floor.markets[symbol]
        market.mark = nan if mark is None else mark
        market.leverage, market.trades = leverage, trades
    floor.finished.extend(snapshot["finished"])
    floor.finished_ids.update(snapshot["finished"])
    floor.number = snapshot["number"]
    floor.liquidations = snapshot["liquidations"]
    for plain in snapshot["orders"]:
        _put_order(floor, plain)
    for due_ms, number, name, symbol in snapshot["cancels"]:
        floor.enqueue(Cancel(due_ms, number, name, symbol))
    if snapshot["interval"] is not None:
        _resume(floor, snapshot["interval"])


def _put_order(floor: Floor, plain: Mapping[str, Any]) -> None:
    order = _order(plain)
    floor.orders[order.client_id] = order
    if not order.is_exit:
        floor.entries[order.client_id] = order
    if plain["queued"]:
        floor.enqueue(order)
    else:
        floor.rest(order)
    if plain["fresh"]:
        floor.fresh.append(order)


def _interval(floor: Floor) -> dict[str, object]:
    return {
        "start": floor.start,
        "now": floor.now,
        "end": floor.end,
        "bars": _rows(floor.bars.values()),
        "finer": {symbol: _rows(bars) for symbol, bars in floor.finer.items()},
        "funding": [[due.symbol, due.at_ms, float(due.rate)] for due in floor.funding],
        "walks": {
            symbol: [getattr(walk, name) for name in _WALK] for symbol, walk in floor.walks.items()
        },
    }


def _resume(floor: Floor, plain: Mapping[str, Any]) -> None:
    floor.start, floor.now, floor.end = plain["start"], plain["now"], plain["end"]
    floor.bars = {row[0]: Bar(*row) for row in plain["bars"]}
    floor.finer = {symbol: [Bar(*row) for row in rows] for symbol, rows in plain["finer"].items()}
    floor.funding = [FundingRate(*row) for row in plain["funding"]]
    for symbol, values in plain["walks"].items():
        walk = floor.walk_from_start(symbol)
        for name, value in zip(_WALK, values, strict=True):
            setattr(walk, name, value)
        walk.bar = walk.bars[max(0, walk.row)]
        floor.walks[symbol] = walk
    floor.playing = True


def _rows(bars: Iterable[Bar]) -> list[list[object]]:
    return [
        [bar.symbol, int(bar.open_ms), int(bar.close_ms), *(float(number) for number in bar[3:])]
        for bar in bars
    ]


def _plain(order: Order) -> dict[str, object]:
    return {
        "client_id": order.client_id,
        "symbol": order.symbol,
        "side": str(order.side),
        "kind": str(order.kind),
        "is_exit": order.is_exit,
        "leaves": _text(order.leaves),
        "price": _text(order.price),
        "trigger": _text(order.trigger),
        "collar": _text(order.collar),
        "leverage": order.leverage,
        "due_ms": order.due_ms,
        "number": order.number,
        "level": None if isnan(order.level) else order.level,
        "rises": order.rises,
        "rank": order.rank,
        "bar_ms": order.bar_ms,
        "triggered": order.triggered,
    }


def _order(plain: Mapping[str, Any]) -> Order:
    exact: dict[str, Any] = {
        name: _decimal(plain[name]) for name in ("leaves", "price", "trigger", "collar")
    }
    same = {
        name: plain[name]
        for name in (
            "client_id", "symbol", "is_exit", "leverage", "due_ms", "number", "rises", "rank",
            "bar_ms", "triggered",
        )
    }  # fmt: skip
    return Order(
        side=Side(plain["side"]),
        kind=OrderKind(plain["kind"]),
        level=nan if plain["level"] is None else plain["level"],
        **exact,
        **same,
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
