"""Scenario 9: a strategy that buys into a falling market loses ten times in a row."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, INTERVAL_MS, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged, TradeClosed
from domain.decision.safety_facts import AlertCode, RiskAlert, ShadowClosed
from domain.governance.policy import Policy
from domain.risk.verdict import Objection
from domain.shared.enums import RunMode

_CONFIDENCE: Final = 0.8
_EVERY_BARS: Final = 6
_DOWN_BARS: Final = 1_100
_UP_BARS: Final = 300
_HOUR_MS: Final = 3_600_000


class Slide(NamedTuple):
    """How the market falls: by `slope` a bar, looking like `look`; the first signal at `first`."""

    slope: float
    look: Look
    first: int


def script_of(stage: Stage, slide: Slide, down_bars: int, after: Sequence[float]) -> Script:
    """Return the story: *down_bars* downwards, then *after*; BUY every half hour all along."""
    down = [(1.0 - slide.slope) ** n for n in range(down_bars)]
    story = [*down, *(down[-1] * factor for factor in after)]
    bars = {BTC: market_of(BTC, story, slide.look, stage.dice)}
    lines = [
        Line(bar, BTC, BUY, _CONFIDENCE) for bar in range(slide.first, len(story), _EVERY_BARS)
    ]
    return Script(bars, unanimous(*lines), Policy(), mode=RunMode.BACKTEST)


def show(stage: Stage) -> None:
    """Show the symbol halved, suspended, and its two ways back: wins on paper, and time."""
    dice = stage.dice
    look = Look(level_of(BTC, dice), dice.uniform(0.007, 0.009))
    slide = Slide(dice.uniform(0.0009, 0.0011), look, dice.randint(2, 8))
    falling = stage.play("probation", script_of(stage, slide, _DOWN_BARS, ()))
    _halved(stage, falling)
    _suspended(stage, falling)
    _back_by_time(stage, falling)
    turns = (_losses(falling)[-1].at_ms - close_of(0)) // INTERVAL_MS + dice.randint(2, 12)
    up = [(1.0 + slide.slope) ** n for n in range(_UP_BARS)]
    _back_by_wins(stage, stage.play("paper-wins", script_of(stage, slide, turns, up)))


def _losses(ended: Ended) -> list[TradeClosed]:
    """Return the trades closed up to the suspension."""
    return ended.told(TradeClosed)[: Policy().suspend_losses]


def _halved(stage: Stage, ended: Ended) -> None:
    ledger, policy = stage.ledger, Policy()
    losses = _losses(ended)
    lost = sum(1 for each in losses if each.net_pnl < 0)
    ledger.same("losses in a row", lost, policy.suspend_losses)
    usd = -sum(float(each.net_pnl) for each in losses)
    ledger.between("USD lost by them, of 10,000", usd, 20.0, 200.0)
    entries = ended.told(EntryApproved)
    factors = [
        next(float(c.factor) for c in each.checks if c.gate == "symbol_performance")
        for each in entries[: policy.suspend_losses]
    ]
    until, then = factors[: policy.weak_symbol_trades], factors[policy.weak_symbol_trades :]
    ledger.same("factor of gate 6 for the first five", set(until), {1.0})
    ledger.same("factor of gate 6 for the next five", set(then), {float(policy.weak_symbol_size)})
    paused = [r for r in ended.told(EntryRefused) if Objection.LOSSES_IN_ROW in r.objections]
    ledger.at_least("signals refused in pauses after three losses", len(paused), 1)
    gaps = [after.entry_ms - loss.at_ms for loss, after in pairwise(losses[2:])]
    shortest = min(gaps, default=0) / _HOUR_MS
    ledger.at_least("hours of pause from the third loss on, at least", shortest, 4.0)
    moved = len(ended.told(RiskModeChanged))
    ledger.same("moves of the emergency stop: one symbol is no emergency", moved, 0)


def _suspended(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    alert = ended.first(RiskAlert, lambda a: a.code is AlertCode.SYMBOL_SUSPENDED)
    ledger.same("suspended after so many losses", alert.value, 10.0)
    refused = ended.first(EntryRefused, lambda r: Objection.SYMBOL_SUSPENDED in r.objections)
    ledger.key = refused.trace
    between = [
        e for e in ended.told(EntryApproved) if alert.at_ms < e.at_ms and e.at_ms < refused.at_ms
    ]
    ledger.same("entries between suspension and first refusal", len(between), 0)
    records = ended.records("risk.alert", code=AlertCode.SYMBOL_SUSPENDED.value)
    ledger.same("audit records of the suspension", len(records), 1)


def _returned(ended: Ended) -> tuple[int, EntryApproved]:
    """Return when the symbol was suspended, and the first entry after it."""
    at_ms = _losses(ended)[-1].at_ms
    return at_ms, ended.first(EntryApproved, lambda e: e.at_ms > at_ms)


def _back_by_wins(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    since_ms, back = _returned(ended)
    wins = [c for c in ended.told(ShadowClosed) if since_ms < c.at_ms <= back.at_ms and c.pnl > 0.0]
    ledger.same("wins on paper before it is back", len(wins), 2)
    hours = (back.at_ms - since_ms) / _HOUR_MS
    ledger.at_most("hours away, less than the probation", hours, 24.0)
    factor = next(float(c.factor) for c in back.checks if c.gate == "symbol_performance")
    ledger.same("factor of gate 6 when it is back", factor, 0.5)


def _back_by_time(stage: Stage, ended: Ended) -> None:
    since_ms, back = _returned(ended)
    hours = (back.at_ms - since_ms) / _HOUR_MS
    stage.ledger.between("without wins: hours until it is back", hours, 24.0, 24.6)
    factor = next(float(c.factor) for c in back.checks if c.gate == "symbol_performance")
    stage.ledger.same("without wins: factor of gate 6 when it is back", factor, 0.5)
