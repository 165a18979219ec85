"""Scenario 4: the policy store is lost during a paper session, and comes back."""

from decimal import Decimal
from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import (
    BTC,
    BUY,
    ETH,
    FLAT,
    INTERVAL_MS,
    SOL,
    Line,
    Look,
    level_of,
    market_of,
)
from bootstrap.scenarios.script import Cue, Outage, Part, Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged, TradeClosed
from domain.decision.messages import OperatorFlattened, OperatorHalted
from domain.decision.safety_facts import FlatProved, PolicyRungChanged
from domain.governance.policy import Policy
from domain.risk.emergency_stop import EMERGENCY
from domain.risk.verdict import Objection

_ENTRY_BAR: Final = 2
_LOST_BAR: Final = 8
_FALL_BAR: Final = 10
_CLOSED_BAR: Final = 13
_FOUND_BAR: Final = 18
_BARS: Final = 26
_CONFIDENCE: Final = 0.8
# Wanted while the store is known, conservative, closed, and known again.
_WANTED: Final = {"XRPUSDT": 8, "DOGEUSDT": 10, "LINKUSDT": 13, "LTCUSDT": 20}
_HELD: Final = (BTC, ETH, SOL)
_HALT_BAR: Final = 10


def policy() -> Policy:
    """Return the default policy, with room for all of it in one cluster."""
    return Policy(cluster_exposure_max=Decimal(1))


def script_of(stage: Stage) -> Script:
    """Return the story: three positions, one of which falls to its stop while the store is down."""
    dice, bars = stage.dice, {}
    for symbol in (*_HELD, *_WANTED):
        fall = dice.uniform(0.06, 0.08) if symbol == ETH else 0.0
        story = [1.0] * _FALL_BAR + [1.0 - fall] * (_BARS - _FALL_BAR)
        look = Look(level_of(symbol, dice), dice.uniform(0.018, 0.022), dice.uniform(0.0, 0.0002))
        bars[symbol] = market_of(symbol, story, look, dice)
    lines = [Line(_ENTRY_BAR, symbol, BUY, _CONFIDENCE) for symbol in _HELD]
    lines += [Line(bar, symbol, BUY, _CONFIDENCE) for symbol, bar in _WANTED.items()]
    lines.append(Line(_CLOSED_BAR, SOL, FLAT, _CONFIDENCE))
    cue = Cue(_LOST_BAR, OperatorFlattened(0, BTC, "ann", "less at risk while the store is down"))
    outage = Outage(_LOST_BAR, Part.POLICY_STORE, _FOUND_BAR)
    return Script(bars, unanimous(*lines), policy(), cues=(cue,), outages=(outage,))


def show(stage: Stage) -> None:
    """Show the three rungs, an exit in each, the way back, and an emergency that nothing lowers."""
    script = script_of(stage)
    ended = stage.play("outage", script)
    _rungs(stage, ended)
    _exits(stage, ended)
    _entries(stage, ended)
    halt = Cue(_HALT_BAR, OperatorHalted(0, "ann", "no store, no trading"))
    _emergency(stage, stage.play("halted", script._replace(cues=(*script.cues, halt))))


def _rungs(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    moves = [(r["old_value"], r["new_value"]) for r in ended.records("policy.outage")]
    ledger.same(
        "rungs in the audit",
        [f"{old} -> {new}" for old, new in moves],
        ["KNOWN -> CONSERVATIVE", "CONSERVATIVE -> CLOSED", "CLOSED -> KNOWN"],
    )
    out_s = [c.out_ms / 1000 for c in ended.told(PolicyRungChanged)]
    # The desk looks at each event; bars close every five minutes.
    whole = (_FOUND_BAR - _LOST_BAR) * INTERVAL_MS / 1000
    limits = ((30.0, 330.0), (900.0, 1_200.0), (whole, whole))
    for name, seen, (low, high) in zip(
        ("conservative", "closed", "known"), out_s, limits, strict=False
    ):
        ledger.between(f"seconds of outage at rung {name}", seen, low, high)
    pages = [page.text for page in ended.pages if "policy store" in page.text]
    ledger.same("calls for a person about the store", len(pages), 1)


def _rung_at(ended: Ended, at_ms: int) -> str:
    """Return the rung in force at *at_ms*; nothing while the store is there."""
    if not close_of(_LOST_BAR) <= at_ms < close_of(_FOUND_BAR):
        return "there"
    rung = "KNOWN"
    for change in ended.told(PolicyRungChanged):
        if change.at_ms <= at_ms:
            rung = change.new
    return rung


def _exits(stage: Stage, ended: Ended) -> None:
    """Note which exit was executed in which rung."""
    ledger = stage.ledger
    seen = {}
    for closed in ended.told(TradeClosed):
        if closed.symbol in _HELD:
            seen[_rung_at(ended, closed.at_ms)] = f"{closed.symbol} by {closed.reason}"
    wanted = {
        "KNOWN": f"{BTC} by operator",
        "CONSERVATIVE": f"{ETH} by stop",
        "CLOSED": f"{SOL} by flat_signal",
    }
    for rung, exit_ in wanted.items():
        ledger.same(f"exit executed in rung {rung}", seen.get(rung), exit_)


def _entries(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    known, conservative, closed, again = _WANTED
    sizes = {a.symbol: float(a.notional) for a in ended.told(EntryApproved)}
    ledger.between("rung KNOWN: USD of an entry", sizes.get(known, 0.0), 499.0, 500.0)
    small = sizes.get(conservative, 0.0)
    ledger.between("rung CONSERVATIVE: USD of an entry", small, 99.0, 100.0)
    refused = ended.first(EntryRefused, lambda r: r.symbol == closed)
    ledger.key = refused.trace
    ledger.note(
        "rung CLOSED: objections",
        refused.objections,
        f"{Objection.NEW_TRADES_OFF.value} among them",
        ok=Objection.NEW_TRADES_OFF in refused.objections,
    )
    ledger.between("store back: USD of an entry", sizes.get(again, 0.0), 499.0, 500.0)
    ledger.same("audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare


def _emergency(stage: Stage, ended: Ended) -> None:
    """Note that an emergency of the outage stands, and that the store learns of it in the end."""
    ledger = stage.ledger
    halted = ended.first(RiskModeChanged, lambda c: c.new == EMERGENCY.name)
    ledger.same("halted in the outage: mode in the end", ended.state.stop.mode, EMERGENCY)
    proved = ended.first(FlatProved)
    ledger.same("halted in the outage: proved flat in epoch", proved.epoch, halted.epoch)
    latched = -1 if ended.latch is None else ended.latch.epoch
    ledger.at_least("halted in the outage: epoch in the latch", latched, halted.epoch)
    note = None if ended.stored is None else ended.stored.emergency
    ledger.same(
        "halted in the outage: emergency in the store after it",
        "none" if note is None else f"epoch {note.epoch}, {'active' if note.active else 'over'}",
        f"epoch {halted.epoch}, active",
    )
    epochs = [c.epoch for c in ended.told(RiskModeChanged)]
    ledger.note("epochs", epochs, "rising", ok=epochs == sorted(set(epochs)))
