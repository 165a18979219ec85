"""The operator's interface of a run at a venue beyond a wire."""

from collections.abc import Iterable
from pathlib import Path

from adapters.clock.system import SystemClock
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.halt_file import HaltFile
from adapters.persistence.segment_reader import SegmentRecord
from application.engine import Engine
from application.inbox import Inbox
from application.ports.journal import Entry
from bootstrap.containers import Adapters
from bootstrap.operator_interface import OperatorInterface, Run
from bootstrap.recovery import SEGMENTS
from bootstrap.settings import Settings
from bootstrap.vitals import Monitor


def remote_interface(
    settings: Settings,
    run_dir: Path,
    adapters: Adapters,
    engine: Engine,
    inbox: Inbox,
    *,
    monitor: Monitor,
    clock: SystemClock,
    halt: HaltFile,
) -> OperatorInterface:
    """Return it; a halt that the desk does not hear sets the *halt* file. Raises `BadInput`."""

    def entries() -> Iterable[Entry]:
        return SegmentRecord(run_dir / SEGMENTS, MsgpackCodec()).entries()

    run = Run(
        run_dir, engine, inbox.put, clock.now_ms, monitor.vitals, adapters.telemetry(),
        adapters.notifier(), entries, halt.trip,
    )  # fmt: skip
    return OperatorInterface(settings, run)
