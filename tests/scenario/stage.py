"""A stage for stories: a market made to order, voters who say their lines, and the whole daemon.

The daemon is the one of the composition root: container, engine, journal and audit on disk, the
simulated venue. Only the market and the voters are made up.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from adapters.audit.verify import verify
from adapters.features.analytics import BulkAnalyst
from adapters.market_data.instruments import instruments_for
from adapters.market_data.layout import Voter
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from bootstrap.containers import Adapters, Application
from bootstrap.market import Market
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings, Venue
from domain.decision.facts import Said
from domain.decision.messages import Heard, SessionOpened
from domain.decision.state import State
from domain.execution.messages import OrderFilled
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns
from domain.shared.enums import RunMode

Floats = NDArray[np.float64]
Kind = TypeVar("Kind")

INTERVAL_MS: Final = 5 * MINUTE_MS
START_MS: Final = 19_600 * DAY_MS
# Three days make every average warm; the story then begins at noon.
WARM_BARS: Final = (3 * DAY_MS + 12 * HOUR_MS) // INTERVAL_MS
BUY, SELL, HOLD = 1, -1, 0


class Line(NamedTuple):
    """What one voter says of a symbol at the close of a bar of the story."""

    bar: int
    symbol: str
    action: int
    confidence: float


class Ended(NamedTuple):
    """A story that was played: what was said and filled, the last state, and the record's proof."""

    said: tuple[Said, ...]
    fills: tuple[OrderFilled, ...]
    state: State
    audit_ok: bool

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of *kind*."""
        return [fact for fact in self.said if isinstance(fact, kind)]


def market_of(
    symbol: str, story: Sequence[float], hourly_range: float, price: float = 100.0
) -> BarColumns:
    """Return warm bars at *price*, then the closes of *story* (factors of *price*).

    Every bar spans *hourly_range* of its price around the way from its open to its close.
    """
    factors = np.concatenate([np.ones(WARM_BARS), np.asarray(story, np.float64)])
    close = np.round(price * factors, 2)
    opened = np.concatenate([close[:1], close[:-1]])
    away = hourly_range / 2
    high = np.round(np.maximum(opened, close) * (1 + away), 2)
    low = np.round(np.minimum(opened, close) * (1 - away), 2)
    times = START_MS + np.arange(len(close), dtype=np.int64) * INTERVAL_MS
    volume = np.full(len(close), 1e6)
    return BarColumns(symbol, INTERVAL_MS, times, opened, high, low, close, volume)


def voter_of(name: str, bars: Mapping[str, BarColumns], lines: Sequence[Line]) -> Voter:
    """Return a voter who says *lines*, and nothing else."""
    votes = {}
    for symbol, columns in bars.items():
        action = np.zeros(len(columns.close), np.int8)
        confidence: Floats = np.full(len(columns.close), np.nan)
        for line in lines:
            if line.symbol == symbol:
                action[WARM_BARS + line.bar] = line.action
                confidence[WARM_BARS + line.bar] = line.confidence
        votes[symbol] = VoteColumns(action, confidence)
    return Voter(name, fallback=False, votes=votes)


def play(
    run_dir: Path,
    bars: Mapping[str, BarColumns],
    voters: Sequence[Sequence[Line]],
    policy: Policy,
    **venue: Any,  # noqa: ANN401 - fields of the venue's settings
) -> Ended:
    """Play a story of *bars* and what each of *voters* says, through the whole daemon."""
    settings = Settings(mode=RunMode.BACKTEST, venue=Venue(**venue))
    plan = RunPlan(policy, models=False, run_dir=run_dir, report=False)
    instruments = instruments_for(bars, None)
    known = {symbol: BulkAnalyst().study(columns, policy) for symbol, columns in bars.items()}
    speaking = [voter_of(f"voter{n}", bars, lines) for n, lines in enumerate(voters)]
    history = History(bars, ())
    spread = settings.venue.spread_fraction
    tape = MarketTape(history, known, speaking, instruments, settings.mode, spread)
    market = Market(history, instruments, tape, (), tuple(v.model for v in speaking))
    run_dir.mkdir(parents=True, exist_ok=True)
    adapters = Adapters(settings=settings, plan=plan, run_dir=run_dir, resuming="no")
    application = Application(adapters=adapters, settings=settings, plan=plan, market=market)
    said: list[Said] = []
    fills: list[OrderFilled] = []

    def project(heard: Heard, facts: tuple[Said, ...]) -> None:
        said.extend(facts)
        if isinstance(heard, OrderFilled):
            fills.append(heard)

    engine = application.engine()
    engine.project(project)
    backtest = application.backtest()
    session = SessionOpened(tape.time_ms(0), settings.mode, 0, policy, instruments)
    backtest.open(session, settings.account.deposit)
    backtest.run(lambda _row: None, lambda: False)
    adapters.journal().close()
    adapters.audit_log().close()
    return Ended(tuple(said), tuple(fills), engine.state, verify(run_dir / "audit").ok)
