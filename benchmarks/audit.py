"""What the audit trail costs: a record, a durable group, a decision, a check, a search."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.audit.index import AuditIndex, Query
from adapters.audit.log import AuditFiles
from adapters.audit.sealing import Sealing
from adapters.audit.verify import verify
from adapters.audit.walk import walk
from adapters.signing import Signer
from application.ports.audit_log import AuditValue
from application.projections.audit import AuditProjection
from benchmarks.recorded import Nowhere, record
from benchmarks.results import Results, middle
from benchmarks.workloads import Workload
from domain.decision.facts import Said
from domain.decision.messages import Heard
from domain.shared.enums import RunMode

_GROUP: Final = 100
_TRIES: Final = 5
_BEGIN_MS: Final = 1_704_067_200_000
_EVERY_MS: Final = 20_000
_KINDS: Final = ("trade.decision", "risk.block", "trade.executed", "trade.closed", "order.refused")
_RARE: Final = 5_000
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")


def measure(workload: Workload, folder: Path, results: Results, *, quick: bool) -> None:
    """Measure everything here; trails of up to a million records."""
    folder.mkdir(parents=True, exist_ok=True)
    _decision(workload, results, quick=quick)
    _durable(folder / "durable", results, 4_000 if quick else 20_000)
    _large(folder / "large" / "audit", results, 100_000 if quick else 1_000_000)


def _fields(n: int) -> dict[str, AuditValue]:
    return {
        "trace_id": f"{SYMBOLS[n % 4]}-{n // 5:x}",
        "actor": "desk",
        "symbol": SYMBOLS[n % 4],
        "action": "BUY",
        "reason": "approved",
        "confidence": 0.7,
        "n": n,
        "mode": "paper",
    }


def _fill(log: AuditFiles, count: int, group: int) -> None:
    for n in range(count):
        kind = "policy.changed" if n % _RARE == _RARE - 1 else _KINDS[n % len(_KINDS)]
        log.append(kind, _BEGIN_MS + n * _EVERY_MS, _fields(n))
        if n % group == group - 1:
            log.flush()


def _signed(folder: Path) -> Sealing:
    signer = Signer(Ed25519PrivateKey.generate())
    return Sealing(signer, "quantum-trader/bench", folder.parent / "out")


def _durable(folder: Path, results: Results, count: int) -> None:
    """Measure a signed, exported trail on a real disk, a hundred records to a group."""
    with AuditFiles(folder / "audit", sealing=_signed(folder)) as log:
        began = time.perf_counter()
        _fill(log, count, _GROUP)
        took = time.perf_counter() - began
    figure = f"append, durable, signed and exported, {_GROUP} a group"
    results.add("audit", figure, count / took, "records/s")


def _large(folder: Path, results: Results, count: int) -> None:
    began = time.process_time()
    with AuditFiles(folder, durable=False) as log:
        _fill(log, count, 4_096)
    spent = (time.process_time() - began) / count * 1e6
    results.add("audit", "append, not durable", spent, "us CPU")
    for figure, check in (("verify, chains alone", walk), ("verify, with the tree", verify)):
        began = time.process_time()
        check(folder)
        rate = count / (time.process_time() - began)
        results.add("audit", figure, rate, "records/CPU-s", records=count)
    _search(folder, results, count)


def _search(folder: Path, results: Results, count: int) -> None:
    index = AuditIndex(folder)
    began = time.perf_counter()
    index.catch_up()
    results.add("audit", "index from nothing", count / (time.perf_counter() - began), "records/s")
    middle_ms = _BEGIN_MS + count // 2 * _EVERY_MS
    asked = {
        "type": Query(kind="policy.changed"),
        "time": Query(from_ms=middle_ms, to_ms=middle_ms + 3_600_000),
        "symbol and time": Query(symbol="ETHUSDT", from_ms=middle_ms),
        "trace": Query(trace=f"{SYMBOLS[0]}-{count // 10:x}"),
    }
    for name, query in asked.items():
        results.add("audit", f"search by {name}", _ms(index, query), "ms", records=count)
    index.close()


def _ms(index: AuditIndex, query: Query) -> float:
    tries = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        index.catch_up()
        index.search(query)
        tries.append((time.perf_counter() - began) * 1e3)
    return max(tries)


def _decision(workload: Workload, results: Results, *, quick: bool) -> None:
    """Measure what the trail adds to an event, with and without something to record."""
    recording = record(workload, 5_000 if quick else 40_000)
    facts = list(zip(recording.heard, recording.said, strict=True))
    project = AuditProjection(Nowhere(), RunMode.BACKTEST)
    told = [(heard, said) for heard, said in facts if said]

    def all_of(these: Sequence[tuple[Heard, tuple[Said, ...]]]) -> None:
        for heard, said in these:
            project(heard, said)

    spent = _best(lambda: all_of(facts)) / len(facts) * 1e6
    each = _best(lambda: all_of(told)) / max(1, len(told)) * 1e6
    results.add("audit", "projection, mean of all decisions", spent, "us CPU")
    results.add("audit", "projection, a decision that says something", each, "us CPU")


def _best(work: Callable[[], object]) -> float:
    tries = []
    for _ in range(_TRIES):
        began = time.process_time()
        work()
        tries.append(time.process_time() - began)
    return middle(tries)
