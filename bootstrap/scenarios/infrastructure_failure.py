"""Scenario 10: records or the latch cannot be written, health is bad: exits go on, entries do not.

The loss of the policy store is a scenario of its own.
"""

from importlib.util import find_spec
from typing import Final

from adapters.event_bus.disk import Folder
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from application.errors import IntegrityFailure
from application.events.envelope import Envelope
from application.replay import replay
from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, ETH, FLAT, SOL, Line, Look, level_of, market_of
from bootstrap.scenarios.policy_store_down import policy
from bootstrap.scenarios.script import Cue, Outage, Part, Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged, TradeClosed
from domain.decision.messages import HealthChanged, OperatorFlattened, OperatorHalted, Severity
from domain.decision.safety_facts import FlatProved, HealthNoted
from domain.execution.messages import OrderKind, PlaceEntry, PlaceExit
from domain.governance.directive import Health
from domain.risk.emergency_stop import EMERGENCY, NORMAL
from domain.risk.verdict import Objection

_ENTRY_BAR: Final = 2
_DOWN_BAR: Final = 8
_WANTED_BAR: Final = 9
_FALL_BAR: Final = 10
_FLAT_BAR: Final = 11
_FLATTEN_BAR: Final = 12
_UP_BAR: Final = 15
_LATE_BAR: Final = 18
_BARS: Final = 24
_CONFIDENCE: Final = 0.8
_HELD: Final = (BTC, ETH, SOL)
_WANTED: Final = "XRPUSDT"
_LATE: Final = "LINKUSDT"
# Nobody listens on this port.
_NOBODY: Final = "redis://127.0.0.1:1/0"


def script_of(stage: Stage, *outages: Outage) -> Script:
    """Return the story: three positions that must be left, and one that is wanted, in an outage."""
    dice, bars = stage.dice, {}
    for symbol in (*_HELD, _WANTED, _LATE):
        fall = dice.uniform(0.06, 0.08) if symbol == ETH else 0.0
        story = [1.0] * _FALL_BAR + [1.0 - fall] * (_BARS - _FALL_BAR)
        look = Look(level_of(symbol, dice), dice.uniform(0.018, 0.022), dice.uniform(0.0, 0.0002))
        bars[symbol] = market_of(symbol, story, look, dice)
    lines = [Line(_ENTRY_BAR, symbol, BUY, _CONFIDENCE) for symbol in _HELD]
    lines += [Line(_WANTED_BAR, _WANTED, BUY, _CONFIDENCE), Line(_LATE_BAR, _LATE, BUY, 0.8)]
    lines.append(Line(_FLAT_BAR, SOL, FLAT, _CONFIDENCE))
    cue = Cue(_FLATTEN_BAR, OperatorFlattened(0, BTC, "ann", "no record, no risk"))
    return Script(bars, unanimous(*lines), policy(), cues=(cue,), outages=outages)


def show(stage: Stage) -> None:
    """Show each failure: what it stops, what goes on, and that it is over when it is over."""
    for part in (Part.JOURNAL, Part.AUDIT):
        ended = stage.play(part.value, script_of(stage, Outage(_DOWN_BAR, part, _UP_BAR)))
        _exits_only(stage, part.value, ended)
        _recorded(stage, part.value, ended)
    _bus(stage)
    _latch(stage)
    _health(stage)


