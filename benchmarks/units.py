"""What single things cost: a decision, a row of the record, a tick, a metric."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from adapters.audit.log import AuditFiles
from adapters.audit.verify import verify
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.telemetry.memory import InMemoryTelemetry
from application.digest import NOTHING_DECIDED
from application.engine import Engine, Projection
from application.projections.audit import AuditProjection
from application.projections.metrics import MetricsProjection
from benchmarks.recorded import Nowhere, Recording, record
from benchmarks.results import Results, middle, percentile
from benchmarks.workloads import SYMBOL, Workload
from domain.decision.attention import attention
from domain.decision.messages import MarketAdvanced
from domain.decision.state import State
from domain.decision.step import step
from domain.shared.enums import RunMode

_LATE: Final = 0.99
_REPEATS: Final = 5
_ROWS: Final = 100


def measure(workload: Workload, folder: Path, results: Results, *, quick: bool) -> None:
    """Measure everything here on a stretch of *workload*."""
    recording = record(workload, 5_000 if quick else 40_000)
    _decisions(recording, results)
    _pipeline(recording, results)
    _codec(recording, results)
    _journal(recording, folder, results)
    _audit(recording, folder, results)
    _band(recording, results)
    _metrics(results)


def _best_us(work: Callable[[], object], count: int) -> float:
    """Return the CPU microseconds of one of *count* things, at the best of a few tries."""
    tries = []
    for _ in range(_REPEATS):
        began = time.process_time()
        work()
        tries.append(time.process_time() - began)
    return min(tries) / count * 1e6


def _decisions(recording: Recording, results: Results) -> None:
    def all_steps() -> State:
        state = recording.fresh()
        for event in recording.heard:
            state = step(state, event).state
        return state

    each = _best_us(all_steps, len(recording.heard))
    results.add("decision", "step alone, mean of all events", each, "us")


def _pipeline(recording: Recording, results: Results) -> None:
    """Every event through the engine, with record and projections but without a disk."""
    nowhere = Nowhere()
    projections: list[Projection] = [
        AuditProjection(nowhere, RunMode.BACKTEST),
        MetricsProjection(InMemoryTelemetry()),
    ]
    engine = Engine(recording.fresh(), nowhere, nowhere, MsgpackCodec(), projections)
    candidates: list[float] = []
    others: list[float] = []
    clock = time.perf_counter
    for event in recording.heard:
        is_candidate = isinstance(event, MarketAdvanced) and bool(event.candidates)
        began = clock()
        engine.hear(event)
        (candidates if is_candidate else others).append((clock() - began) * 1e6)
    for figure, values in (("a candidate signal", candidates), ("any other event", others)):
        results.add("decision", f"engine, {figure}, median", middle(values), "us")
        results.add("decision", f"engine, {figure}, p99", percentile(values, _LATE), "us")


def _codec(recording: Recording, results: Results) -> None:
    codec, heard = MsgpackCodec(), recording.heard
    lines = [codec.encode(event) for event in heard]
    encoded = _best_us(lambda: [codec.encode(event) for event in heard], len(heard))
    decoded = _best_us(lambda: [codec.decode_heard(line) for line in lines], len(heard))
    size = sum(map(len, lines)) / len(lines)
    results.add("codec", "encode", encoded, "us", bytes=round(size))
    results.add("codec", "decode", decoded, "us")


def _journal(recording: Recording, folder: Path, results: Results) -> None:
    codec = MsgpackCodec()
    lines = [codec.encode(event) for event in recording.heard[: 40 * _ROWS]]
    for rows in (len(lines), _ROWS, 1):
        path = folder / f"journal-{rows}.db"
        kept = lines if rows > 1 else lines[: 5 * _ROWS]
        with SqliteJournal(path, codec) as journal:
            cpu, wall = time.process_time(), time.perf_counter()
            for sequence, line in enumerate(kept, 1):
                journal.append(sequence, line, NOTHING_DECIDED)
                if sequence % rows == 0:
                    journal.commit()
            journal.commit()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        each = "all at once" if rows == len(lines) else f"{rows} a commit"
        wall_us = round(wall / len(kept) * 1e6, 1)
        results.add("journal", f"append, {each}", cpu / len(kept) * 1e6, "us CPU", wall_us=wall_us)


def _audit(recording: Recording, folder: Path, results: Results) -> None:
    kept: list[tuple[Any, ...]] = []

    class _Keeps(Nowhere):
        def append(self, *record: object) -> None:
            kept.append(record)

    projection = AuditProjection(_Keeps(), RunMode.BACKTEST)
    facts = list(zip(recording.heard, recording.said, strict=True))

    def project() -> None:
        for event, said in facts:
            projection(event, said)

    told = _best_us(project, 1) / _records(kept)
    del kept[_records(kept) :]
    began = time.process_time()
    with AuditFiles(folder / "audit") as log:
        for kind, at_ms, fields in kept:
            log.append(kind, at_ms, fields)
    written = (time.process_time() - began) / len(kept) * 1e6
    began = time.process_time()
    verdict = verify(folder / "audit")
    checked = len(kept) / (time.process_time() - began)
    results.add("audit", "fields of a record", told, "us")
    results.add("audit", "append a record, durable at the end", written, "us CPU")
    results.add("audit", "verify", checked, "records/CPU-s", intact=verdict.ok)


def _records(kept: Sequence[object]) -> int:
    """Return how many records one pass of a few made."""
    return len(kept) // _REPEATS


def _band(recording: Recording, results: Results) -> None:
    """Measure what a tick of a held symbol costs: is it inside the band that the desk gave."""
    state = recording.fresh()
    for event in recording.heard:
        state = step(state, event).state
        if state.exposure.held:
            break
    asked = 20_000
    results.add(
        "attention",
        "computed",
        _best_us(lambda: [attention(state) for _ in range(asked)], asked),
        "us",
    )
    wanted = attention(state)
    bands = {SYMBOL: wanted.bands.get(SYMBOL, (0.0, 1e12))}

    def ticks() -> int:
        woken = 0
        for price in prices:
            low, high = bands[SYMBOL]
            if not low < price < high:
                woken += 1
        return woken

    prices = [30_000.0 + at * 0.01 for at in range(200_000)]
    results.add("attention", "a tick inside", _best_us(ticks, len(prices)), "us", target="<= 2")


def _metrics(results: Results) -> None:
    telemetry, count = InMemoryTelemetry(), 100_000
    labels = {"symbol": SYMBOL}

    def counters() -> None:
        for _ in range(count):
            telemetry.record_counter("trades.executed", 1.0, labels)

    def distributions() -> None:
        for _ in range(count):
            telemetry.record_histogram("trade.pnl_usd", 12.0)

    results.add("metrics", "counter with a label", _best_us(counters, count), "us")
    results.add("metrics", "distribution", _best_us(distributions, count), "us")
