"""Scenario 5: voters who contradict each other, or are too few, move nothing."""

from math import nan
from typing import Final

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BTC, BUY, HOLD, SELL, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Script
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, SignalSkipped
from domain.governance.policy import Policy
from domain.risk.verdict import Objection

_SIGNAL_BAR: Final = 3
_BARS: Final = 8
_IMPOSSIBLE: Final = 1.7


def show(stage: Stage) -> None:
    """Show that quarrel, silence and nonsense are refused with a reason, and no order."""
    sure = stage.dice.uniform(0.7, 0.9)
    split = [(BUY, sure), (BUY, sure), (SELL, sure), (HOLD, sure)]
    ended = said_by(stage, "split", split)
    refused = ended.first(EntryRefused)
    stage.ledger.key = refused.trace
    _refused(stage, "2 BUY, 1 SELL, 1 HOLD", ended, Objection.AGREEMENT_TOO_LOW)
    quality = next(check for check in refused.checks if check.gate == "signal_quality")
    stage.ledger.same("2 BUY, 1 SELL, 1 HOLD: agreement", quality.value, 0.5)
    stage.ledger.same("2 BUY, 1 SELL, 1 HOLD: agreement demanded", quality.limit, 0.75)
    blocks = ended.records("risk.block", trace_id=refused.trace)
    stage.ledger.same("2 BUY, 1 SELL, 1 HOLD: audit records of the block", len(blocks), 1)
    _tie(stage, sure)
    cases = {
        "two voters are silent": [(BUY, sure), (BUY, sure), (BUY, nan), (BUY, nan)],
        "two voters say nonsense": [(BUY, sure)] * 2 + [(BUY, _IMPOSSIBLE)] * 2,
    }
    for name, votes in cases.items():
        _refused(stage, name, said_by(stage, name, votes), Objection.NO_QUORUM)
    name = "two voters are fallback rules"
    rules = frozenset({"voter2", "voter3"})
    _refused(stage, name, said_by(stage, name, [(BUY, sure)] * 4, rules=rules), Objection.NO_QUORUM)
    ended = said_by(stage, "agreed", [(BUY, sure)] * 3 + [(HOLD, sure)])
    stage.ledger.same("3 BUY, 1 HOLD on the same bar: entries", len(ended.told(EntryApproved)), 1)


def said_by(
    stage: Stage, name: str, votes: list[tuple[int, float]], *, rules: frozenset[str] = frozenset()
) -> Ended:
    """Play a calm market in which four voters say *votes* at one bar."""
    dice = stage.dice
    look = Look(level_of(BTC, dice), dice.uniform(0.018, 0.022), dice.uniform(0.0, 0.0003))
    bars = {BTC: market_of(BTC, [1.0] * _BARS, look, dice)}
    voters = {
        f"voter{n}": [Line(_SIGNAL_BAR, BTC, action, confidence)]
        for n, (action, confidence) in enumerate(votes)
    }
    script = Script(bars, voters, Policy(), fallbacks=rules)
    return stage.play(name.replace(" ", "-"), script)


def _refused(stage: Stage, name: str, ended: Ended, objection: Objection) -> None:
    refused = ended.first(EntryRefused)
    stage.ledger.same(f"{name}: objections", refused.objections, (objection,))
    stage.ledger.same(f"{name}: orders sent to the venue", len(ended.sent), 0)


def _tie(stage: Stage, sure: float) -> None:
    ended = said_by(stage, "tie", [(BUY, sure), (BUY, sure), (SELL, sure), (SELL, sure)])
    skipped = ended.first(SignalSkipped)
    stage.ledger.same("2 BUY, 2 SELL: skipped as noise", skipped.is_noisy, True)  # noqa: FBT003 - a value to compare
    stage.ledger.same("2 BUY, 2 SELL: orders sent to the venue", len(ended.sent), 0)
