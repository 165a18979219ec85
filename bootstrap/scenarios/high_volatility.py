"""Scenario 2: ATR at 4 %; weak signals are refused, strong ones trade smaller and wider."""

from decimal import Decimal
from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Cue, Script
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RegimeChanged
from domain.decision.messages import DirectiveIssued
from domain.decision.safety_facts import DirectiveAdopted
from domain.governance.directive import Directive, DirectiveMode
from domain.governance.hfos import ACTOR
from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.risk.verdict import Objection

_SIGNAL_BAR: Final = 3
_BARS: Final = 8
_CERTAIN: Final = (0.95,) * 4
_SUPERVISOR: Final = "supervisor"


def show(stage: Stage) -> None:
    """Show what high volatility does to weak and to strong signals, and that supervision counts."""
    dice = stage.dice
    price, noise = level_of(BTC, dice), dice.uniform(0.0, 0.0003)
    calm = Look(price, dice.uniform(0.018, 0.022), noise)
    wild = Look(price, dice.uniform(0.038, 0.042), noise)
    strong = tuple(dice.uniform(0.68, 0.745) for _ in range(4))
    weak = tuple(dice.uniform(0.58, 0.62) for _ in range(4))
    _weak(stage, stage.play("weak", script_of(stage, wild, weak)))
    reference = stage.play("calm", script_of(stage, calm, strong))
    free = stage.play("strong", script_of(stage, wild, strong))
    _strong(stage, reference, free)
    _supervised(stage, wild, strong, free)
    extreme = Look(price, dice.uniform(0.065, 0.075), noise)
    shut = stage.play("extreme", script_of(stage, extreme, _CERTAIN))
    refused = shut.first(EntryRefused)
    stage.ledger.note(
        "ATR 7 %, confidence 0.95",
        refused.objections,
        f"{Objection.DIRECTIVE.value} among them",
        ok=Objection.DIRECTIVE in refused.objections,
    )


def script_of(
    stage: Stage, look: Look, confidences: tuple[float, ...], *directives: Directive
) -> Script:
    """Return the story: one signal of so many voters in a market of *look*."""
    voters = {
        f"voter{n}": [Line(_SIGNAL_BAR, BTC, BUY, sure)] for n, sure in enumerate(confidences)
    }
    bars = {BTC: market_of(BTC, [1.0] * _BARS, look, stage.dice)}
    cues = tuple(Cue(_SIGNAL_BAR, DirectiveIssued(0, each, _SUPERVISOR)) for each in directives)
    return Script(bars, voters, Policy(), cues=cues)


def _weak(stage: Stage, ended: Ended) -> None:
    ledger, refused = stage.ledger, ended.first(EntryRefused)
    ledger.same("weak: objections", refused.objections, (Objection.CONFIDENCE_TOO_LOW,))
    quality = next(check for check in refused.checks if check.gate == "signal_quality")
    ledger.between("weak: mean confidence", quality.value, 0.58, 0.62)
    ledger.same("weak: floor in HIGH_VOL", quality.limit, 0.65)
    ledger.same("weak: orders sent to the venue", len(ended.sent), 0)


def _strong(stage: Stage, reference: Ended, ended: Ended) -> None:
    ledger = stage.ledger
    calm, wild = reference.first(EntryApproved), ended.first(EntryApproved)
    ledger.key = wild.trace
    ledger.between("strong: ATR/price", wild.atr_fraction, 0.03, 0.0599)
    half = float(Policy().position_usd_normal) / 2
    ledger.at_least("calm: USD of notional", float(calm.notional), 2 * half - 1)
    ledger.between("strong: USD of notional, half as much", float(wild.notional), half - 1, half)
    ledger.note(
        "strong: stop distance",
        wild.stop,
        f"wider than {float(calm.stop):.4f} in calm",
        ok=wild.stop > calm.stop,
    )
    risks = [float(each.notional * (each.stop + 2 * _side_costs())) for each in (calm, wild)]
    ledger.at_most("strong: USD at risk, as in calm or less", risks[1], risks[0])
    ledger.same("strong: entries that filled", len(ended.fills), 1)


def _side_costs() -> Decimal:
    policy = Policy()
    return policy.fee_estimate + policy.slippage_estimate


def _supervised(stage: Stage, look: Look, strong: tuple[float, ...], free: Ended) -> None:
    """Show that gate 5 consumes a directive: smaller at once, and nothing under CRITICAL."""
    ledger = stage.ledger
    size = Decimal(stage.dice.randint(20, 80)) / 100
    safe = Directive(DirectiveMode.SAFE, size, reason="high volatility")
    ended = stage.play("safe", script_of(stage, look, strong, safe))
    adopted = ended.first(DirectiveAdopted, lambda one: one.actor == _SUPERVISOR)
    approved = ended.first(EntryApproved)
    own = ended.first(DirectiveAdopted, lambda one: one.actor == ACTOR)
    turned = ended.first(RegimeChanged, lambda one: one.new is Regime.HIGH_VOLATILITY)
    ledger.same("hfos: ms from the regime's turn to its own directive", own.at_ms - turned.at_ms, 0)
    ledger.same("directive: ms from it to being in force", approved.at_ms - adopted.at_ms, 0)
    gate = next(check for check in approved.checks if check.gate == "directive")
    ledger.same("directive: factor of gate 5", gate.factor, size)
    bound = float(free.first(EntryApproved).notional) * float(size)
    ledger.at_most("directive: USD of notional", float(approved.notional), bound + 1)
    critical = Directive(DirectiveMode.CRITICAL, reason="extreme risk")
    ended = stage.play("critical", script_of(stage, look, _CERTAIN, critical))
    refused = ended.first(EntryRefused)
    ledger.note(
        "directive CRITICAL: objections",
        refused.objections,
        f"{Objection.DIRECTIVE_CRITICAL.value} among them",
        ok=Objection.DIRECTIVE_CRITICAL in refused.objections,
    )
    ledger.same("directive CRITICAL: orders sent to the venue", len(ended.sent), 0)
