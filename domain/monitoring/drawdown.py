"""The drawdown monitor: peak, day and fall of equity, marked on every price.

Drawdown is a non-negative fraction below the peak. Deposits and withdrawals move the peak and the
day's opening by their amount, so that moving money is neither a gain nor a loss. Equity is a float
here: a measure for limits, never money that is booked.
"""

from typing import NamedTuple

from domain.market.bars import DAY_MS


class EquityWatch(NamedTuple):
    """Where equity is and has been, in USD. `day` counts UTC days since the epoch."""

    equity: float = 0.0
    peak: float = 0.0
    day: int = 0
    day_open: float = 0.0

    @property
    def drawdown(self) -> float:
        """The fraction by which equity lies below its peak."""
        # Subtracted first: ten per cent of a round sum is then exactly a tenth.
        return (self.peak - self.equity) / self.peak if self.peak > 0.0 else 0.0

    @property
    def daily_loss(self) -> float:
        """The fraction of the day's opening equity that is lost; a gain is 0."""
        opened = self.day_open
        return max(0.0, (opened - self.equity) / opened) if opened > 0.0 else 0.0


def marked(watch: EquityWatch, at_ms: int, equity: float, high: float) -> EquityWatch:
    """Return the watch after equity was *equity* at *at_ms*.

    *high* is the highest equity since the mark before this one, for a stretch of bars passed over
    together; at least *equity* when nothing was passed over.
    """
    peak = max(watch.peak, high, equity)
    day = at_ms // DAY_MS
    # A mark told late never opens a day again: the loss of today would be forgotten.
    opening = equity if day > watch.day else watch.day_open
    return EquityWatch(equity, peak, max(day, watch.day), opening)


def moved(watch: EquityWatch, amount: float) -> EquityWatch:
    """Return the watch after *amount* USD came in (or, negative, went out)."""
    return EquityWatch(
        watch.equity + amount,
        watch.peak + amount,
        watch.day,
        watch.day_open + amount,
    )


def rebased(watch: EquityWatch) -> EquityWatch:
    """Return the watch with its peak at today's equity: an operator accepts the loss."""
    return watch._replace(peak=watch.equity)
