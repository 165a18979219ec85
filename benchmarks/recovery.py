"""How long a start takes when the journal has a million records: until the desk stands again.

The record is made as a live session makes it, snapshots behind the journal; the tail beyond the
last one is as long as it ever gets. Each start is a process of its own, from the operating system's
call to a desk that knows what it held, with every decision of the tail held against its digest. It
can close and protect from then on; when it may enter again is a matter of the venue as well, and
measured by `kill-storm`. Where the time goes is shown beside it.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from adapters.audit.log import AuditFiles
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.snapshots import FileSnapshots
from application.engine import Engine
from application.snapshotting import EVENTS_A_SNAPSHOT, Snapshotter
from application.startup import recovered
from benchmarks.breach import open_positions
from benchmarks.process import ROOT
from benchmarks.results import Results, percentile
from domain.decision.messages import MarketAdvanced
from domain.decision.state import initial
from domain.governance.policy import Policy
from domain.shared.enums import RunMode

_RECORDS: Final = 1_000_000
_RECORDS_QUICK: Final = 100_000
_HELD: Final = 10
_SYMBOLS: Final = 20
_APART_MS: Final = 500
_PRICE: Final = 30_000.0
_GOAL_S: Final = 5


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Write the record, then start from it again and again."""
    records, starts = (_RECORDS_QUICK, 5) if quick else (_RECORDS, 40)
    place = folder / "recovery"
    place.mkdir(parents=True)
    began = time.perf_counter()
    records = _written(place, records)
    size = sum(path.stat().st_size for path in (place / "journal").iterdir()) / 1e6
    name = "recovery"
    results.add(name, "records", records, "", note=f"{size:.0f} MB of journal and its reserve")
    results.add(name, "written down at", records / (time.perf_counter() - began), "records/s")
    told = [_started(place) for _ in range(starts + 1)][1:]
    results.add(name, "of which after the snapshot", told[0]["tail"], "records")
    for share, mark in ((0.5, "p50"), (0.99, "p99")):
        whole = percentile([one["whole_s"] for one in told], share)
        results.add(name, f"process to safe, {mark}", whole, "s", target=f"<= {_GOAL_S}")
        part = percentile([one["recovered_s"] for one in told], share)
        results.add(name, f"of which snapshot and tail, {mark}", part, "s")


def _written(place: Path, records: int) -> int:
    """Write *records* records, and on to just before the next snapshot; return how many."""
    codec = MsgpackCodec()
    with SegmentJournal(place / "journal", codec) as journal:
        audit = AuditFiles(place / "audit")
        engine = Engine(initial(RunMode.PAPER, Policy()), journal, audit, codec, [])
        snapshotter = Snapshotter(engine, FileSnapshots(place / "snapshots", codec))
        engine.watch(lambda _heard, _said: None, snapshotter.flush)
        open_positions(engine.hear, _HELD, _SYMBOLS)
        symbols = sorted(engine.state.instruments)
        at_ms, last = engine.state.at_ms, -(-records // EVENTS_A_SNAPSHOT) * EVENTS_A_SNAPSHOT
        while engine.sequence < last + EVENTS_A_SNAPSHOT - 1:
            at_ms += _APART_MS
            symbol = symbols[engine.sequence % _SYMBOLS]
            price = _PRICE * (1.0 + engine.sequence % 7 * 1e-6)
            engine.hear(MarketAdvanced(at_ms, ((symbol, price),), 0.0, (), ()))
            if engine.sequence % EVENTS_A_SNAPSHOT == 0:
                engine.commit()
        engine.commit()
        audit.close()
        return engine.sequence


def _started(place: Path) -> dict[str, float]:
    """Start a process that recovers; return what it told, and the seconds from its start."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - a module of this package, no shell
        [sys.executable, "-m", "benchmarks.recovery", str(place)],
        cwd=ROOT,
        env={**os.environ},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return {**told, "whole_s": time.perf_counter() - began}


def main(place: Path) -> None:
    """Recover from the record at *place* and tell how long that took."""
    began, codec = time.perf_counter(), MsgpackCodec()
    with SegmentJournal(place / "journal", codec) as journal:
        snapshots = FileSnapshots(place / "snapshots", codec)
        known = recovered(journal, codec, snapshots=snapshots)
        took = time.perf_counter() - began
        if len(known.state.book.positions) != _HELD:
            raise ValueError("what was held is not known again")
        latest = snapshots.latest()
        tail = known.sequence - (latest.sequence if latest else 0)
    json.dump({"recovered_s": took, "tail": tail}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
