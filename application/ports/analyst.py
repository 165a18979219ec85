"""Analytics handed in with the market: volatility and regime, row for row."""

from typing import NamedTuple, Protocol

from domain.governance.policy import Policy
from domain.market.bars import BarColumns, Column


class AnalyticsColumns(NamedTuple):
    """What the desk is told of each bar. Row t depends on bars up to and including t.

    `atr_fraction` is ATR(14)/price on the policy's regime interval, NaN in warm-up. `regime` is an
    index into `tuple(Regime)`. `fault` is 0 for none, else 1 + an index into `tuple(DataFault)`.
    """

    atr_fraction: Column
    regime: Column
    fault: Column


class Analyst(Protocol):
    """Computes analytics of one symbol in bulk; bar by bar gives the same numbers."""

    def study(self, bars: BarColumns, policy: Policy) -> AnalyticsColumns:
        """Return the analytics of every bar."""
