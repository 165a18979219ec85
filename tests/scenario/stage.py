"""A stage for stories told by tests: the one of `bootstrap.scenarios`, with round prices."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from bootstrap.scenarios import market, performance
from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BUY, HOLD, SELL, Line, Look
from bootstrap.scenarios.script import Script
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from domain.shared.enums import RunMode

__all__ = ["BUY", "HOLD", "SELL", "Ended", "Line", "market_of", "play"]


def market_of(
    symbol: str, story: Sequence[float], hourly_range: float, price: float = 100.0
) -> BarColumns:
    """Return warm bars at *price*, then the closes of *story* (factors of *price*)."""
    return market.market_of(symbol, story, Look(price, hourly_range), Random(0))


def play(
    run_dir: Path,
    bars: Mapping[str, BarColumns],
    voters: Sequence[Sequence[Line]],
    policy: Policy,
    **venue: Any,  # noqa: ANN401 - fields of the venue's settings
) -> Ended:
    """Play a story of *bars* and what each of *voters* says, as a back-test."""
    speaking = {f"voter{n}": lines for n, lines in enumerate(voters)}
    script = Script(bars, speaking, policy, mode=RunMode.BACKTEST, venue=venue)
    return performance.play(script, run_dir)
