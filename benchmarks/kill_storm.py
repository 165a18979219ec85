"""Kills a real desk at random, again and again, and lets the venue be the judge of what it left.

The desk and its venue are processes of their own with a socket between them, on which requests and
reports are lost, late and doubled. The desk begins with a journal of a million records, so that
every start is one of a long life: until it is safe (it knows what it held, and can close) and until
it is ready (venue and desk agree, all that is held has its stop). What is judged and how is told in
`tests.storm_process`; whatever is wrong ends the measurement with an error.
"""

import time
from pathlib import Path
from typing import Final

from adapters.audit.log import AuditFiles
from adapters.market_data.files import FileHistory
from adapters.market_data.instruments import instruments_for
from adapters.market_data.sources import parse_source
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.latch import FileLatch
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.snapshots import FileSnapshots
from application.engine import Engine
from application.replay import untouched
from application.snapshotting import EVENTS_A_SNAPSHOT, Snapshotter
from benchmarks.results import Results, percentile
from bootstrap.policy_file import load_policy
from domain.decision.messages import MarketAdvanced, SessionOpened
from domain.execution.messages import Deposited
from domain.shared.enums import RunMode
from tests.command import Files, market_on_disk
from tests.storm_process import Storm
from tests.storm_venue import DEPOSIT_USD, served, stormy

_ROUNDS: Final = 200
_ROUNDS_QUICK: Final = 8
_RECORDS: Final = 1_000_000
_DAYS: Final = 60
_PACE_S: Final = 0.1
_FIRST_ROW: Final = 560
_SEED: Final = 23
_WEATHER: Final = (
    "--latency-ms=5",
    "--lost-replies=0.02",
    "--unknown-errors=0.01",
    "--late-accepts=0.01",
    "--late-s=3",
    "--stream-drops=0.02",
    "--stream-duplicates=0.05",
)


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Storm, and tell how fast the desk came back, and that nothing was wrong."""
    place = folder / "kill-storm"
    (place / "market").mkdir(parents=True)
    files = stormy(market_on_disk(place / "market", days=_DAYS))
    rounds = _ROUNDS_QUICK if quick else _ROUNDS
    name = "kill-storm"
    if not quick:
        _lived(place / "run", files, _RECORDS)
    with served(files, place, _PACE_S, _WEATHER, _FIRST_ROW) as venue:
        storm = Storm(venue, _SEED)
        if not quick:  # the first start brings the trade store up to the record
            storm.rounds(1, early=0.0)
            storm.forget_times()
        storm.rounds(rounds)
        storm.converges()
        ledger = venue.ledger
    results.add(name, "kills", rounds, "", note=f"{storm.early} of them while it recovered")
    results.add(name, "records found again", storm.rows, "")
    results.add(name, "orders at the venue", len(ledger["accepted"]), "")
    results.add(name, "fills", ledger["fills"], "")
    for what in ("orders twice", "records lost", "positions without a stop"):
        results.add(name, what, 0, "", target="0")  # else the storm has raised
    for what, values, goal in (
        ("kill to safe", storm.safe_s, 5),
        ("kill to ready", storm.ready_s, 20),
        ("kill to all covered", storm.covered_s, 20),
    ):
        for share, mark in ((0.5, "p50"), (0.99, "p99")):
            figure = percentile(values, share)
            results.add(name, f"{what}, {mark}", figure, "s", target=f"<= {goal}")


def _lived(run_dir: Path, files: Files, records: int) -> None:
    """Write the record of a desk that has heard so much already, and never traded."""
    run_dir.mkdir(parents=True)
    FileLatch(run_dir / "latch").create()
    codec, sources = MsgpackCodec(), [parse_source(str(path)) for path in files.bars]
    instruments = instruments_for(FileHistory(sources, files.funding, None).load().bars)
    policy, symbols = load_policy(files.policy), sorted(instruments)
    at_ms = int(time.time() * 1_000) - records
    with SegmentJournal(run_dir / "journal", codec) as journal:
        audit = AuditFiles(run_dir / "audit")
        engine = Engine(untouched(), journal, audit, codec, [])
        snapshotter = Snapshotter(engine, FileSnapshots(run_dir / "snapshots", codec))
        engine.watch(lambda _heard, _said: None, snapshotter.flush)
        engine.hear(SessionOpened(at_ms, RunMode.PAPER, 0, policy, instruments, remote=True))
        engine.hear(Deposited(at_ms, DEPOSIT_USD))
        while engine.sequence < records:
            marks = ((symbols[engine.sequence % len(symbols)], 100.0),)
            engine.hear(MarketAdvanced(at_ms + engine.sequence, marks, 0.0, (), ()))
            if engine.sequence % EVENTS_A_SNAPSHOT == 0:
                engine.commit()
        engine.commit()
        audit.close()