def _exits_only(stage: Stage, name: str, ended: Ended) -> None:
    ledger = stage.ledger
    start, end = close_of(_DOWN_BAR), close_of(_UP_BAR)
    entries = [s for s in ended.sent if isinstance(s.command, PlaceEntry)]
    ledger.same(f"{name} down: entries that held before it", len(ended.told(EntryApproved)[:3]), 3)
    sent = sum(1 for each in entries if start <= each.at_ms < end)
    ledger.same(f"{name} down: entries sent to the venue", sent, 0)
    asked = [each for each in ended.sent if start <= each.at_ms < end]
    closes = {each.command.symbol for each in asked if _is_close(each.command)}
    ledger.same(f"{name} down: closes sent", sorted(closes), [BTC, SOL])
    fills = {f.symbol for f in ended.fills if start <= f.at_ms < end and f.symbol in _HELD}
    ledger.same(f"{name} down: symbols left, one by its stop", sorted(fills), sorted(_HELD))
    pages = [p for p in ended.pages if p.severity is Severity.CRITICAL and "record" in p.text]
    ledger.same(f"{name} down: calls for a person", len(pages), 1)
    late = {each.command.symbol for each in entries if each.at_ms >= end}
    ledger.same(f"{name} up again: entries sent", sorted(late), [_LATE])
    health = ended.state.oversight.health
    ledger.same(f"{name} up again: health", health, Health.HEALTHY)
    held = {symbol for symbol, _ in ended.account.positions}
    booked = set(ended.state.book.positions)
    ledger.same(f"{name} up again: positions at the venue are those of the book", held, booked)
    ledger.same(f"{name} up again: audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare
    ledger.same(f"{name} up again: journal", _replayed(ended), "replays identically")


def _is_close(command: object) -> bool:
    return isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET


def _replayed(ended: Ended) -> str:
    """Return whether the journal leads again to all that was decided."""
    codec = MsgpackCodec()
    with SqliteJournal(ended.run_dir / "journal.db", codec, read_only=True) as journal:
        try:
            done = replay(journal.entries(), codec)
        except IntegrityFailure as error:
            return str(error)
    first = done.first_divergence
    return "replays identically" if first is None else f"{first.sequence}: {first.problem}"


def _recorded(stage: Stage, name: str, ended: Ended) -> None:
    """Note the trace of an entry after it all, and that it is in the trail."""
    approved = ended.first(EntryApproved, lambda a: a.symbol == _LATE)
    stage.ledger.key = approved.trace
    records = ended.records("trade.decision", trace_id=approved.trace)
    stage.ledger.same(f"{name} up again: audit records of the next decision", len(records), 1)


def _bus(stage: Stage) -> None:
    """Let the bus between processes be out of reach: all goes on, events wait on the disk."""
    ledger = stage.ledger
    if find_spec("redis") is None:
        ledger.note(
            "bus down", "not shown: Redis is an extra, not installed here", "as it is", ok=True
        )
        return
    script = script_of(stage)
    alone = stage.play("bus", script._replace(stores={"bus": _NOBODY}))
    entered = [a.symbol for a in alone.told(EntryApproved)]
    ledger.same("bus down: entries", entered, [*_HELD, _WANTED, _LATE])
    left = {c.symbol for c in alone.told(TradeClosed)}
    ledger.same("bus down: symbols left", sorted(left), sorted(_HELD))
    kept: list[Envelope] = []
    buffer = DiskBuffer(Folder(alone.run_dir / "events"), lambda _: None, lambda: 0)
    waiting = buffer.pending
    buffer.drain(kept.extend, waiting)
    ledger.at_least("bus down: events that wait on the disk", len(kept), len(alone.audit))
    traces = [approved.trace for approved in alone.told(EntryApproved)]
    decided = [e.trace_id for e in kept if e.type == "trade.decision"]
    ledger.same("bus down: decisions among them, in order", decided, traces)


def _latch(stage: Stage) -> None:
    """Halt while the latch cannot be written: all is closed, and a person is called."""
    ledger = stage.ledger
    script = script_of(stage, Outage(_DOWN_BAR, Part.LATCH, _UP_BAR))
    halt = Cue(_WANTED_BAR, OperatorHalted(0, "ann", "stop"))
    ended = stage.play("latch", script._replace(cues=(halt,)))
    stopped = ended.first(RiskModeChanged, lambda c: c.new == EMERGENCY.name)
    proof = ended.first(FlatProved)
    ledger.between("latch down: seconds from halt to proof of flat", proof.took_ms / 1000, 0, 30)
    pages = [p for p in ended.pages if "latch" in p.text]
    ledger.at_least("latch down: calls for a person", len(pages), 1)
    late = [s for s in ended.sent if isinstance(s.command, PlaceEntry)]
    after = sum(1 for each in late if each.at_ms >= stopped.at_ms)
    ledger.same("latch down: entries sent since", after, 0)


def _health(stage: Stage) -> None:
    """Let the health monitor speak: UNKNOWN for too long ends entries, CRITICAL closes all."""
    ledger, script = stage.ledger, script_of(stage)
    unknown = Cue(_DOWN_BAR - 2, HealthChanged(0, Health.UNKNOWN, ("no heartbeat",)))
    well = Cue(_UP_BAR, HealthChanged(0, Health.HEALTHY, ()))
    ended = stage.play("unknown", script._replace(cues=(unknown, well)))
    refused = ended.first(EntryRefused, lambda r: r.symbol == _WANTED)
    ledger.same("health UNKNOWN for 15 min: objections", refused.objections, (Objection.HEALTH,))
    late = [a for a in ended.told(EntryApproved) if a.symbol == _LATE]
    ledger.same("health HEALTHY again: entries", len(late), 1)
    critical = Cue(_DOWN_BAR, HealthChanged(0, Health.CRITICAL, ("event loop stalled",)))
    ended = stage.play("critical", script._replace(cues=(critical,)))
    noted = ended.first(HealthNoted)
    ledger.same("health CRITICAL: permission", noted.permission, "EMERGENCY_SHUTDOWN")
    stopped = ended.first(RiskModeChanged, lambda c: c.new != NORMAL.name)
    ledger.same("health CRITICAL: mode", stopped.new, EMERGENCY.name)
    ledger.same("health CRITICAL: ms to it", stopped.at_ms - noted.at_ms, 0)
    proof = ended.first(FlatProved)
    ledger.between("health CRITICAL: seconds to the proof of flat", proof.took_ms / 1000, 0, 30)
