"""Feeds: when the data of a symbol stop while those of others go on, and when they come again.

A symbol is stale from the first row that closes more than the limit after its own last bar, and
fresh again at its next bar. Before its first bar nothing is told of it; after its last it stays
stale. A symbol that is alone has no rows in its gaps, so nothing can be told of it.
"""

from adapters.bar_arrays import Ints
from domain.market.messages import FeedTurn


def feed_turns(symbol: str, times: Ints, own: Ints, limit_ms: int) -> dict[int, FeedTurn]:
    """Return the turns of *symbol* by row. *times* are those of all rows, *own* its rows.

    `fresh_ms` is the close of the last bar before the data stopped, of both turns: that which says
    they are fresh again thus tells how long they were not.
    """
    turns: dict[int, FeedTurn] = {}
    if len(own) in (0, len(times)):
        return turns
    closes = times[own]
    apart = closes[1:] - closes[:-1] > limit_ms
    for before in [*apart.nonzero()[0].tolist(), len(own) - 1]:
        fresh_ms = int(closes[before])
        row = int(times.searchsorted(fresh_ms + limit_ms, side="right"))
        after = int(own[before + 1]) if before + 1 < len(own) else len(times)
        if row < after:
            turns[row] = FeedTurn(symbol, stale=True, fresh_ms=fresh_ms)
            if after < len(times):
                turns[after] = FeedTurn(symbol, stale=False, fresh_ms=fresh_ms)
    return turns
