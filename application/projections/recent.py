"""The last of what happened, kept in memory for whoever looks on: bounded, and lost with the run.

Equity is kept for the whole run: when its points are too many, every second one is dropped and
from then on half as many are taken.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final, NamedTuple

from domain.decision.facts import EntryApproved, EntryRefused, Said, SignalSkipped, TradeClosed
from domain.decision.messages import Heard, MarketAdvanced
from domain.decision.state import State

DECISIONS_MAX: Final = 500
TRADES_MAX: Final = 500
POINTS_MAX: Final = 1_000
MODELS_MAX: Final = 64


class DecisionSeen(NamedTuple):
    """What became of a signal. `reasons` are objections, by code; empty when approved."""

    at_ms: int
    trace: str
    symbol: str
    side: str
    verdict: str
    confidence: float | None
    reasons: tuple[str, ...]


class EquityPoint(NamedTuple):
    """Equity in USD and its fall from the peak, a fraction."""

    at_ms: int
    equity: float
    drawdown: float


class ModelSeen(NamedTuple):
    """A voter. `weight` is its share among the healthy voters of its last vote."""

    model: str
    weight: float
    votes: int
    buys: int
    sells: int
    holds: int
    fallbacks: int
    last_action: str
    last_confidence: float | None
    last_ms: int


class Recent:
    """Remembers decisions, closed trades, the curve of equity and how the models vote."""

    def __init__(self, state: Callable[[], State]) -> None:
        """Look at *state*, as it is after an event."""
        self._state = state
        self.decisions: deque[DecisionSeen] = deque(maxlen=DECISIONS_MAX)
        self.trades: deque[TradeClosed] = deque(maxlen=TRADES_MAX)
        self.points: list[EquityPoint] = []
        self._models: dict[str, ModelSeen] = {}
        self._actions: Counter[tuple[str, str]] = Counter()
        self._every, self._skipped = 1, 0

    def models(self) -> tuple[ModelSeen, ...]:
        """Return the voters, by name."""
        return tuple(self._models[name] for name in sorted(self._models))

    def watch(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Look at what was *heard* and *said*; called with every event."""
        for fact in said:
            match fact:
                case EntryApproved():
                    self._decided(fact, fact.side.value, "approved", fact.confidence, ())
                case EntryRefused():
                    reasons = tuple(str(one) for one in fact.objections)
                    self._decided(fact, fact.side.value, "refused", fact.confidence, reasons)
                case SignalSkipped():
                    self._decided(fact, fact.action.value, "skipped", None, (fact.reason,))
                case TradeClosed():
                    self.trades.append(fact)
                case _:
                    pass
        if isinstance(heard, MarketAdvanced):
            self._mark(heard.at_ms)
            self._count(heard)

    def _decided(
        self,
        fact: EntryApproved | EntryRefused | SignalSkipped,
        side: str,
        verdict: str,
        confidence: float | None,
        reasons: tuple[str, ...],
    ) -> None:
        self.decisions.append(
            DecisionSeen(fact.at_ms, fact.trace, fact.symbol, side, verdict, confidence, reasons)
        )

    def _mark(self, at_ms: int) -> None:
        self._skipped += 1
        if self._skipped < self._every:
            return
        self._skipped = 0
        watch = self._state().watch
        self.points.append(EquityPoint(at_ms, watch.equity, watch.drawdown))
        if len(self.points) > POINTS_MAX:
            del self.points[1::2]
            self._every *= 2

    def _count(self, heard: MarketAdvanced) -> None:
        for candidate in heard.candidates:
            votes = candidate.votes
            healthy = sum(1 for v in votes if not v.fallback and 0.0 <= v.confidence <= 1.0)
            for model, action, confidence, fallback in votes:
                if model not in self._models and len(self._models) >= MODELS_MAX:
                    continue
                sound = 0.0 <= confidence <= 1.0
                counts = self._actions
                counts[model, action.value] += 1
                counts[model, "fallback"] += fallback
                self._models[model] = ModelSeen(
                    model,
                    1 / healthy if sound and not fallback else 0.0,
                    sum(counts[model, name] for name in ("BUY", "SELL", "HOLD")),
                    counts[model, "BUY"],
                    counts[model, "SELL"],
                    counts[model, "HOLD"],
                    counts[model, "fallback"],
                    action.value,
                    confidence if sound else None,
                    heard.at_ms,
                )
