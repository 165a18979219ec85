"""The operator's interface of a paper session at the pace of time."""

from collections.abc import Iterator
from pathlib import Path

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from application.engine import Engine
from application.ports.journal import Entry
from application.ports.notifier import Notifier
from application.ports.telemetry import Telemetry
from bootstrap.operator_interface import OperatorInterface, Run, Wishes
from bootstrap.settings import Settings
from bootstrap.vitals import Monitor


def paper_interface(
    settings: Settings,
    run_dir: Path,
    engine: Engine,
    wishes: Wishes,
    monitor: Monitor,
    telemetry: Telemetry,
    notifier: Notifier,
) -> OperatorInterface:
    """Return it; its time is the market's. Raises `BadInput`."""

    def entries() -> Iterator[Entry]:
        with SqliteJournal(run_dir / "journal.db", MsgpackCodec(), read_only=True) as journal:
            yield from journal.entries()

    run = Run(
        run_dir, engine, wishes.put, lambda: engine.state.at_ms, monitor.vitals, telemetry,
        notifier, entries,
    )  # fmt: skip
    return OperatorInterface(settings, run)
