"""The figures of a run, summed from its trades and fills. Money in USD, shares as fractions."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from application.results import RunResult
from domain.decision.facts import TradeClosed
from domain.execution.messages import Liquidity, OrderFilled
from domain.shared.amounts import ZERO


class Identity(NamedTuple):
    """The accounting identity, term by term and exact. Funding positive when paid."""

    deposits: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    unrealised: Decimal
    equity: Decimal

    @property
    def sum(self) -> Decimal:
        """What the terms come to."""
        return self.deposits + self.realised - self.fees - self.funding + self.unrealised

    @property
    def holds(self) -> bool:
        """Whether equity is what the terms come to, to the last decimal."""
        return self.sum == self.equity


class TradeSums(NamedTuple):
    """Closed trades, summed. `gross` before fees and funding; `net_r_mean` None without trades."""

    name: str
    trades: int
    wins: int
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    net_r_mean: float | None
    best: Decimal | None
    worst: Decimal | None

    @property
    def win_rate(self) -> float | None:
        """The share of trades that earned something after all costs; None without trades."""
        return self.wins / self.trades if self.trades else None


class Cost(NamedTuple):
    """One kind of cost, and what it is a share of. None where there is nothing to be a share of."""

    name: str
    amount: Decimal
    of_gross: float | None
    of_turnover: float | None


class FeeRow(NamedTuple):
    """The fills of one kind of liquidity. `turnover` their notional; `rate` fees over it."""

    liquidity: Liquidity
    fills: int
    turnover: Decimal
    fees: Decimal
    rate: float | None


def identity_of(result: RunResult) -> Identity:
    """Return the terms of the accounting identity of *result*."""
    return Identity(
        result.deposits,
        result.realised,
        result.fees,
        result.funding,
        result.unrealised,
        result.equity_end,
    )


def summed(name: str, trades: Sequence[TradeClosed]) -> TradeSums:
    """Return the sums of *trades* under *name*."""
    nets = [t.net_pnl for t in trades]
    return TradeSums(
        name,
        len(trades),
        sum(1 for net in nets if net > 0),
        sum((t.realised for t in trades), ZERO),
        sum((t.fees for t in trades), ZERO),
        sum((t.funding for t in trades), ZERO),
        sum(nets, ZERO),
        sum(t.net_r for t in trades) / len(trades) if trades else None,
        max(nets, default=None),
        min(nets, default=None),
    )


def by_symbol(result: RunResult) -> dict[str, list[TradeClosed]]:
    """Return the trades of each symbol of the run, symbols without trades included."""
    groups: dict[str, list[TradeClosed]] = {symbol: [] for symbol in result.symbols}
    for trade in result.trades:
        groups.setdefault(trade.symbol, []).append(trade)
    return groups


def profit_factor(trades: Iterable[TradeClosed]) -> float | None:
    """Return what the winners earned over what the losers lost; None when nothing was lost."""
    won = lost = ZERO
    for trade in trades:
        if trade.net_pnl > 0:
            won += trade.net_pnl
        else:
            lost -= trade.net_pnl
    return float(won / lost) if lost else None


def costs(result: RunResult) -> tuple[Cost, ...]:
    """Return what the run paid, as shares of the gross result's size and of turnover."""
    turnover = _turnover(result.fills)
    rows = (("Fees", result.fees), ("Funding", result.funding))
    total = ("All costs", result.fees + result.funding)
    return tuple(
        Cost(name, paid, _share(paid, abs(result.realised)), _share(paid, turnover))
        for name, paid in (*rows, total)
    )


def fee_rows(fills: Sequence[OrderFilled]) -> tuple[FeeRow, ...]:
    """Return fills and fees by liquidity, kinds that did not occur left out."""
    rows = []
    for kind in Liquidity:
        mine = [fill for fill in fills if fill.liquidity is kind]
        turnover = _turnover(mine)
        fees = sum((fill.fee for fill in mine), ZERO)
        if mine:
            rows.append(FeeRow(kind, len(mine), turnover, fees, _share(fees, turnover)))
    return tuple(rows)


def _turnover(fills: Iterable[OrderFilled]) -> Decimal:
    return sum((fill.price * fill.quantity for fill in fills), ZERO)


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole else None
