"""The drawdown monitor: peak, day and fall of equity, marked on every price.

Rule 1: losses are non-negative fractions of where equity was. Deposits and withdrawals move every
such place by their amount, so that moving money is neither a gain nor a loss.
Rule 2: the ladder sees real equity plus the credit of the paper trades, everything else real
equity alone. A new real peak ends the credit.
Rule 3: bars passed over and summarised leave the same watch as bars visited one by one, if the
first bar of every UTC day is visited.
Rule 4: of a window only points that none later tops are kept, so the first is its highest.
Rule 5: a loss that cannot be computed is NaN, never 0: hence the order of arguments of `max`.

Equity is a float here: a measure for limits, never money that is booked.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.governance.policy import Policy
from domain.market.bars import DAY_MS

_MINUTE_MS = 60_000

Points = tuple[tuple[int, float], ...]


class EquityWatch(NamedTuple):
    """Where equity is and has been, in USD. `day` counts UTC days since the epoch.

    `credit` is the paper PnL that the ladder counts; `highs` (day, highest equity of it) and
    `recent` (UTC ms, equity) hold the rolling and the flash window, the latter only while something
    is held; `streak` counts losses in a row, of all symbols.
    """

    equity: float = 0.0
    peak: float = 0.0
    day: int = 0
    day_open: float = 0.0
    credit: float = 0.0
    highs: Points = ()
    streak: int = 0
    recent: Points = ()

    @property
    def drawdown(self) -> float:
        """The fraction by which equity lies below its peak."""
        # Subtracted first: ten per cent of a round sum is then exactly a tenth.
        return (self.peak - self.equity) / self.peak if self.peak > 0.0 else 0.0

    @property
    def ladder_drawdown(self) -> float:
        """The fraction by which equity and credit together lie below the peak; above it, 0."""
        peak = self.peak
        return max((peak - self.equity - self.credit) / peak, 0.0) if peak > 0.0 else 0.0

    @property
    def daily_loss(self) -> float:
        """The fraction of the day's opening equity that is lost; a gain is 0."""
        opened = self.day_open
        return max((opened - self.equity) / opened, 0.0) if opened > 0.0 else 0.0

    @property
    def rolling_drawdown(self) -> float:
        """The fraction by which equity lies below its highest of the rolling window."""
        return _lost(self.highs, self.equity)

    @property
    def flash_loss(self) -> float:
        """The fraction of equity lost since its highest of the flash window."""
        return _lost(self.recent, self.equity)


def marked(
    watch: EquityWatch,
    at_ms: int,
    equity: float,
    high: float,
    policy: Policy,
    *,
    held: bool = False,
    passed: Sequence[tuple[int, float]] = (),
) -> EquityWatch:
    """Return the watch after equity was *equity* (finite) at *at_ms*.

    *high* is the highest equity since the mark before this one, for a stretch of bars passed over
    together; at least *equity* when nothing was passed over. *passed* are (UTC ms, equity) of such
    bars, in order, as far back as the flash window reaches. *held*: something is held.
    """
    _, peak, today, opening, credit, highs, streak, recent = watch
    top = max(equity, high)
    if top >= peak:
        peak, credit = top, 0.0
    day = at_ms // DAY_MS
    # A mark told late never opens a day again: the loss of today would be forgotten.
    if day > today:
        # Bars passed over are of the day before: the first one of a day is never passed over.
        highs = _topped(_topped(highs, today, high), day, equity)
        today, opening = day, equity
    elif not highs or top > highs[-1][1]:
        highs = _topped(highs, today, top)
    if highs[0][0] <= today - policy.rolling_days:
        highs = _since(highs, today - policy.rolling_days + 1)
    if held:
        for then_ms, then in passed:
            recent = _topped(recent, then_ms, then)
        recent = _topped(recent, at_ms, equity)
        recent = _since(recent, recent[-1][0] - policy.flash_minutes * _MINUTE_MS)
    elif recent:
        recent = ()
    return EquityWatch(equity, peak, today, opening, credit, highs, streak, recent)


def credited(watch: EquityWatch, credit: float) -> EquityWatch:
    """Return the watch with *credit* USD of paper PnL; a loss on paper is negative.

    A gain counts up to the peak and no further: paper makes no peak.
    """
    counted = min(credit, watch.peak - watch.equity)
    return watch if counted == watch.credit else watch._replace(credit=counted)


def recalled(watch: EquityWatch, peak: float, credit: float) -> EquityWatch:
    """Return the watch with what the latch remembers, for when the state itself was lost."""
    if peak <= watch.peak:
        return watch
    return watch._replace(peak=peak, credit=min(credit, peak - watch.equity))


def after_close(watch: EquityWatch, net_pnl: float) -> EquityWatch:
    """Return the watch after a trade closed with *net_pnl* USD: only a loss prolongs the streak."""
    return watch._replace(streak=watch.streak + 1 if net_pnl < 0.0 else 0)


def moved(watch: EquityWatch, amount: float) -> EquityWatch:
    """Return the watch after *amount* USD came in (or, negative, went out)."""
    return watch._replace(
        equity=watch.equity + amount,
        peak=watch.peak + amount,
        day_open=watch.day_open + amount,
        highs=tuple((day, high + amount) for day, high in watch.highs),
        recent=tuple((then_ms, equity + amount) for then_ms, equity in watch.recent),
    )


def rebased(watch: EquityWatch) -> EquityWatch:
    """Return the watch with its peaks at today's equity: an operator accepts the loss.

    The loss of the day and that of the flash window are not forgiven.
    """
    equity = watch.equity
    return watch._replace(peak=equity, credit=0.0, highs=((watch.day, equity),))


def _lost(points: Points, equity: float) -> float:
    """Return the fraction by which *equity* lies below the first, hence highest, of *points*."""
    high = points[0][1] if points else 0.0
    return max((high - equity) / high, 0.0) if high > 0.0 else 0.0


def _topped(points: Points, at: int, equity: float) -> Points:
    """Return *points* with one more at its end, without those that it tops."""
    if points:
        at = max(at, points[-1][0])  # one told late counts as of the latest
    while points and points[-1][1] <= equity:
        points = points[:-1]
    if points and points[-1][0] == at:
        return points
    return (*points, (at, equity))


def _since(points: Points, first: int) -> Points:
    """Return *points* without those before *first*."""
    while points[0][0] < first:
        points = points[1:]
    return points
