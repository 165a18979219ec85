"""Analytics handed in with the market: volatility and regime row for row, risk day by day."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from domain.governance.policy import Policy
from domain.market.bars import BarColumns, Column
from domain.market.messages import Measures


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


class RiskSurvey(Protocol):
    """The risk measures of one market, to be asked for at any time within it."""

    @property
    def ready_ms(self) -> Sequence[int]:
        """Return the times at which a measure of some symbol is first known, sorted."""

    def measures(self, at_ms: int) -> Measures:
        """Return the measures from what closed at or before *at_ms*."""


class RiskAnalyst(Protocol):
    """Measures the risk of all symbols together."""

    def survey(self, bars: Mapping[str, BarColumns]) -> RiskSurvey:
        """Return the survey of *bars*, which are keyed by symbol."""
