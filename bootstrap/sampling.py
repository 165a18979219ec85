"""What stands in the desk and around it, sampled once a second into gauges."""

import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from application.gate_starvation import GateWatch
from application.ports.telemetry import Telemetry
from domain.decision.orders import may_still_open
from domain.decision.state import State
from domain.governance.effective_policy import PolicyRung


def _nothing() -> Mapping[str, float]:
    return {}


def told_of_build(telemetry: Telemetry, version: str, settings_text: str) -> None:
    """Say which version is at work, and with which settings: eight digits of their digest."""
    config = sha256(settings_text.encode()).hexdigest()[:8]
    telemetry.record_gauge("build", 1.0, {"version": version, "config": config})


class Sources(NamedTuple):
    """Where the figures are. Totals only rise; `remaining` is from 1 to 0."""

    run_dir: Path
    state: Callable[[], State]
    waiting: Callable[[], int]
    feed_age_s: Callable[[], float]
    policy_age_s: Callable[[], float]
    clock_offset_s: Callable[[], float]
    lag_worst_s: Callable[[], float]
    outcomes: Callable[[], Mapping[str, float]] = _nothing
    unmapped_codes: Callable[[], int] = lambda: 0
    remaining: Callable[[], Mapping[str, float]] = _nothing
    alerts: Callable[[], Mapping[str, float]] = _nothing
    audited: Callable[[], Mapping[str, float]] = _nothing


class Sampler:
    """Writes every figure as it is now."""

    def __init__(self, telemetry: Telemetry, sources: Sources, gates: GateWatch) -> None:
        """Write what *sources* and *gates* say to *telemetry*."""
        self._telemetry = telemetry
        self._sources = sources
        self._gates = gates
        self._counted: dict[tuple[str, str], float] = {}

    def sample(self) -> None:
        """Write them all."""
        state, gauge = self._sources.state(), self._telemetry.record_gauge
        for name, value in (*self._desk(state), *self._around()):
            gauge(name, value)
        for name, value in self._sources.audited().items():
            gauge(name, value)
        for window, left in self._sources.remaining().items():
            gauge("rate_budget.remaining", left, {"window": window})
        for outcome, total in self._sources.outcomes().items():
            self._count("orders.outcomes", total, outcome)
        for outcome, total in self._sources.alerts().items():
            self._count("alerts.letters", total, outcome)
        self._count("orders.unmapped_codes", self._sources.unmapped_codes())

    def _desk(self, state: State) -> list[tuple[str, float]]:
        known, at_ms = state.oversight.reconciliation, state.at_ms
        doubted = min((one.begun_ms for one in known.doubts.values()), default=at_ms)
        bare = min(state.oversight.watch.uncovered.values(), default=at_ms)
        equity = state.equity
        limit = float(state.policy.gross_exposure_max) * equity
        rung = state.oversight.governance.rung
        return [
            ("equity", equity),
            ("drawdown", state.watch.drawdown),
            ("ess.mode", float(state.stop.mode)),
            ("ess.halted", float(state.stop.halted)),
            ("exposure.used", _gross(state) / limit if limit > 0 else 0.0),
            ("health", float(state.oversight.health)),
            ("order.unknown_age", max(0, at_ms - doubted) / 1000),
            ("policy.fallback", float(rung is not PolicyRung.KNOWN)),
            ("policy.rung", float(rung)),
            ("policy.version", float(state.policy.version)),
            ("positions.differing", float(len(known.differing))),
            ("positions.unprotected_age", max(0, at_ms - bare) / 1000),
        ]

    def _around(self) -> list[tuple[str, float]]:
        sources, gates = self._sources, self._gates
        disk = _disk(sources.run_dir)
        return [
            ("clock.offset", sources.clock_offset_s()),
            ("disk.free", disk[0]),
            ("disk.free_share", disk[1]),
            ("feed.age", sources.feed_age_s()),
            ("gates.last_pass_age", gates.last_pass_s),
            ("gates.refused_since_pass", float(gates.refused_since_pass)),
            ("gates.starved", float(gates.starved is not None)),
            ("inbox.waiting", float(sources.waiting())),
            ("loop.lag_worst", sources.lag_worst_s()),
            ("policy.age", sources.policy_age_s()),
        ]

    def _count(self, name: str, total: float, outcome: str = "") -> None:
        more = total - self._counted.get((name, outcome), 0.0)
        self._counted[name, outcome] = total
        if more > 0 or not outcome:
            self._telemetry.record_counter(name, more, {"outcome": outcome} if outcome else {})


def _gross(state: State) -> float:
    """Return what is open or may still open, in USD: what the gates hold against the limit."""
    gross = sum(grave.notional for grave in state.oversight.reconciliation.graves.values())
    for trade in state.trades.values():
        price = state.marks.get(trade.plan.symbol) or float(trade.plan.price)
        gross += float(trade.held + may_still_open(state, trade)) * price
    return gross


def _disk(run_dir: Path) -> tuple[float, float]:
    """Return the free bytes and the free share; NaN where nobody can tell."""
    try:
        usage = shutil.disk_usage(run_dir)
    except OSError:
        return float("nan"), float("nan")
    return float(usage.free), usage.free / usage.total
