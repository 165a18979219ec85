"""Scenario 7: long BTC and ETH, which move together, and SOL is wanted as well."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import (
    BTC,
    BUY,
    ETH,
    SOL,
    WARM_BARS,
    WARM_BARS_CORRELATED,
    Line,
    Look,
    along,
    level_of,
)
from bootstrap.scenarios.script import Cue, Script, close_of, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused
from domain.decision.messages import PolicyAdopted
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from domain.risk.verdict import Objection

_BARS: Final = 14
_BTC_BAR, _ETH_BAR, _SOL_BAR = 3, 5, 8
_CONFIDENCE: Final = 0.8
_TOGETHER: Final = 0.92
_STRANGER: Final = "XRPUSDT"
_BAR_SIGMA: Final = 0.0006
# Rounding down to a step of each of three positions costs less than this, in USD.
_STEPS_USD: Final = 1.0


def bars_of(stage: Stage, rho: dict[str, float], warm: int) -> dict[str, BarColumns]:
    """Return markets that share one factor, each with the square root of its *rho* of variance."""
    dice, bars = stage.dice, {}
    rows = warm + _BARS
    chance = np.random.default_rng(dice.getrandbits(64))
    factor = chance.normal(0.0, _BAR_SIGMA, rows)
    for symbol, shared in rho.items():
        own = chance.normal(0.0, _BAR_SIGMA, rows)
        moves = np.sqrt(shared) * factor + np.sqrt(1.0 - shared) * own
        look = Look(level_of(symbol, dice), dice.uniform(0.014, 0.018))
        bars[symbol] = along(symbol, np.exp(np.cumsum(moves)), look, dice, warm)
    return bars


def script_of(
    bars: dict[str, BarColumns], when: dict[str, int], cap: str, warm: int = WARM_BARS_CORRELATED
) -> Script:
    """Return the script in which each symbol is wanted at its bar, under a cluster cap of *cap*."""
    lines = [Line(bar, symbol, BUY, _CONFIDENCE) for symbol, bar in when.items()]
    policy = Policy(cluster_exposure_max=Decimal(cap))
    return Script(bars, unanimous(*lines), policy, warm=warm)


def show(stage: Stage) -> None:
    """Show that one cluster has one cap, whoever comes first, and that the unknown counts as it."""
    ledger = stage.ledger
    bars = bars_of(stage, dict.fromkeys((BTC, ETH, SOL), _TOGETHER), WARM_BARS_CORRELATED)
    when = {BTC: _BTC_BAR, ETH: _ETH_BAR, SOL: _SOL_BAR}
    ended = stage.play("shrunk", script_of(bars, when, "0.12"))
    measures = ended.state.oversight.measures
    rho = {} if measures is None else measures.correlations
    for pair in ((BTC, ETH), (BTC, SOL), (ETH, SOL)):
        seen = rho.get(pair, 0.0)
        ledger.between(f"correlation of {pair[0]} and {pair[1]}", seen, 0.81, 0.99)
    wanted = ended.first(EntryApproved, lambda a: a.symbol == SOL)
    ledger.key = wanted.trace
    sizes = {a.symbol: float(a.notional) for a in ended.told(EntryApproved)}
    ledger.between("room of 1200 USD: USD of BTC and ETH", sizes[BTC] + sizes[ETH], 998, 1000)
    room = 1_200.0 - _marked(ended, BTC) - _marked(ended, ETH)
    ledger.between("room of 1200 USD: USD of SOL, the room left", sizes[SOL], room - 10, room + 10)
    _blocked(stage, bars, when)
    _simultaneous(stage, bars)
    _unknown(stage, when)
    _stranger(stage)


def _marked(ended: Ended, symbol: str) -> float:
    """Return USD of what is held of *symbol*, at its mark."""
    position = ended.state.book.positions[symbol]
    return float(position.quantity) * ended.state.marks[symbol]


def _blocked(stage: Stage, bars: dict[str, BarColumns], when: dict[str, int]) -> None:
    """Lower the cap to what is held already: nothing is left for SOL."""
    script = script_of(bars, when, "0.12")
    tight = replace(script.policy, version=2, cluster_exposure_max=Decimal("0.08"))
    cue = Cue(_SOL_BAR, PolicyAdopted(0, tight, "ann", "too much of one kind"))
    ended = stage.play("blocked", script._replace(cues=(cue,)))
    refused = ended.first(EntryRefused, lambda r: r.symbol == SOL)
    name = "room lowered to 800 USD"
    stage.ledger.same(f"{name}: objections to SOL", refused.objections, (Objection.CORRELATED,))
    check = next(each for each in refused.checks if each.gate == "correlation")
    stage.ledger.between(f"{name}: USD of the cluster if SOL came too", check.value, 1480, 1520)
    stage.ledger.between(f"{name}: USD allowed", check.limit, 795, 805)
    stage.ledger.same(f"{name}: policy version of the refusal", refused.policy_version, 2)
    blocks = ended.records("risk.block", trace_id=refused.trace)
    stage.ledger.same(f"{name}: audit records of the block", len(blocks), 1)


def _simultaneous(stage: Stage, bars: dict[str, BarColumns]) -> None:
    """Want all three at one close: the later ones see what the earlier ones have reserved."""
    at_once = dict.fromkeys((BTC, ETH, SOL), _BTC_BAR)
    ended = stage.play("simultaneous", script_of(bars, at_once, "0.08"))
    approved = ended.told(EntryApproved)
    stage.ledger.same(
        "all at once: ms between the decisions",
        {a.at_ms - close_of(_BTC_BAR) for a in approved},
        {0},
    )
    total = sum(float(a.notional) for a in approved)
    stage.ledger.between("all at once, room of 800 USD: USD of all entries", total, 790, 801)
    stage.ledger.same("all at once: entries that passed", len(approved), 2)
    stage.ledger.same("all at once: entries refused", len(ended.told(EntryRefused)), 1)


def _unknown(stage: Stage, when: dict[str, int]) -> None:
    """Want the same before anything is known of correlations."""
    bars = bars_of(stage, dict.fromkeys((BTC, ETH, SOL), 0.0), WARM_BARS)
    ended = stage.play("unknown", script_of(bars, when, "0.12", WARM_BARS))
    measures = ended.state.oversight.measures
    known = 0 if measures is None else len(measures.correlations)
    stage.ledger.same("unknown: correlations known", known, 0)
    wanted = ended.first(EntryApproved, lambda a: a.symbol == SOL)
    stage.ledger.at_most(
        "unknown: USD of SOL, as if it moved with them", float(wanted.notional), 210
    )


def _stranger(stage: Stage) -> None:
    """Want a symbol that goes its own way: it has its full size."""
    rho = {BTC: _TOGETHER, ETH: _TOGETHER, _STRANGER: 0.0}
    bars = bars_of(stage, rho, WARM_BARS_CORRELATED)
    when = {BTC: _BTC_BAR, ETH: _ETH_BAR, _STRANGER: _SOL_BAR}
    ended = stage.play("stranger", script_of(bars, when, "0.12"))
    measures = ended.state.oversight.measures
    rho_of = {} if measures is None else measures.correlations
    seen = max(abs(rho_of.get((each, _STRANGER), 1.0)) for each in (BTC, ETH))
    stage.ledger.at_most(f"correlation of {_STRANGER}, at most", seen, 0.6)
    approved = ended.first(EntryApproved, lambda a: a.symbol == _STRANGER)
    size = float(approved.notional)
    stage.ledger.between(f"USD of {_STRANGER}", size, 500 - _STEPS_USD, 500)
