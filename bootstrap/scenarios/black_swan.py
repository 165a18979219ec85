"""Scenario 11: thirty per cent down in one gap, with the venue down and spreads wide."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.flash_crash import fully_invested
from bootstrap.scenarios.market import (
    BTC,
    BUY,
    ETH,
    WARM_BARS,
    Line,
    Look,
    gapped,
    level_of,
    market_of,
)
from bootstrap.scenarios.script import Cue, Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryRefused, RiskModeChanged, TradeClosed, TradeExecuted
from domain.decision.messages import OperatorReleased, Severity
from domain.decision.safety_facts import FlatProved
from domain.execution.messages import OrderRejected, PlaceEntry
from domain.execution.trade import ExitReason
from domain.risk.emergency_stop import EMERGENCY, PROTECTIVE, Cause
from domain.risk.verdict import Objection

D: Final = Decimal
_ENTRY_BAR: Final = 2
_GAP_BAR: Final = 6
_LATE_BAR: Final = 300
_BARS: Final = 320
_CONFIDENCE: Final = 0.85
# Liveness: all is closed within so many seconds after the venue is well again.
_CONVERGENCE_S: Final = 30.0
_OUTAGE_MS_BEFORE: Final = 60_000


def script_of(stage: Stage, outage_bars: int) -> Script:
    """Return the story: a gap of -30 % while the venue is down, then a full recovery in a day."""
    dice = stage.dice
    bottom = dice.uniform(0.68, 0.70)
    steps = _LATE_BAR - 20 - _GAP_BAR
    back = [bottom + (1.02 - bottom) * n / steps for n in range(1, steps + 1)]
    story = [1.0] * _GAP_BAR + [bottom] * 4 + back
    story += [story[-1]] * (_BARS - len(story))
    bars = {}
    for symbol in (BTC, ETH):
        look = Look(level_of(symbol, dice), dice.uniform(0.004, 0.008))
        bars[symbol] = gapped(market_of(symbol, story, look, dice), WARM_BARS + _GAP_BAR)
    buys = [
        Line(bar, symbol, BUY, _CONFIDENCE)
        for symbol in bars
        for bar in (_ENTRY_BAR, _GAP_BAR + 6, _LATE_BAR)
    ]
    venue = {
        "spread_fraction": dice.uniform(0.003, 0.0049),
        "slippage_volatility": 0.2,
        "outage_from_ms": close_of(_GAP_BAR - 1) - _OUTAGE_MS_BEFORE,
        "outage_until_ms": close_of(_GAP_BAR + outage_bars) + dice.randint(0, 240_000),
    }
    cue = Cue(_BARS - 3, OperatorReleased(0, "ann", "looked through the positions"))
    # Beyond the gap: the stops at the venue do not spare the desk its closes.
    policy = replace(fully_invested(), stop_fraction=D("0.45"), target_fraction=D("0.9"))
    return Script(bars, unanimous(*buys), policy, cues=(cue,), venue=venue)


def show(stage: Stage) -> None:
    """Show that the floor is latched, closes asked for until flat, and only a person resumes."""
    script = script_of(stage, stage.dice.randint(1, 4))
    ended = stage.play("swan", script)
    _latched(stage, ended)
    _closed(stage, script, ended)
    _resumed(stage, ended)


def _stopped(ended: Ended) -> RiskModeChanged:
    return ended.first(RiskModeChanged, lambda c: c.new == EMERGENCY.name)


def _latched(stage: Stage, ended: Ended) -> None:
    ledger, stopped = stage.ledger, _stopped(ended)
    ledger.key = f"epoch {stopped.epoch}"
    ledger.same("ms from the gap's close to the stop", stopped.at_ms - close_of(_GAP_BAR), 0)
    ledger.between("drawdown at the stop", stopped.drawdown, 0.28, 0.36)
    ledger.note(
        "causes",
        stopped.causes,
        f"{Cause.CAPITAL_FLOOR.value} among them",
        ok=Cause.CAPITAL_FLOOR in stopped.causes,
    )
    slips = [float(e.slippage / e.price) for e in ended.told(TradeExecuted)]
    ledger.at_least("entries filled worse by, a fraction of the price", min(slips), 0.0015)
    severities = {r["severity"] for r in ended.records("emergency.triggered", epoch=stopped.epoch)}
    ledger.same("audit severity", severities, {"CATASTROPHIC"})


def _closed(stage: Stage, script: Script, ended: Ended) -> None:
    """Note that closes were asked for at once, refused, and asked for again until all was flat."""
    ledger, stopped, proof = stage.ledger, _stopped(ended), ended.first(FlatProved)
    rejected = [r for r in ended.reports if isinstance(r, OrderRejected)]
    ledger.at_least("closes refused by a venue in maintenance", len(rejected), 10)
    ledger.same("codes of the refusals", {r.code for r in rejected}, {"maintenance"})
    first = min((r.at_ms for r in rejected), default=0)
    ledger.same("ms from the stop to the first close request", first - stopped.at_ms, 0)
    pauses = _pauses(rejected)
    ledger.at_most("longest pause before a close is asked again, in ms", max(pauses), 5_000)
    well_ms = int(script.venue["outage_until_ms"])
    late_s = (proof.at_ms - well_ms) / 1000
    ledger.between("seconds from a well venue to the proof of flat", late_s, 0.0, _CONVERGENCE_S)
    ledger.same("refusals in the proof", proof.refusals, len(rejected))
    reasons = {c.reason for c in ended.told(TradeClosed)}
    ledger.same("why trades were closed", reasons, {ExitReason.EMERGENCY})
    left = len(ended.account.positions) + len(ended.account.orders)
    ledger.same("positions and orders left at the venue", left, 0)
    pages = [page for page in ended.pages if page.severity is Severity.CRITICAL]
    ledger.at_least("critical calls for a person", len(pages), 2)


def _pauses(rejected: list[OrderRejected]) -> list[int]:
    """Return the ms between refusals of the same symbol."""
    by_symbol = {symbol: [r.at_ms for r in rejected if r.symbol == symbol] for symbol in (BTC, ETH)}
    return [b - a for times in by_symbol.values() for a, b in pairwise(times)] or [0]


def _resumed(stage: Stage, ended: Ended) -> None:
    """Note that neither a day nor a full recovery of prices resumes, and that an operator does."""
    ledger, stopped = stage.ledger, _stopped(ended)
    refused = [r for r in ended.told(EntryRefused) if r.at_ms == close_of(_LATE_BAR)]
    stays = sum(1 for r in refused if Objection.EMERGENCY_STOP in r.objections)
    ledger.same("signals refused a day later, prices back", stays, 2)
    halfway = ended.first(RiskModeChanged, lambda c: c.at_ms > stopped.at_ms)
    hours = (halfway.at_ms - stopped.at_ms) / 3_600_000
    ledger.at_least("hours until anything moved the stop", hours, 24.0)
    ledger.same("and where to", halfway.new, PROTECTIVE.name)
    after = ended.records("emergency.recovered")
    ledger.same(
        "recoveries", [(r["recovery_type"], r["actor"]) for r in after], [("MANUAL", "ann")]
    )
    risky = [s for s in ended.sent if isinstance(s.command, PlaceEntry)]
    late = sum(1 for each in risky if each.at_ms >= stopped.at_ms)
    ledger.same("entries sent while stopped", late, 0)
    ledger.same("audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare
