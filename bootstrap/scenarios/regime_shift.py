"""Scenario 8: a calm market turns wild, and calm again."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import (
    BARS_AN_HOUR,
    BTC,
    BUY,
    FLAT,
    INTERVAL_MS,
    NOON_MS,
    WARM_BARS,
    Line,
    Look,
    level_of,
    market_of,
)
from bootstrap.scenarios.script import Cue, Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RegimeChanged
from domain.decision.messages import DirectiveIssued
from domain.decision.safety_facts import DirectiveAdopted
from domain.governance.directive import Directive, DirectiveMode
from domain.governance.policy import Policy
from domain.market.bars import BarColumns, Column
from domain.market.messages import Regime
from domain.risk.verdict import Objection
from domain.shared.enums import RunMode
from domain.shared.identity import trace_id

_CALM_HOURS, _WILD_HOURS, _AFTER_HOURS = 3, 10, 30
_STRONG, _WEAK, _MODEST = 0.70, 0.60, 0.52
_HALF: Final = 250.0


class Turns(NamedTuple):
    """The first bars of the story at whose close the market is believed wild, and calm again."""

    wild: int
    calm: int


def policy() -> Policy:
    """Return a policy under which trades that are soon left for their costs are no churn."""
    return Policy(losses_in_row_max=99, cooldown_minutes=0)


def bars_of(stage: Stage) -> dict[str, BarColumns]:
    """Return a market whose bars are wide for some hours."""
    dice = stage.dice
    price = level_of(BTC, dice)
    calm, wild = dice.uniform(0.018, 0.022), dice.uniform(0.050, 0.056)
    hours = (_CALM_HOURS, _WILD_HOURS + dice.randint(0, 2), _AFTER_HOURS)
    story = [1.0] * (sum(hours) * BARS_AN_HOUR)
    quiet = market_of(BTC, story, Look(price, calm), dice)
    loud = market_of(BTC, story, Look(price, wild), dice)
    start = WARM_BARS + hours[0] * BARS_AN_HOUR
    within = np.zeros(len(quiet.close), bool)
    within[start : start + hours[1] * BARS_AN_HOUR] = True
    high, low = np.asarray(quiet.high), np.asarray(quiet.low)
    high, low = _either(within, loud.high, high), _either(within, loud.low, low)
    return {BTC: quiet._replace(high=high, low=low)}


def _either(
    within: NDArray[np.bool_], inside: Column, outside: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.where(within, np.asarray(inside), outside)


def show(stage: Stage) -> None:
    """Show that the turn is believed at once and once, and what it does to entries both ways."""
    bars = bars_of(stage)
    survey = stage.play("survey", Script(bars, unanimous(), policy(), mode=RunMode.BACKTEST))
    turns = _turns(stage, survey)
    # Strong before the shift; weak and strong in it; then modest as calm returns, and again.
    probes = [
        (6, _STRONG),
        (turns.wild + 2, _WEAK),
        (turns.wild + 6, _STRONG),
        (turns.calm + 1, _MODEST),
        (turns.calm + 8, _MODEST),
        (turns.calm + 14, _STRONG),
    ]
    directive = Directive(DirectiveMode.NORMAL, Decimal("0.6"), reason="regime shift")
    cue = Cue(turns.wild, DirectiveIssued(0, directive, "hfos"))
    free = stage.play("free", _probed(bars, probes)._replace(mode=RunMode.BACKTEST))
    _tightened(stage, free, probes)
    _loosened(stage, free, probes)
    _directed(stage, free, stage.play("directed", _probed(bars, probes, cue)), turns)


def _probed(bars: dict[str, BarColumns], probes: Sequence[tuple[int, float]], *cues: Cue) -> Script:
    lines = []
    for bar, sure in probes:
        lines += [Line(bar, BTC, BUY, sure), Line(bar + 2, BTC, FLAT, sure)]
    return Script(bars, unanimous(*lines), policy(), cues=cues)


def _turns(stage: Stage, survey: Ended) -> Turns:
    changes = [c for c in survey.told(RegimeChanged) if c.at_ms > NOON_MS]
    stage.ledger.same("confirmed changes of regime in two days", len(changes), 2)
    wild = survey.first(RegimeChanged, lambda c: c.new is Regime.HIGH_VOLATILITY)
    calm = survey.first(RegimeChanged, lambda c: c.at_ms > wild.at_ms)
    stage.ledger.same("the first of them: to", wild.new, Regime.HIGH_VOLATILITY)
    stage.ledger.note(
        "the second: back to", calm.new, "a calm regime", ok=calm.new in _CALM_REGIMES
    )
    bars = [(each.at_ms - close_of(0)) // INTERVAL_MS for each in (wild, calm)]
    return Turns(int(bars[0]), int(bars[1]))


_CALM_REGIMES: Final = (Regime.RANGE, Regime.TREND_UP, Regime.TREND_DOWN)


def _at(ended: Ended, bar: int) -> EntryApproved | EntryRefused | None:
    """Return what became of the signal at the close of *bar*."""
    for fact in ended.said:
        if isinstance(fact, EntryApproved | EntryRefused) and fact.at_ms == close_of(bar):
            return fact
    return None


def _sized(ended: Ended, bar: int) -> float:
    found = _at(ended, bar)
    return float(found.notional) if isinstance(found, EntryApproved) else 0.0


def _objections(ended: Ended, bar: int) -> tuple[str, ...]:
    found = _at(ended, bar)
    return found.objections if isinstance(found, EntryRefused) else ()


def _tightened(stage: Stage, ended: Ended, probes: Sequence[tuple[int, float]]) -> None:
    ledger = stage.ledger
    before, weak, strong = (bar for bar, _ in probes[:3])
    ledger.key = trace_id(BTC, close_of(strong))
    ledger.between("calm, 0.70: USD of notional", _sized(ended, before), 499.0, 500.0)
    ledger.note(
        "wild, 0.60: objections",
        _objections(ended, weak),
        f"{Objection.CONFIDENCE_TOO_LOW.value} among them",
        ok=Objection.CONFIDENCE_TOO_LOW in _objections(ended, weak),
    )
    ledger.between("wild, 0.70: USD of notional", _sized(ended, strong), _HALF - 1, _HALF)


def _loosened(stage: Stage, ended: Ended, probes: Sequence[tuple[int, float]]) -> None:
    ledger = stage.ledger
    soon, late, last = (bar for bar, _ in probes[3:])
    minutes = (late - soon) * INTERVAL_MS // 60_000
    ledger.same(
        "calm again, 0.52: objections",
        _objections(ended, soon),
        (Objection.STANCE_CONFIDENCE,),
    )
    ledger.at_least("minutes of calm until the same signal", minutes, 15)
    ledger.between("calm for a while, 0.52: USD of notional", _sized(ended, late), 1.0, 500.0)
    ledger.between("calm for a while, 0.70: USD of notional", _sized(ended, last), 499.0, 500.0)


def _directed(stage: Stage, free: Ended, ended: Ended, turns: Turns) -> None:
    """Note that a directive issued on the change is in force with it, and only tightens."""
    ledger, adopted = stage.ledger, ended.first(DirectiveAdopted)
    late_ms = adopted.at_ms - close_of(turns.wild)
    ledger.same("ms from the change to the directive in force", late_ms, 0)
    pairs = list(zip(free.told(EntryApproved), ended.told(EntryApproved), strict=False))[1:]
    shares = [float(directed.notional / alone.notional) for alone, directed in pairs]
    ledger.at_most("entries under it: size against without it", max(shares, default=9.0), 1.0)
    factors = {
        float(c.factor) for _, directed in pairs for c in directed.checks if c.gate == "directive"
    }
    ledger.same("entries under it: factor of gate 5", factors, {0.6})
