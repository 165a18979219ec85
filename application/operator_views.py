"""What an operator sees of the desk, read from its state and from nothing else.

Money in USD, exact amounts as Decimal, measures as float; drawdowns and losses as fractions, never
negative; times in UTC ms.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.decision.danger import permission
from domain.decision.state import State
from domain.execution.trade import Trade


class PauseView(NamedTuple):
    """A hold on entries. `until_ms` 0: until unpaused."""

    owner: str
    reason: str
    since_ms: int
    until_ms: int


class StatusView(NamedTuple):
    """The desk at a glance. `ess_mode` is the mode of the emergency stop."""

    at_ms: int
    run: str
    run_mode: str
    ess_mode: str
    ess_causes: tuple[str, ...]
    ess_latched: tuple[str, ...]
    ess_since_ms: int
    ess_epoch: int
    equity: float
    wallet: Decimal
    peak: float
    drawdown: float
    daily_loss: float
    positions: int
    orders: int
    health: str
    permission: str
    policy_version: int
    entries_allowed: bool
    pause: PauseView | None


class PositionView(NamedTuple):
    """A position. `quantity` is signed. `stop` None: no stop rests at the venue for it."""

    symbol: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    mark: float
    notional: float
    unrealised: float
    stop: Decimal | None
    stop_distance: float | None
    trade_id: str | None
    trade_state: str | None
    opened_ms: int | None


class PolicyRewritten(NamedTuple):
    """What became of a wish for another policy: the latest version, and what differs in it.

    It governs from the desk's next look at the store on, within all other limits.
    """

    version: int
    is_new: bool
    changes: tuple[str, ...]


class OrderView(NamedTuple):
    """A live order of the desk. `quantity` None: it closes whatever there is."""

    client_id: str
    trade_id: str
    symbol: str
    side: str
    kind: str
    leg: str
    state: str
    quantity: Decimal | None
    filled: Decimal
    price: Decimal | None
    sent_ms: int


def status(state: State, run: str) -> StatusView:
    """Return the desk of *run* at a glance."""
    stop, watch, pause = state.stop, state.watch, state.oversight.governance.pause
    return StatusView(
        state.at_ms,
        run,
        state.mode.value,
        stop.mode.name,
        tuple(stop.causes),
        tuple(stop.latched),
        stop.since_ms,
        stop.epoch,
        state.equity,
        state.book.wallet,
        watch.peak,
        watch.drawdown,
        watch.daily_loss,
        len(state.book.positions),
        len(state.orders),
        state.oversight.health.name,
        permission(state).name,
        state.policy.version,
        state.policy.allow_new_trades,
        PauseView(*pause) if pause is not None else None,
    )


def positions(state: State) -> tuple[PositionView, ...]:
    """Return what is held, by symbol."""
    return tuple(_position(state, symbol) for symbol in sorted(state.book.positions))


def _position(state: State, symbol: str) -> PositionView:
    held, trade = state.book.positions[symbol], state.trades.get(symbol)
    mark = state.marks.get(symbol) or float(held.entry_price)
    quantity = float(held.quantity)
    stop = trade.stop if trade is not None and trade.stop_id is not None else None
    return PositionView(
        symbol,
        "LONG" if quantity > 0 else "SHORT",
        held.quantity,
        held.entry_price,
        mark,
        abs(quantity) * mark,
        quantity * mark - float(held.cost),
        stop,
        abs(mark - float(stop)) / mark if stop is not None and mark else None,
        *_of_trade(trade),
    )


def _of_trade(trade: Trade | None) -> tuple[str | None, str | None, int | None]:
    if trade is None:
        return None, None, None
    return trade.plan.trade_id, trade.state.value, trade.opened_ms


def orders(state: State) -> tuple[OrderView, ...]:
    """Return the live orders, oldest first."""
    return tuple(
        OrderView(
            order.client_id,
            order.trade_id,
            order.symbol,
            order.side.value,
            order.kind.value,
            order.leg.name,
            order.state.value,
            order.quantity,
            order.filled,
            order.price,
            order.sent_ms,
        )
        for order in sorted(state.orders.values(), key=lambda one: one.sent_ms)
    )
