"""What a run came to: the one record from which summary, report and files are made."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from domain.decision.facts import RiskModeChanged, TradeClosed
from domain.execution.messages import OrderFilled
from domain.market.bars import Column


class ModelFit(NamedTuple):
    """One fit of one voter: what it learned from, and until when it then voted. Times in UTC ms."""

    model: str
    trained_from_ms: int
    trained_until_ms: int
    applied_until_ms: int
    rows: int


class RunResult(NamedTuple):
    """A run, ended. Money in USD; `funding` positive when paid; drawdown a fraction.

    `equity_times` (UTC ms) and `equity_values` are the curve at bar closes. `refusals` counts by
    reason, `skips` the signals that were not good enough to propose. `checks` says, by gate, how
    often it was asked, reduced and objected.
    """

    run_id: str
    mode: str
    symbols: tuple[str, ...]
    interval_ms: int
    bars: int
    from_ms: int
    until_ms: int
    seconds: float
    cpu_seconds: float
    events: int
    decisions: int
    decision_digest: str
    trades: tuple[TradeClosed, ...]
    fills: tuple[OrderFilled, ...]
    mode_changes: tuple[RiskModeChanged, ...]
    refusals: Mapping[str, int]
    skips: Mapping[str, int]
    checks: Mapping[str, tuple[int, int, int]]
    equity_times: Column
    equity_values: Column
    equity_start: Decimal
    equity_end: Decimal
    deposits: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    unrealised: Decimal
    max_drawdown: float
    fits: tuple[ModelFit, ...]
    interrupted: bool

    @property
    def wins(self) -> int:
        """How many trades earned something after all costs."""
        return sum(1 for t in self.trades if t.net_pnl > 0)

    @property
    def emergency_activations(self) -> int:
        """How often the emergency stop closed everything."""
        return sum(1 for c in self.mode_changes if c.new == "EMERGENCY")

    @property
    def recoveries(self) -> int:
        """How often the emergency stop climbed back a rung from EMERGENCY."""
        return sum(1 for c in self.mode_changes if c.old == "EMERGENCY")
