"""A short stretch of W1 as the desk heard it: the material of the unit costs."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.features.analytics import BulkAnalyst
from adapters.market_data.instruments import instruments_for
from adapters.market_data.layout import Voter
from adapters.market_data.overrides import load_instruments
from adapters.market_data.tape import MarketTape
from adapters.notifier.log import LogNotifier
from adapters.persistence.codec import MsgpackCodec
from application.backtest import Backtest
from application.engine import Engine
from application.ports.journal import Entry
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from benchmarks.workloads import (
    DEPOSIT_USD,
    INSTRUMENTS,
    INTERVAL_MS,
    POLICY,
    START_MS,
    SYMBOL,
    Workload,
    crossings,
)
from bootstrap.policy_file import load_policy
from domain.decision.facts import Said
from domain.decision.messages import Heard, SessionOpened
from domain.decision.state import State, initial
from domain.market.bars import BarColumns
from domain.risk.emergency_stop import Latch
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode

_IDEAL: Final = VenueRules(0.0, 0.0, 0.0, 0.0, 0, ZERO)


class Nowhere:
    """A journal, an audit log and a latch that keep nothing: what is around them is measured."""

    def append(self, *_: object) -> None:
        """Take a row or a record."""

    def commit(self) -> None:
        """Make nothing durable."""

    def flush(self) -> None:
        """Likewise."""

    def write(self, _latch: Latch) -> None:
        """Likewise."""

    def read(self) -> Latch | None:
        """Return nothing, for nothing was kept."""
        return None

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield nothing, whatever it is *after*."""
        yield from ()[after:]

    def close(self) -> None:
        """Let go of nothing."""


class Recording(NamedTuple):
    """What was heard, what was said on each, and the state to begin again from."""

    fresh: Callable[[], State]
    heard: list[Heard]
    said: list[tuple[Said, ...]]


def record(workload: Workload, bars: int) -> Recording:
    """Play the first *bars* bars of *workload* and keep what the desk heard and said."""
    columns = workload.bars[SYMBOL][:, :bars]
    opens = START_MS + INTERVAL_MS * np.arange(bars, dtype=np.int64)
    history = {SYMBOL: BarColumns(SYMBOL, INTERVAL_MS, opens, *columns)}
    policy = load_policy(POLICY)
    instruments = instruments_for(history, load_instruments(INSTRUMENTS))
    action = crossings(columns[3], *workload.means)
    votes = VoteColumns(action, np.where(action != 0, 0.9, np.nan))
    tape = MarketTape(
        History(history, ()),
        {SYMBOL: BulkAnalyst().study(history[SYMBOL], policy)},
        [Voter("signals", False, {SYMBOL: votes})],  # noqa: FBT003 - no fallback
        instruments,
        RunMode.BACKTEST,
        0.0,
    )
    heard: list[Heard] = []
    said: list[tuple[Said, ...]] = []

    def keep(event: Heard, facts: tuple[Said, ...]) -> None:
        heard.append(event)
        said.append(facts)

    nowhere = Nowhere()
    state = initial(RunMode.BACKTEST, policy)
    engine = Engine(state, nowhere, nowhere, MsgpackCodec(), [keep])
    venue = SimulatedVenue(instruments, _IDEAL)
    backtest = Backtest(engine, venue, tape, LogNotifier(), Nowhere(), lambda _note: None)
    session = SessionOpened(START_MS, RunMode.BACKTEST, 0, policy, instruments)
    backtest.open(session, Decimal(DEPOSIT_USD))
    backtest.run(lambda _row: None, lambda: False)
    return Recording(lambda: initial(RunMode.BACKTEST, policy), heard, said)
