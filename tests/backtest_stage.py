"""A stage for back-tests: the driver and the desk, with a tape and a venue made by hand."""

from collections.abc import Mapping, Sequence

from adapters.persistence.codec import MsgpackCodec
from application.backtest import Backtest
from application.engine import Engine
from domain.decision.facts import Said
from domain.decision.messages import Heard, MarketAdvanced, NoteEmergency, SessionOpened
from domain.decision.state import initial
from domain.governance.policy import Policy
from domain.shared.enums import Action, RunMode
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.fakes.tape import ROW_MS, FakeTape
from tests.fakes.venue import FakeVenue

QUIET_DAY = a_policy(trailing=False, cooldown_minutes=0)


class Stage:
    """A back-test on fakes. `heard` has every market event the desk was told of."""

    def __init__(
        self,
        closes: Mapping[str, Sequence[float]],
        policy: Policy = QUIET_DAY,
        *,
        skipping: bool = True,
    ) -> None:
        self.tape, self.venue, self.notifier = FakeTape(closes), FakeVenue(), FakeNotifier()
        self.latch, self.notes = MemoryLatch(), list[NoteEmergency]()
        codec = MsgpackCodec()
        self.journal = MemoryJournal(codec)
        state = initial(RunMode.BACKTEST, policy)
        self.engine = Engine(state, self.journal, MemoryAuditLog(), codec, [self._show])
        self.backtest = Backtest(
            self.engine,
            self.venue,
            self.tape,
            self.notifier,
            self.latch,
            self.notes.append,
            skipping=skipping,
        )
        self.said: list[Said] = []
        instruments = {symbol: an_instrument(symbol) for symbol in self.tape.symbols}
        self.backtest.open(
            SessionOpened(START_MS, RunMode.BACKTEST, 0, policy, instruments), D(10_000)
        )
        news = free_funding(*self.tape.symbols)
        self.engine.hear(MarketAdvanced(START_MS, (), 0.0, (), (), news))

    def _show(self, _heard: Heard, said: tuple[Said, ...]) -> None:
        self.said += said

    def signal(self, row: int, action: Action, symbol: str = BTC) -> None:
        """Let the voters of *symbol* agree on *action* at the close of *row*."""
        ((_, mark),) = self.tape.marks(row, (symbol,))
        found = self.tape.candidates_at.get(row, ())
        self.tape.candidates_at[row] = (*found, a_candidate(action, symbol, f"{mark}"))

    def runs(self, rows: int | None = None) -> int:
        """Play to the end, or until *rows* rows are played; return how many were."""
        reached: list[int] = []
        return self.backtest.run(
            reached.append, lambda: rows is not None and self.rows_played() >= rows
        )

    def rows_played(self) -> int:
        return len(self.venue.played)

    @property
    def played(self) -> list[int]:
        """The rows that the venue played."""
        return [(at_ms - START_MS) // ROW_MS - 1 for at_ms, _ in self.venue.played]

    @property
    def heard(self) -> list[MarketAdvanced]:
        """What the desk heard of the market, in order, the news before it left out."""
        events = (entry.heard for entry in self.journal.entries())
        return [heard for heard in events if isinstance(heard, MarketAdvanced)][1:]

    @property
    def listened(self) -> list[int]:
        """The rows whose close the desk heard."""
        return [(heard.at_ms - START_MS) // ROW_MS - 1 for heard in self.heard]
