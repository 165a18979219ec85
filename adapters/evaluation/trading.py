"""What entries would have earned: the same exits for everybody, after all costs.

Rule 1: a signal at the close of bar t enters at the open of bar t + 1.
Rule 2: it leaves at a barrier `barrier_atr` ATRs away (as known at t), or at the close `horizon`
        bars later. A bar that touches both barriers, or opens beyond one, is taken at the worse.
Rule 3: both ends pay `cost_side` of the notional; funding settled while held is paid or earned.
Rule 4: one position a symbol at a time, each of one constant notional, not compounded.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Terms(NamedTuple):
    """How trades end and what they cost. `cost_side` is a fraction of the notional an end."""

    horizon: int
    barrier_atr: float
    cost_side: float


class Lane(NamedTuple):
    """One symbol's bars as arrays; `atr` in the unit of prices.

    `funding` is the rate settled in each bar (a fraction, longs pay), 0 where none was; `first` is
    the first row one may enter from.
    """

    symbol: str
    open_time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    atr: Floats
    funding: Floats
    first: int


class Trade(NamedTuple):
    """One trade by rows of its lane. `net` is a fraction of the notional, after all costs."""

    signal: int
    entry: int
    exit: int
    side: int
    exit_price: float
    net: float


def trades_of(lane: Lane, sides: NDArray[np.int8], terms: Terms) -> list[Trade]:
    """Return the trades that the wishes *sides* (+1, -1, 0 a bar) lead to."""
    wishes = np.flatnonzero(sides)
    wishes = wishes[(wishes >= lane.first) & np.isfinite(lane.atr[wishes])]
    trades, place = [], 0
    while place < len(wishes):
        row = int(wishes[place])
        if row + 1 >= len(lane.close):
            break
        trade = _trade(lane, row, int(sides[row]), terms)
        trades.append(trade)
        # The signal of the very bar it ends in may open the next one.
        place = int(np.searchsorted(wishes, max(trade.exit, row + 1)))
    return trades


def _trade(lane: Lane, row: int, side: int, terms: Terms) -> Trade:
    entry = row + 1
    last = min(entry + terms.horizon - 1, len(lane.close) - 1)
    price = float(lane.open[entry])
    width = terms.barrier_atr * float(lane.atr[row])
    good, bad = price + side * width, price - side * width
    bars = slice(entry, last + 1)
    best, worst = (lane.high, lane.low) if side > 0 else (lane.low, lane.high)
    lost = side * worst[bars] <= side * bad
    hit = lost | (side * best[bars] >= side * good)
    if hit.any():
        ahead = int(hit.argmax())
        end, out = entry + ahead, bad if lost[ahead] else good
        if lost[ahead] and ahead:
            # A gap through the stop fills at the open.
            out = side * min(side * bad, side * float(lane.open[end]))
    else:
        end, out = last, float(lane.close[last])
    gross = side * (out / price - 1)
    paid = side * float(lane.funding[entry : end + 1].sum())
    return Trade(row, entry, end, side, out, gross - 2 * terms.cost_side - paid)


def bar_returns(lane: Lane, trades: list[Trade], terms: Terms) -> Floats:
    """Return what each bar earned, marked to market: the sum over a trade's bars is its net."""
    earned = np.zeros(len(lane.close))
    for trade in trades:
        rows = slice(trade.entry, trade.exit + 1)
        marks = np.concatenate([[lane.open[trade.entry]], lane.close[rows]])
        marks[-1] = trade.exit_price
        earned[rows] += trade.side * np.diff(marks) / marks[0]
        earned[rows] -= trade.side * lane.funding[rows]
        earned[trade.entry] -= terms.cost_side
        earned[trade.exit] -= terms.cost_side
    return earned


def held_returns(lane: Lane, terms: Terms) -> Floats:
    """Return what each bar earned who bought at the first and held, one constant notional."""
    earned = np.zeros(len(lane.close))
    start = lane.first + 1
    if start >= len(lane.close):
        return earned
    earned[start + 1 :] = np.diff(lane.close[start:]) / lane.close[start:-1]
    earned[start] = lane.close[start] / lane.open[start] - 1
    earned[start:] -= lane.funding[start:]
    earned[start] -= terms.cost_side
    earned[-1] -= terms.cost_side
    return earned


def random_trades(lane: Lane, like: list[Trade], terms: Terms, seed: int) -> list[Trade]:
    """Return trades as *like* at other times: its waits and its sides, both shuffled.

    As many entries, as long apart, as many longs and shorts; only the moment is luck. Fewer when
    the end of the lane comes first.
    """
    if not like:
        return []
    rng = np.random.default_rng(seed)
    ends = [lane.first, *(trade.exit for trade in like[:-1])]
    waits = [max(trade.signal - end, 0) for trade, end in zip(like, ends, strict=True)]
    # The time left after the last trade is a wait too: it may come anywhere.
    waits.append(max(len(lane.close) - 1 - like[-1].exit, 0))
    sides = rng.permutation([trade.side for trade in like])
    made: list[Trade] = []
    row = lane.first
    for wait, side in zip(rng.permutation(waits), sides, strict=False):
        row += int(wait)
        if row + 1 >= len(lane.close):
            break
        if not np.isfinite(lane.atr[row]):
            continue
        made.append(_trade(lane, row, int(side), terms))
        row = made[-1].exit
    return made


def by_day(lanes: list[Lane], earned: list[Floats], from_ms: int, until_ms: int) -> Floats:
    """Return the mean over lanes of what each UTC day in [*from_ms*, *until_ms*) earned."""
    day = 86_400_000
    first, last = from_ms // day, (until_ms - 1) // day
    days = np.zeros(last - first + 1)
    for lane, bars in zip(lanes, earned, strict=True):
        inside = (lane.open_time >= from_ms) & (lane.open_time < until_ms)
        np.add.at(days, lane.open_time[inside] // day - first, bars[inside])
    return days / max(len(lanes), 1)
