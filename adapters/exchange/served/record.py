"""What the served venue remembers beside its ledger: who sent what, and who was unprotected.

Whoever judges a desk from outside reads this, not what the desk says of itself. The file, where
one is asked for, has a JSON object a line, in the order in which things happened at the venue.
"""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from adapters.exchange.served.protocol import Resting, plain
from domain.execution.messages import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    PlaceEntry,
    PlaceExit,
    Report,
)
from domain.shared.amounts import ZERO
from domain.shared.enums import Side

Placed = PlaceEntry | PlaceExit
_COUNTED_MAX: Final = 1_000_000


class Record:
    """Fed with every command that reaches the venue and every report of it."""

    def __init__(self, now_ms: Callable[[], int], file: Path | None = None) -> None:
        """Append to *file* where one is given. Raises `OSError`."""
        self._now_ms = now_ms
        self._file = None if file is None else file.open("a", encoding="utf-8", buffering=1)
        self._offered: Placed | None = None
        self._live: dict[str, Placed] = {}
        self._leaves: dict[str, Decimal | None] = {}
        self._held: dict[str, Decimal] = {}
        self._accepted: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._bare_since_ms: dict[str, int] = {}
        self._bare_longest_ms: dict[str, int] = {}
        self._fills = 0

    def offered(self, command: Placed) -> None:
        """Hear of *command* before the venue does."""
        self._offered = command

    def refused(self, client_id: str, symbol: str, code: str) -> None:
        """Hear that the venue turned something down."""
        self._refused[code] += 1
        self._write("refused", client_id, symbol, code=code)

    def heard(self, report: Report) -> None:
        """Hear what the venue reports."""
        match report:
            case OrderAccepted():
                self._accept(report)
            case OrderFilled():
                self._fill(report)
            case OrderCanceled():
                self._end(report.client_id)
                self._write("canceled", report.client_id, report.symbol, reason=report.reason)
            case _:
                return
        self._watch(report.symbol)

    def resting(self, client_id: str) -> Resting | None:
        """Return the live order *client_id* in full."""
        order = self._live.get(client_id)
        if order is None:
            return None
        leaves = self._leaves[client_id]
        return Resting(
            client_id,
            order.symbol,
            order.side,
            order.kind,
            isinstance(order, PlaceExit),
            None if leaves is None else plain(leaves),
        )

    def summary(self) -> dict[str, object]:
        """Return the counts, what is held, and since when, in UTC ms, it has had no stop."""
        return {
            "at_ms": self._now_ms(),
            "accepted": dict(self._accepted),
            "duplicates": sorted(name for name, count in self._accepted.items() if count > 1),
            "refused": dict(self._refused),
            "fills": self._fills,
            "positions": {symbol: plain(amount) for symbol, amount in self._held.items()},
            "orders": sorted(self._live),
            "unprotected_since_ms": dict(self._bare_since_ms),
            "unprotected_longest_ms": self._longest(),
        }

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _accept(self, report: OrderAccepted) -> None:
        order = self._offered
        if order is None or order.client_id != report.client_id:
            return
        self._live[order.client_id] = order
        self._leaves[order.client_id] = order.quantity
        if len(self._accepted) < _COUNTED_MAX:
            self._accepted[order.client_id] += 1
        self._write(
            "accepted",
            order.client_id,
            order.symbol,
            side=order.side,
            kind=order.kind,
            quantity=None if order.quantity is None else plain(order.quantity),
            reduce_only=isinstance(order, PlaceExit),
        )

    def _fill(self, fill: OrderFilled) -> None:
        self._fills += 1
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        held = self._held.get(fill.symbol, ZERO) + signed
        if held:
            self._held[fill.symbol] = held
        else:
            self._held.pop(fill.symbol, None)
        if fill.leaves:
            if self._leaves.get(fill.client_id) is not None:
                self._leaves[fill.client_id] = fill.leaves
        else:
            self._end(fill.client_id)
        self._write(
            "filled",
            fill.client_id,
            fill.symbol,
            side=fill.side,
            quantity=plain(fill.quantity),
            price=plain(fill.price),
            trade_id=fill.venue_trade_id,
            held=plain(held),
        )

    def _end(self, client_id: str) -> None:
        self._live.pop(client_id, None)
        self._leaves.pop(client_id, None)

    def _watch(self, symbol: str) -> None:
        """Note whether the position of *symbol* is covered by live stops, now."""
        held = self._held.get(symbol, ZERO)
        if held and not self._covered(symbol, held):
            self._bare_since_ms.setdefault(symbol, self._now_ms())
            return
        since = self._bare_since_ms.pop(symbol, None)
        if since is not None:
            longest = max(self._bare_longest_ms.get(symbol, 0), self._now_ms() - since)
            self._bare_longest_ms[symbol] = longest

    def _covered(self, symbol: str, held: Decimal) -> bool:
        guards = Side.SELL if held > ZERO else Side.BUY
        covered = ZERO
        for name, order in self._live.items():
            is_stop = isinstance(order, PlaceExit) and order.kind is OrderKind.STOP_MARKET
            if is_stop and order.symbol == symbol and order.side is guards:
                leaves = self._leaves[name]
                covered += abs(held) if leaves is None else leaves
        return covered >= abs(held)

    def _longest(self) -> dict[str, int]:
        """Return the longest time without a stop by symbol, that which still lasts included."""
        now, found = self._now_ms(), dict(self._bare_longest_ms)
        for symbol, since in self._bare_since_ms.items():
            found[symbol] = max(found.get(symbol, 0), now - since)
        return found

    def _write(self, what: str, client_id: str, symbol: str, **more: object) -> None:
        if self._file is not None:
            line = {"at_ms": self._now_ms(), "what": what, "client_id": client_id}
            self._file.write(json.dumps({**line, "symbol": symbol, **more}) + "\n")
