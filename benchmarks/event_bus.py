"""What an event costs: told to nobody, handed over in process, kept on the disk and drained."""

import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from adapters.event_bus import wire
from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.memory import MemoryBus
from adapters.event_bus.redis_streams import RedisBus
from application.errors import BadInput
from application.events.conduct_payloads import RiskTold
from application.events.envelope import Envelope
from application.events.trade_payloads import PositionMoved
from application.ports.event_bus import Mishap
from application.projections.events import EventsProjection
from benchmarks.recorded import Recording, record
from benchmarks.results import Results
from benchmarks.workloads import START_MS, SYMBOL, Workload
from domain.shared.amounts import ONE
from domain.shared.enums import RunMode

REDIS: Final = "redis://127.0.0.1:6379/0"
_REPEATS: Final = 5
_AT_ONCE: Final = 4_096
_SAFETY: Final = 200


def measure(workload: Workload, folder: Path, results: Results, *, quick: bool) -> None:
    """Measure everything here; Redis where there is one."""
    count = 5_000 if quick else 50_000
    recording = record(workload, 5_000 if quick else 40_000)
    _projection(recording, results)
    events = [_fill(number) for number in range(count)]
    _wire(events, results)
    _memory(events, results)
    _buffer(events, folder / "buffer", results)
    _redis(events, folder / "redis", results)


def _fill(number: int) -> Envelope:
    kind, payload = "position.updated", PositionMoved(SYMBOL, "BUY", ONE, ONE, f"order-{number}")
    heard = f"bench-{number}"
    name = f"{heard}-{kind}-0"
    return Envelope(name, kind, 1, START_MS, "trace", heard, "desk:paper", SYMBOL, payload)


def _alert(number: int) -> Envelope:
    payload = RiskTold("feed_fresh", SYMBOL, 1.0, 1.0, "data are fresh again")
    name = f"alert-{number}"
    return Envelope(name, "risk.alert", 1, START_MS, "", "", "desk:paper", SYMBOL, payload)


def _projection(recording: Recording, results: Results) -> None:
    """Tell what a stretch of W1 said, to nobody and to one consumer of everything but ticks."""
    kinds = ("signal.rejected", "risk.block", "trade.decision", "trade.closed", "position.updated")
    facts = list(zip(recording.heard, recording.said, strict=True))
    for name, wanted in (("nobody", ()), ("one consumer", kinds)):
        best = []
        for _ in range(_REPEATS):
            bus = MemoryBus(_quiet, _now)
            if wanted:
                bus.subscribe(wanted, _take, "one")
            number = iter(range(len(facts) * 8))
            project = EventsProjection(bus, RunMode.BACKTEST, number.__next__)
            began = time.process_time()
            for heard, said in facts:
                project(heard, said)
            best.append(time.process_time() - began)
        each = min(best) / len(facts) * 1e6
        results.add("event bus", f"decision told to {name}", each, "us CPU")


def _wire(events: Sequence[Envelope], results: Results) -> None:
    lines = [wire.encode(event) for event in events]
    results.add("event bus", "encode", _each_us(wire.encode, events), "us")
    results.add("event bus", "decode", _each_us(wire.decode, lines), "us")


def _memory(events: Sequence[Envelope], results: Results) -> None:
    for name, consumers in (("no consumer", 0), ("one consumer", 1), ("three consumers", 3)):
        bus = MemoryBus(_quiet, _now)
        for number in range(consumers):
            bus.subscribe(("position.updated",), _take, f"consumer-{number}")
        each = _each_us(bus.publish, events)
        results.add("event bus", f"publish in memory, {name}", each, "us")


def _buffer(events: Sequence[Envelope], folder: Path, results: Results) -> None:
    buffer = DiskBuffer(Folder(folder), _quiet, _now)
    each = _each_us(buffer.append, events)
    results.add("event bus", "buffer a fact, durable in groups", each, "us")
    alerts = [_alert(number) for number in range(_SAFETY)]
    each = _each_us(buffer.append, alerts)
    results.add("event bus", "buffer a safety event, durable at once", each, "us")
    waiting = buffer.pending
    again = _seconds(lambda: DiskBuffer(Folder(folder), _quiet, _now))
    results.add("event bus", "open a buffer", waiting / again, "events/s")
    speed = waiting / _seconds(lambda: _drain(buffer, _ignore))
    results.add("event bus", "drain", speed, "events/s", target=">= 5000")


def _redis(events: Sequence[Envelope], folder: Path, results: Results) -> None:
    buffer = DiskBuffer(Folder(folder), _quiet, _now)
    prefix = f"bench-{uuid4().hex}"
    lost: list[Mishap] = []
    try:
        bus = RedisBus(REDIS, buffer, lost.append, _now, prefix=prefix)
    except BadInput as error:
        results.skip("event bus on Redis", str(error))
        return
    bus.subscribe(("position.updated",), _take, "one")
    if lost:
        results.skip("event bus on Redis", lost[0].text)
        return
    try:
        _redis_speeds(events, bus, buffer, results)
    finally:
        bus.close()
        _remove(prefix)


def _redis_speeds(
    events: Sequence[Envelope], bus: RedisBus, buffer: DiskBuffer, results: Results
) -> None:
    half = len(events) // 2
    each = _each_us(bus.publish, events[:half])
    results.add("event bus", "publish to Redis", each, "us")
    for event in events[half:]:
        buffer.append(event)

    def drain() -> None:
        while buffer.pending:
            bus.publish(events[-1])  # known already: it only drains

    speed = (len(events) - half) / _seconds(drain)
    results.add("event bus", "drain into Redis", speed, "events/s", target=">= 5000")


def _remove(prefix: str) -> None:
    redis = importlib.import_module("redis")
    with closing(redis.Redis.from_url(REDIS)) as client:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)


def _drain(buffer: DiskBuffer, send: Callable[[Sequence[Envelope]], None]) -> None:
    while buffer.pending:
        buffer.drain(send, _AT_ONCE)


def _each_us(work: Callable[[Any], object], things: Sequence[object]) -> float:
    """Return the microseconds that *work* takes on one of *things*."""
    began = time.perf_counter()
    for thing in things:
        work(thing)
    return (time.perf_counter() - began) / len(things) * 1e6


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _now() -> int:
    return START_MS


def _quiet(_: Mishap) -> None:
    """Be told of a mishap."""


def _take(_: Envelope) -> None:
    """Consume an event."""


def _ignore(_: Sequence[Envelope]) -> None:
    """Take a batch."""
