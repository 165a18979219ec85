"""What happened after a bar: the triple barrier, net of costs.

Enter at the close of bar t. Two barriers lie `barrier_atr` average true ranges above and below,
and the position ends at the first of them to be touched, or at the close `horizon` bars later.

    +1  a long would have ended with a profit net of round-trip costs
    -1  a short would have
     0  neither: too small a move, or one bar touched both barriers (its path is not known)
   NaN  not known yet (the last `horizon` rows), or not to be known (a gap, no range yet)

The labels +1 and -1 exclude each other, and are about equally frequent in a market without drift.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.features.indicators import Floats, atr

# Taker fees of both sides and a little slippage, as a fraction of the notional.
ROUND_TRIP_COST: Final = 0.001


def triple_barrier(
    high: Floats,
    low: Floats,
    close: Floats,
    *,
    horizon: int,
    barrier_atr: float,
    round_trip_cost: float = ROUND_TRIP_COST,
) -> Floats:
    """Return the label of each row."""
    labels = np.full(len(close), np.nan)
    count = len(close) - horizon
    if count <= 0:
        return labels
    width = barrier_atr * atr(high, low, close)[:count]
    entry = close[:count]
    first_up = _first_touch(high, entry + width, horizon)
    first_down = _first_touch(-low, width - entry, horizon)
    move = close[horizon:] - entry
    move = np.where(first_up < first_down, width, move)
    move = np.where(first_down < first_up, -width, move)
    cost = round_trip_cost * entry
    outcome = (move > cost).astype(np.float64) - (move < -cost)
    outcome[(first_up == first_down) & (first_up <= horizon)] = 0.0
    outcome[~np.isfinite(width)] = np.nan
    labels[:count] = outcome
    return labels


def _first_touch(highs: Floats, barrier: Floats, horizon: int) -> NDArray[np.int32]:
    """Return after how many bars *highs* reaches *barrier*; horizon + 1 when it does not."""
    first = np.full(len(barrier), horizon + 1, np.int32)
    for ahead in range(horizon, 0, -1):
        first[highs[ahead : ahead + len(barrier)] >= barrier] = ahead
    return first
