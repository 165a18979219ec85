"""The position monitor's eyes: what it is to look at, read from the state of the desk.

It is looked at whenever time passes or the account is read, where the venue is beyond a wire; what
begins and what ends is said.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import inf

from domain.decision.danger import maintenance_of
from domain.decision.oversight import Watch
from domain.decision.safety_facts import PositionFinding
from domain.decision.state import Turn
from domain.execution.protection import orphans
from domain.execution.trade import Trade, TradeState
from domain.monitoring.position_monitor import Watched, edges, first_seen, scan
from domain.risk.funding_rate import paid_per_8h
from domain.shared.amounts import ZERO


def look(turn: Turn) -> None:
    """Look at everything that is held, minded or ordered; say what began and what ended."""
    before, now = turn.oversight.watch, turn.at_ms
    held = {symbol: one.quantity for symbol, one in turn.book.positions.items()}
    traded = {s: trade.held * trade.plan.side.sign for s, trade in turn.trades.items()}
    lost = [turn.orders[name].symbol for name in orphans(turn.orders.values(), turn.trades)]
    watch = before._replace(
        uncovered=first_seen(before.uncovered, _uncovered(turn), now),
        orphaned=first_seen(before.orphaned, sorted(set(lost)), now),
        apart=first_seen(before.apart, _apart(held, traded), now),
    )
    symbols = sorted({*held, *(s for s, q in traded.items() if q), *lost})
    found = scan([_watched(turn, watch, s, lost.count(s)) for s in symbols], turn.policy, now)
    began, ended = edges(before.found, found)
    for is_over, findings in ((False, began), (True, ended)):
        for one in findings:
            turn.said.append(
                PositionFinding(
                    now, one.code.value, one.symbol, one.value, one.limit, one.text, is_over
                )
            )
    watch = watch._replace(found=found)
    if watch != before:
        turn.oversee(watch=watch)


def _uncovered(turn: Turn) -> list[str]:
    """Return the symbols of which something is held that no accepted stop covers."""
    covered = (TradeState.PROTECTED, TradeState.CLOSING)
    trades = turn.trades
    return [s for s in turn.book.positions if s not in trades or trades[s].state not in covered]


def _apart(held: Mapping[str, Decimal], traded: Mapping[str, Decimal]) -> list[str]:
    symbols = held.keys() | traded.keys()
    return sorted(s for s in symbols if held.get(s, ZERO) != traded.get(s, ZERO))


def _watched(turn: Turn, watch: Watch, symbol: str, lost: int) -> Watched:
    position, trade = turn.book.positions.get(symbol), turn.trades.get(symbol)
    leaving = trade is not None and trade.state is TradeState.CLOSING
    funding = turn.oversight.funding.get(symbol)
    instrument = turn.instruments.get(symbol)
    rate = None
    if funding is not None and position is not None and instrument is not None:
        hours = instrument.funding_interval_hours
        rate = paid_per_8h(position.side, funding.rate, hours)
    return Watched(
        symbol,
        ZERO if position is None else position.quantity,
        ZERO if trade is None else trade.held * trade.plan.side.sign,
        0 if trade is None else trade.opened_ms,
        watch.uncovered.get(symbol),
        watch.orphaned.get(symbol),
        lost,
        watch.apart.get(symbol),
        _stop_of(trade),
        _liquidation_of(turn, symbol),
        rate,
        None if funding is None else funding.until_ms,
        leaving,
    )


def _stop_of(trade: Trade | None) -> float:
    return 0.0 if trade is None else float(trade.plan.exits.stop)


def _liquidation_of(turn: Turn, symbol: str) -> float:
    """Return by which fraction the price of *symbol* alone may move until the margin is gone."""
    position, mark = turn.book.positions.get(symbol), turn.marks.get(symbol)
    if position is None or not mark:
        return inf
    needed = 0.0
    for each, quantity in turn.exposure.held:
        instrument, price = turn.instruments.get(each), turn.marks.get(each)
        if instrument is not None and price is not None:
            needed += maintenance_of(instrument, abs(quantity) * price)
    return max(0.0, turn.equity - needed) / (abs(float(position.quantity)) * mark)
