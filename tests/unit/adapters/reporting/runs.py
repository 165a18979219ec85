"""Builders: runs, trades and fills with plain values, each to be changed where a test cares."""

import math
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from application.results import RunResult
from domain.decision.facts import RiskModeChanged, TradeClosed
from domain.execution.messages import Liquidity, OrderFilled
from domain.execution.trade import ExitReason
from domain.market.bars import DAY_MS, HOUR_MS, BarColumns
from domain.market.messages import Regime
from domain.shared.amounts import ZERO, money
from domain.shared.enums import Side

START_MS: Final = 1_704_067_200_000  # 2024-01-01 00:00 UTC
DEPOSIT: Final = Decimal(10_000)


def closed(number: int = 1, **changes: object) -> TradeClosed:
    """Return a long trade that earned 7.90 net, an hour long."""
    begun = START_MS + number * HOUR_MS
    trade = TradeClosed(
        at_ms=begun + HOUR_MS,
        trade_id=f"BTCUSDT-{number}",
        symbol="BTCUSDT",
        side=Side.BUY,
        entry_ms=begun,
        entry_price=Decimal(100),
        exit_price=Decimal(110),
        quantity=Decimal(1),
        realised=Decimal("10.00000000"),
        fees=Decimal("2.00000000"),
        funding=Decimal("0.10000000"),
        net_pnl=Decimal("7.90000000"),
        net_r=1.58,
        reason=ExitReason.TARGET,
        confidence=0.7,
        regime=Regime.RANGE,
    )
    return trade._replace(**changes)  # type: ignore[arg-type]  # fields by name


def filled(number: int = 1, **changes: object) -> OrderFilled:
    """Return a taker's buy of one at 100 for a fee of 0.05."""
    fill = OrderFilled(
        at_ms=START_MS + number * HOUR_MS,
        client_id=f"qt0-BTCUSDT-{number}-e0",
        symbol="BTCUSDT",
        side=Side.BUY,
        quantity=Decimal(1),
        price=Decimal(100),
        fee=Decimal("0.05"),
        liquidity=Liquidity.TAKER,
        venue_trade_id=str(number),
        leaves=ZERO,
    )
    return fill._replace(**changes)  # type: ignore[arg-type]  # fields by name


def moved(old: str, new: str, at_ms: int) -> RiskModeChanged:
    """Return a change of mode for drawdown."""
    return RiskModeChanged(at_ms, old, new, ("drawdown",), 0.11, 0.02, 9_000.0, 1, ())


def ran(trades: Sequence[TradeClosed] = (), **changes: object) -> RunResult:
    """Return a run of *trades* over two days, its ledger their sum."""
    realised = sum((t.realised for t in trades), ZERO)
    fees = sum((t.fees for t in trades), ZERO)
    funding = sum((t.funding for t in trades), ZERO)
    equity = DEPOSIT + realised - fees - funding
    result = RunResult(
        run_id="run-1",
        mode="backtest",
        symbols=("BTCUSDT",),
        interval_ms=HOUR_MS,
        bars=48,
        from_ms=START_MS,
        until_ms=START_MS + 2 * DAY_MS,
        seconds=2.0,
        cpu_seconds=1.5,
        events=50,
        decisions=40,
        decision_digest="d1" * 32,
        trades=tuple(trades),
        fills=(),
        mode_changes=(),
        refusals={},
        skips={},
        checks={},
        equity_times=(START_MS + DAY_MS, START_MS + 2 * DAY_MS),
        equity_values=(10_000.0, float(equity)),
        equity_start=DEPOSIT,
        equity_end=equity,
        deposits=DEPOSIT,
        realised=realised,
        fees=fees,
        funding=funding,
        unrealised=ZERO,
        max_drawdown=0.0,
        fits=(),
        interrupted=False,
    )
    return result._replace(**changes)  # type: ignore[arg-type]  # fields by name


def empty() -> RunResult:
    """Return a run in which nothing was heard."""
    return ran(
        symbols=(),
        bars=0,
        until_ms=START_MS,
        seconds=0.0,
        events=0,
        decisions=0,
        equity_times=(),
        equity_values=(),
    )


def market(symbol: str, bars: int, interval_ms: int, seed: int) -> BarColumns:
    """Return a random walk of *bars* from `START_MS` on."""
    draw = random.Random(seed)
    closes, price = [], 100.0
    for _ in range(bars):
        price *= math.exp(draw.gauss(0.0, 0.002))
        closes.append(price)
    times = range(START_MS, START_MS + bars * interval_ms, interval_ms)
    return BarColumns(symbol, interval_ms, times, closes, closes, closes, closes, closes)


def traded(bars: BarColumns, count: int, seed: int) -> list[TradeClosed]:
    """Return *count* trades spread over *bars*, won and lost, long and short, at its closes."""
    draw = random.Random(seed)
    gap = len(bars.open_time) // (count + 1)
    return [_drawn(draw, bars, number, number * gap, max(gap - 1, 1)) for number in range(count)]


def _drawn(
    draw: random.Random, bars: BarColumns, number: int, row: int, longest: int
) -> TradeClosed:
    last = row + draw.randint(1, longest)
    side = draw.choice((Side.BUY, Side.SELL))
    bought, sold = Decimal(f"{bars.close[row]:.4f}"), Decimal(f"{bars.close[last]:.4f}")
    quantity = Decimal("3.125")
    realised = money((sold - bought) * quantity * side.sign)
    fees = money((bought + sold) * quantity * Decimal("0.0005"))
    funding = money(Decimal(draw.randint(-500, 900)) / 10_000)
    net = realised - fees - funding
    return closed(
        number,
        trade_id=f"{bars.symbol}-{number:x}",
        symbol=bars.symbol,
        side=side,
        entry_ms=bars.open_time[row] + bars.interval_ms,
        at_ms=bars.open_time[last] + bars.interval_ms,
        entry_price=bought,
        exit_price=sold,
        quantity=quantity,
        realised=realised,
        fees=fees,
        funding=funding,
        net_pnl=net,
        net_r=float(net) / 5.0,
        reason=draw.choice(tuple(ExitReason)),
    )
