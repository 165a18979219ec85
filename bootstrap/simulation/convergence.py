"""Whether all is well in the end: what the desk knows is what the venue has, and all is guarded.

I4   the book is the venue's
I10  every position has a stop of ours at the venue, or a close on its way
I11  where nothing is held nothing of ours rests
I30  no order is in doubt, desk and venue agree, what was to be left is being left, and an emergency
     has closed everything
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bootstrap.simulation.protection import guards, is_idle
from bootstrap.simulation.stage import Stage
from domain.decision.state import State
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.identity import Leg, own_id


def faults_left(world: Stage) -> list[tuple[str, str]]:
    """Return what is not well: invariant and text."""
    life = world.house.life
    if life is None or life.engine is None:
        return [("I30", "no process is alive")]
    state = life.engine.state
    world.shore.play()
    account = world.shore.venue.account(world.agenda.now_ms())
    held = dict(account.positions)
    booked = {symbol: one.quantity for symbol, one in state.book.positions.items()}
    left = []
    if booked != held:
        left.append(("I4", f"the book says {booked}, the venue {held}"))
    known = state.oversight.reconciliation
    if known.doubts:
        left.append(("I30", f"in doubt: {dict(known.doubts)}"))
    unknown = [o.client_id for o in state.orders.values() if o.state is OrderState.UNKNOWN]
    if unknown:
        left.append(("I30", f"unknown: {unknown}"))
    if not known.stream_up or known.synced_ms is None:
        left.append(("I30", f"not in step with the venue: up {known.stream_up}"))
    left += _unguarded(world, state, held, account.orders)
    leaving = {order.symbol for order in state.orders.values() if order.leg is Leg.EXIT}
    stuck = [
        s
        for s, trade in state.trades.items()
        if trade.state is TradeState.CLOSING and s in held and s not in leaving
    ]
    if stuck:
        left.append(("I30", f"{stuck} were to be left, and nobody does"))
    if state.stop.mode is EMERGENCY and held:
        left.append(("I30", f"in an emergency {held} is held"))
    return left


def _unguarded(
    world: Stage,
    state: State,
    held: Mapping[str, Decimal],
    orders: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield what is held without a stop, and what rests where nothing is held."""
    resting: dict[str, list[str]] = {}
    for name, symbol in orders:
        named = own_id(name)
        if named is not None and named.epoch <= world.house.terms.fencing:
            resting.setdefault(symbol, []).append(name)
    for symbol, quantity in held.items():
        if not any(guards(world, name) for name in resting.get(symbol, ())):
            yield "I10", f"{symbol}: {quantity} without a stop"
    for symbol, names in resting.items():
        idle = [name for name in names if symbol not in held and is_idle(world, state, name)]
        if idle:
            yield "I11", f"{symbol} is flat, and {idle} rest"
