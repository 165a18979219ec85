"""What an evaluation says, as plain values: for a table, a page, or JSON."""

from typing import Final, NamedTuple

EDGE: Final = "edge"
NO_EDGE: Final = "no edge"
# What an edge must show, all of it at once.
DEFLATED_MIN: Final = 0.95
OVERFITTING_MAX: Final = 0.5


class Figures(NamedTuple):
    """One strategy out of sample, after all costs. Shares are fractions.

    `net_return` is the sum of the daily returns of one constant notional, spread evenly over the
    symbols. `turnover` is notional traded a day over the notional. NaN where nothing was traded.
    """

    name: str
    net_return: float
    sharpe: float
    sharpe_low: float
    sharpe_high: float
    drawdown: float
    trades: int
    hit_rate: float
    mean_net: float
    turnover: float


class Part(NamedTuple):
    """The trades of the voters in one regime, or of one symbol."""

    name: str
    trades: int
    hit_rate: float
    net_return: float
    mean_net: float


class Calibrated(NamedTuple):
    """How a voter's probabilities came true. `curve`: claimed, came true, answers."""

    voter: str
    answers: int
    auc: float
    brier: float
    ece: float
    curve: tuple[tuple[float, float, int], ...]


class Split(NamedTuple):
    """One step of the walk: learnt from, up to, and judged on. UTC ms, ends exclusive."""

    trained_from_ms: int
    trained_until_ms: int
    judged_from_ms: int
    judged_until_ms: int


class Evaluation(NamedTuple):
    """The whole answer. `trials` strategies were looked at; the deflation counts them all."""

    symbols: tuple[str, ...]
    interval_ms: int
    bars: int
    from_ms: int
    until_ms: int
    cost_side: float
    splits: tuple[Split, ...]
    strategies: tuple[Figures, ...]
    trials: int
    deflated_sharpe: float
    overfitting: float
    random_share_beaten: float
    by_symbol: tuple[Part, ...]
    by_regime: tuple[Part, ...]
    calibration: tuple[Calibrated, ...]
    degenerate: tuple[str, ...]
    suspicious: tuple[str, ...]
    curves: tuple[tuple[str, tuple[float, ...]], ...]

    @property
    def objections(self) -> tuple[str, ...]:
        """Return why this is no proof of an edge; empty when it is one."""
        own = self.strategies[0]
        found = []
        if not own.trades:
            return ("the voters never agreed on a trade",)
        if not own.net_return > 0:
            found.append(f"it lost {-own.net_return:.1%} after costs")
        if not own.sharpe_low > 0:
            found.append(
                f"the Sharpe's interval holds 0 ({own.sharpe_low:+.2f} to {own.sharpe_high:+.2f})"
            )
        if not self.deflated_sharpe >= DEFLATED_MIN:
            found.append(
                f"the deflated Sharpe is {self.deflated_sharpe:.2f}, under {DEFLATED_MIN:.2f}"
            )
        if not self.overfitting < OVERFITTING_MAX:
            found.append(f"the probability of over-fitting is {self.overfitting:.0%}")
        if self.suspicious:
            found.append("a voter knows too much: " + ", ".join(self.suspicious))
        return tuple(found)

    @property
    def verdict(self) -> str:
        """Return `edge` or `no edge`."""
        return NO_EDGE if self.objections else EDGE
