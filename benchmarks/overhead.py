"""What metrics, traces and the health monitor cost for one decision, in microseconds."""

import time
from decimal import Decimal
from typing import Final

from adapters.telemetry.memory import InMemoryTelemetry
from adapters.telemetry.traces import DecisionTraces
from application.engine import Projection
from application.gate_starvation import GateWatch
from application.progress import Progress
from application.projections.metrics import MetricsProjection
from benchmarks.results import Results, middle, percentile
from domain.ai.prediction import Prediction
from domain.decision.facts import EntryRefused, Said
from domain.decision.messages import Candidate, Heard, MarketAdvanced
from domain.market.messages import Quote, Regime
from domain.risk.verdict import Check, Objection
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import Action, RunMode, Side

_AT_MS: Final = 1_700_000_000_000
_LATE: Final = 0.99
_CHECKS: Final = 14
_VOTERS: Final = 4
_TARGET_US: Final = 50


def measure(results: Results, *, quick: bool) -> None:
    """Measure each projection on decisions of four voters that fourteen gates were asked about."""
    telemetry, now_ms = InMemoryTelemetry(), _AT_MS
    progress = Progress(lambda: now_ms)
    parts: dict[str, Projection] = {
        "metrics": MetricsProjection(telemetry),
        "traces, nobody listens": DecisionTraces(),
        "progress": progress.heard,
        "gate watch": GateWatch(lambda _: None),
    }
    heard, said = _decision()
    rounds = 2_000 if quick else 20_000
    for name, part in parts.items():
        results.add("overhead", f"{name}, median", middle(_costs(part, heard, said, rounds)), "us")
    together = [
        sum(costs) for costs in zip(*(_costs(p, heard, said, rounds) for p in parts.values()),
                                    strict=True)
    ]  # fmt: skip
    note = f"{_VOTERS} voters, {_CHECKS} gates"
    results.add("overhead", "a decision, median", middle(together), "us", note=note)
    late = percentile(together, _LATE)
    results.add("overhead", "a decision, p99", late, "us", target=f"<= {_TARGET_US}")
    began = time.perf_counter()
    text = telemetry.exposition()
    took_us = (time.perf_counter() - began) * 1e6
    results.add("overhead", "a scrape", took_us, "us", note=f"{text.count(chr(10))} lines")


def _costs(part: Projection, heard: Heard, said: tuple[Said, ...], rounds: int) -> list[float]:
    clock = time.perf_counter
    costs: list[float] = []
    for _ in range(rounds):
        began = clock()
        part(heard, said)
        costs.append((clock() - began) * 1e6)
    return costs


def _decision() -> tuple[Heard, tuple[Said, ...]]:
    price = Decimal(30_000)
    quote = Quote("BTCUSDT", price, 0.01, Regime.TREND_UP, 0.0002, None, RunMode.PAPER)
    votes = tuple(Prediction(f"model{n}", Action.BUY, 0.7) for n in range(_VOTERS))
    heard = MarketAdvanced(_AT_MS, (), 0.0, (), (Candidate(quote, votes),))
    checks = tuple(
        Check(f"gate{n}", ZERO if n == 0 else ONE, Objection.EXPOSURE if n == 0 else None, 1.0, 0.5)
        for n in range(_CHECKS)
    )
    refused = EntryRefused(
        _AT_MS, "BTCUSDT-abc", "BTCUSDT", Side.BUY, price, 0.7, ("exposure",), checks, 1
    )
    return heard, (refused,)
