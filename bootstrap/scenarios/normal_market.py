"""Scenario 1: a calm market, three of four voters say BUY at about 0.70."""

from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, HOLD, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Script
from bootstrap.scenarios.shown import Ledger
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    RiskModeChanged,
    SignalSkipped,
    StopPlaced,
    TradeClosed,
    TradeExecuted,
)
from domain.decision.safety_facts import RiskAlert
from domain.governance.policy import Policy
from domain.shared.enums import RunMode

_ENTRY_BAR: Final = 5
_CALM: Final = [1.0] * 8
_PROTECT_MS_MAX: Final = 5_000


def script_of(stage: Stage) -> Script:
    """Return the story: some calm bars, upwards through both targets, and half the way back."""
    dice = stage.dice
    look = Look(level_of(BTC, dice), dice.uniform(0.018, 0.022), dice.uniform(0.0, 0.0003))
    bars_up, top = dice.randint(66, 78), dice.uniform(1.14, 1.16)
    up = [1.0 + (top - 1.0) * n / bars_up for n in range(1, bars_up + 1)]
    down = [top - 0.003 * n for n in range(1, 26)]
    bars = {BTC: market_of(BTC, [*_CALM, *up, *down], look, dice)}
    voters = {
        f"voter{n}": [Line(_ENTRY_BAR, BTC, BUY, 0.70 + dice.uniform(-0.02, 0.02))]
        for n in range(3)
    }
    voters["voter3"] = [Line(_ENTRY_BAR, BTC, HOLD, 0.55)]
    return Script(bars, voters, Policy())


def show(stage: Stage) -> None:
    """Show that the signal passes at full size, is protected, and is one story under one trace."""
    script = script_of(stage)
    paper = stage.play("paper", script)
    tested = stage.play("backtest", script._replace(mode=RunMode.BACKTEST))
    _decided(stage.ledger, paper)
    _protected(stage.ledger, paper)
    _quiet(stage.ledger, paper)
    _traced(stage.ledger, paper)
    _alike(stage.ledger, paper, tested)


def _decided(ledger: Ledger, ended: Ended) -> None:
    approved = ended.first(EntryApproved)
    ledger.key = approved.trace
    passed = sum(1 for check in approved.checks if check.objection is None)
    ledger.same("gates passed", f"{passed} of {len(approved.checks)}", "14 of 14")
    ledger.between("ATR/price", approved.atr_fraction, 0.015, 0.0299)
    ledger.same("agreement", approved.agreement, 0.75)
    ledger.between("mean confidence of those who agree", approved.confidence, 0.68, 0.72)
    cap = float(Policy().position_usd_normal)
    # A step of the instrument is worth a tenth of a USD or so.
    ledger.between("full size, in USD of notional", float(approved.notional), cap - 1.0, cap)
    reducing = [check.gate for check in approved.checks if check.factor < 1]
    ledger.same("gates that reduce it: to the cap alone", reducing, ["exposure"])


def _protected(ledger: Ledger, ended: Ended) -> None:
    approved, executed = ended.first(EntryApproved), ended.first(TradeExecuted)
    stop = ended.first(StopPlaced)
    distance = 1 - float(stop.stop / executed.price)
    wanted = 2 * approved.atr_fraction
    ledger.between("stop below the fill, as 2 x ATR", distance, wanted - 1e-3, wanted + 1e-3)
    waited = stop.at_ms - ended.fills[0].at_ms
    ledger.at_most("ms from the fill to a stop at the venue", waited, _PROTECT_MS_MAX)
    r = float(approved.stop + 2 * (Policy().fee_estimate + Policy().slippage_estimate))
    gains = [float(fill.price / executed.price) - 1 for fill in ended.fills[1:3]]
    for name, gain, multiple in zip(("first", "second"), gains, (1.5, 2.5), strict=False):
        ledger.between(f"{name} target, in R", gain / r, multiple - 0.05, multiple + 0.05)
    closed = ended.first(TradeClosed)
    ledger.at_least("net result, in R", closed.net_r, 1.0)


def _quiet(ledger: Ledger, ended: Ended) -> None:
    ledger.same("entries refused", len(ended.told(EntryRefused)), 0)
    ledger.same("signals skipped", len(ended.told(SignalSkipped)), 0)
    ledger.same("moves of the emergency stop", len(ended.told(RiskModeChanged)), 0)
    ledger.same("alerts", len(ended.told(RiskAlert)), 0)
    ledger.same("calls for a person", len(ended.pages), 0)


def _traced(ledger: Ledger, ended: Ended) -> None:
    trace = ended.first(EntryApproved).trace
    named = sum(1 for fill in ended.fills if trace in fill.client_id)
    ledger.same("fills that carry the trace", f"{named} of {len(ended.fills)}", "4 of 4")
    records = {
        kind: len(ended.records(kind, trace_id=trace))
        for kind in ("trade.decision", "trade.executed", "trade.closed")
    }
    ledger.same("audit records of the trace", records, dict.fromkeys(records, 1))
    stops = {stop.trade_id for stop in ended.told(StopPlaced)}
    ledger.same("trace of every stop", stops, {trace})
    ledger.same("positions and orders left at the venue", _left(ended), 0)
    ledger.same("audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare


def _left(ended: Ended) -> int:
    return len(ended.account.positions) + len(ended.account.orders)


def _alike(ledger: Ledger, paper: Ended, tested: Ended) -> None:
    """Note whether back-test and paper session said the same of this market."""
    kinds = (EntryApproved, TradeExecuted, StopPlaced, TradeClosed)
    same = sum(paper.told(kind) == tested.told(kind) for kind in kinds)
    ledger.same("facts alike in paper and back-test", f"{same} of 4 kinds", "4 of 4 kinds")
    ledger.same("fills alike in paper and back-test", paper.fills == tested.fills, True)  # noqa: FBT003 - a value to compare
