"""Keeps what a run came to, for its result: trades, fills, refusals, and how exposure changed."""

from collections import Counter
from collections.abc import Callable

from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    RiskModeChanged,
    Said,
    SignalSkipped,
    TradeClosed,
)
from domain.decision.messages import Heard
from domain.execution.messages import Deposited, FundingSettled, OrderFilled
from domain.portfolio.book import Exposure
from domain.risk.verdict import Check
from domain.shared.amounts import ONE


class Recorder:
    """A projection that remembers. It grows with what happens, never with the length of history."""

    def __init__(self, exposure: Callable[[], Exposure]) -> None:
        """Remember, beside the facts, what *exposure* is after each event that changes it."""
        self._exposure = exposure
        self._checks: dict[str, list[int]] = {}
        self.trades: list[TradeClosed] = []
        self.fills: list[OrderFilled] = []
        self.modes: list[RiskModeChanged] = []
        self.refusals: Counter[str] = Counter()
        self.skips: Counter[str] = Counter()
        self.changes: list[tuple[int, Exposure]] = []

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Take in one event and what was said of it."""
        if isinstance(heard, OrderFilled):
            self.fills.append(heard)
            self.changes.append((heard.at_ms, self._exposure()))
        elif isinstance(heard, (FundingSettled, Deposited)):
            self.changes.append((heard.at_ms, self._exposure()))
        for fact in said:
            if isinstance(fact, TradeClosed):
                self.trades.append(fact)
            elif isinstance(fact, EntryApproved):
                self._count(fact.checks)
            elif isinstance(fact, EntryRefused):
                self._count(fact.checks)
                self.refusals.update(fact.objections)
            elif isinstance(fact, SignalSkipped):
                self.skips[fact.reason] += 1
            elif isinstance(fact, RiskModeChanged):
                self.modes.append(fact)

    @property
    def checks(self) -> dict[str, tuple[int, int, int]]:
        """How often each gate was asked, reduced, and objected."""
        return {gate: (n[0], n[1], n[2]) for gate, n in self._checks.items()}

    def _count(self, checks: tuple[Check, ...]) -> None:
        for gate, factor, objection, _, _ in checks:
            counts = self._checks.get(gate)
            if counts is None:
                counts = self._checks[gate] = [0, 0, 0]
            counts[0] += 1
            if objection is not None:
                counts[2] += 1
            elif factor is not ONE:
                counts[1] += 1
