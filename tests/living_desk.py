"""A desk that is a process of its own: run, looked at while it lives, read when it is over."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.segment_journal import SegmentJournal
from application.replay import untouched
from domain.decision.messages import Command, Heard
from domain.decision.step import step
from domain.execution.messages import PlaceEntry, StreamTurned
from domain.shared.identity import Leg, own_id
from tests.command import Told, ended, quantum_trader
from tests.storm_venue import Desk, Venue, wait_until

PACE_S: Final = 0.25
FIRST_ROW: Final = 560
# So long a desk that may enter would have done so.
QUIET_S: Final = 20 * PACE_S


@contextmanager
def running(desk: Desk, phase: str = "ready") -> Iterator[Desk]:
    """Let *desk* run once it has reached *phase*, and kill it if it still does in the end."""
    try:
        desk.reaches(phase)
        yield desk
    finally:
        desk.killed()


def stopped(desk: Desk) -> Told:
    desk.process.send_signal(signal.SIGTERM)
    told = ended(desk.process)
    assert told.code == 0, told.err
    return told


def entries_of(venue: Venue) -> set[str]:
    accepted = ((name, own_id(name)) for name in venue.ledger["accepted"])
    return {name for name, own in accepted if own is not None and own.leg is Leg.ENTRY}


def wait_for_more_entries(venue: Venue) -> None:
    before = len(entries_of(venue))
    wait_until(lambda: len(entries_of(venue)) > before, "one more entry")


def decisions_of(run_dir: Path) -> Iterator[tuple[Heard, tuple[Command, ...]]]:
    """Decide on what was heard once more; yield it with what it led to."""
    state = untouched()
    with SegmentJournal(run_dir / "journal", MsgpackCodec()) as journal:
        for entry in journal.entries():
            state, _, asked = step(state, entry.heard)
            yield entry.heard, tuple(asked)


def entries_asked_while_down(run_dir: Path, reason: str) -> tuple[int, int]:
    """Return how often the line was down for *reason*, and how many entries were asked so."""
    is_down, downs, asked_for = False, 0, 0
    for heard, asked in decisions_of(run_dir):
        if isinstance(heard, StreamTurned):
            downs += not heard.up and reason in heard.reason
            is_down = not heard.up and (is_down or reason in heard.reason)
        asked_for += is_down and sum(isinstance(one, PlaceEntry) for one in asked)
    return downs, asked_for


def require_sound(venue: Venue, run_dir: Path) -> None:
    """Hold the ledger's orders and the journal's decisions to what holds whatever befalls."""
    ledger = venue.ledger
    assert ledger["duplicates"] == []
    assert ledger["unprotected_since_ms"] == {}
    assert quantum_trader("replay", run_dir, "--json").code == 0


def wait_until_audited(desk: Desk, text: str) -> None:
    def is_there() -> bool:
        return any(
            text in one.read_text("utf-8") for one in (desk.run_dir / "audit").glob("*.jsonl")
        )

    wait_until(is_there, text)
