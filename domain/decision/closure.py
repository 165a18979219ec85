"""The goal of an activation: close everything, ask again when refused, believe only the venue.

Rule 1: an activation ends with the venue's own word, read after the last fill: nothing of ours is
open and nothing rests. Until then the mode stays EMERGENCY, and every refusal is answered by the
same wish again, after a pause that doubles up to a bound.
Rule 2: what the venue holds counts, not the book: a position that only the venue knows is closed.
Rule 3: stops stay until the position is gone; leftovers are canceled only then.
"""

from decimal import Decimal

from domain.decision.messages import Page, Severity
from domain.decision.orders import close_held
from domain.decision.oversight import RETRY_MS_FIRST, RETRY_MS_LAST, Closure
from domain.decision.safety_facts import AccountDiffers, FlatProved
from domain.decision.state import State, Turn
from domain.execution.messages import AccountRead, CancelOrder, ReadAccount
from domain.execution.trade import TradeState
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg

PAGE_AFTER_MS = (5_000, 30_000)
_READ_AGAIN_MS = 5_000


def begin(turn: Turn) -> None:
    """Set the goal, or set it anew: whatever was proved before says nothing of now."""
    turn.oversee(closure=Closure(turn.stop.epoch, turn.at_ms, turn.at_ms))


def doubt(turn: Turn) -> None:
    """Set the goal anew after a fill: a proof from before it proves nothing."""
    goal = turn.oversight.closure
    if goal is not None and goal.proved_ms is not None:
        begin(turn)


def pursue(turn: Turn) -> None:
    """Go on with the goal, if there is one: read the account once nothing is left to wait for."""
    goal = turn.oversight.closure
    if goal is None or goal.proved_ms is not None:
        return
    now = turn.at_ms
    calls = sum(1 for after_ms in PAGE_AFTER_MS if now - goal.begun_ms >= after_ms)
    if calls > goal.paged:
        _page(turn, goal)
        goal = goal._replace(paged=calls)
    open_still = turn.book.positions or any(
        order.leg in (Leg.ENTRY, Leg.EXIT) for order in turn.orders.values()
    )
    # A report may have been lost: in time the account is read whatever the desk waits for.
    due = now >= goal.read_ms + (_READ_AGAIN_MS if open_still else 0)
    if due:
        pause = min(RETRY_MS_FIRST << min(goal.reads, 10), RETRY_MS_LAST)
        goal = goal._replace(read_ms=now + pause, reads=goal.reads + 1)
        since_ms = turn.oversight.reconciliation.since_ms
        turn.asked.append(ReadAccount(now, max(1, since_ms) if is_remote(turn) else 0))
    turn.oversee(closure=goal)


def _page(turn: Turn, goal: Closure) -> None:
    late_s = (turn.at_ms - goal.begun_ms) // 1000
    left = ", ".join(sorted(turn.book.positions)) or "nothing that the book knows of"
    text = f"emergency: after {late_s} s the venue has not confirmed that all is closed: {left}"
    turn.asked.append(Page(turn.at_ms, Severity.CRITICAL, text))


def read(turn: Turn, heard: AccountRead) -> None:
    """Hold the book against what the venue says, and an activation against its goal."""
    _compare(turn, heard)
    goal = turn.oversight.closure
    if goal is None or goal.proved_ms is not None:
        return
    if is_remote(turn) and heard.asked_ms < turn.oversight.reconciliation.filled_ms:
        return  # asked before the last fill: what it says has passed
    for symbol, quantity in heard.positions:
        if symbol not in turn.book.positions:
            close_held(turn, symbol, quantity)
    if heard.positions or turn.book.positions or _may_still_fill(turn):
        return
    if heard.orders:
        for name, symbol in heard.orders:
            turn.asked.append(CancelOrder(name, symbol, of_entry=False))
        return
    _prove(turn, goal)


def _may_still_fill(turn: Turn) -> bool:
    """Tell whether an entry may be on its way, so that the venue does not know of it yet."""
    # Beyond a wire an entry is over when there is evidence of it, however long that takes.
    late_ms = -1 if is_remote(turn) else turn.at_ms - turn.policy.entry_ttl_ms
    orders = turn.orders.values()
    return any(order.leg is Leg.ENTRY and order.sent_ms > late_ms for order in orders)


def is_remote(state: State | Turn) -> bool:
    """Tell whether what the venue does can be lost on its way here."""
    return state.oversight.reconciliation.remote


def _prove(turn: Turn, goal: Closure) -> None:
    now = turn.at_ms
    turn.oversee(closure=goal._replace(proved_ms=now), refused={})
    turn.said.append(FlatProved(now, goal.epoch, now - goal.begun_ms, goal.closes, goal.refusals))


def _compare(turn: Turn, heard: AccountRead) -> None:
    """Note since when venue and book differ; say so once, where it begins."""
    held = dict(heard.positions)
    symbols = sorted({*held, *turn.book.positions})
    differing = [s for s in symbols if held.get(s, ZERO) != _booked(turn, s)]
    if not differing:
        if turn.oversight.differs_ms is not None:
            turn.oversee(differs_ms=None)
        return
    if turn.oversight.differs_ms is None:
        turn.oversee(differs_ms=turn.at_ms)
        for symbol in differing:
            booked = _booked(turn, symbol)
            turn.said.append(AccountDiffers(turn.at_ms, symbol, booked, held.get(symbol, ZERO)))


def _booked(turn: Turn, symbol: str) -> Decimal:
    position = turn.book.positions.get(symbol)
    return ZERO if position is None else position.quantity


def next_tick(state: State) -> int | None:
    """Return when *state* wants a tick between bars: to close again, to read, to page; or None."""
    oversight = state.oversight
    times = [
        refusal.retry_ms
        for symbol, refusal in oversight.refused.items()
        if _wants_out(state, symbol) and not _is_leaving(state, symbol)
    ]
    goal = oversight.closure
    if goal is not None and goal.proved_ms is None:
        waiting = state.book.positions or any(
            order.leg in (Leg.ENTRY, Leg.EXIT) for order in state.orders.values()
        )
        if not waiting:  # while fills are due they will wake the desk, or the next price does
            times.append(goal.read_ms)
        elif is_remote(state):  # unless they are lost
            times.append(goal.read_ms + _READ_AGAIN_MS)
        if goal.paged < len(PAGE_AFTER_MS):
            times.append(goal.begun_ms + PAGE_AFTER_MS[goal.paged])
    return max(min(times), state.at_ms) if times else None


def _wants_out(state: State, symbol: str) -> bool:
    if symbol not in state.book.positions:
        return False
    trade = state.trades.get(symbol)
    closing = trade is None or trade.state is TradeState.CLOSING
    return closing or state.stop.mode is EMERGENCY


def _is_leaving(state: State, symbol: str) -> bool:
    return any(o.symbol == symbol and o.leg is Leg.EXIT for o in state.orders.values())
