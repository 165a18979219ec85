"""Scenario 6: -12, -8, -3, -1 %: down at once, back one rung at a time, with the caps of each.

Two positions of 500 USD on 1,000 USD fall by 12 % and are closed. From then on the way back is the
shadow book's: the same symbols, bought on paper, rise to where the ladder's drawdown is wanted.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import (
    BTC,
    BUY,
    ETH,
    FLAT,
    SOL,
    Line,
    Look,
    level_of,
    market_of,
)
from bootstrap.scenarios.script import Cue, Script, unanimous
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged
from domain.decision.messages import OperatorHalted, OperatorReleased
from domain.decision.safety_facts import ShadowOpened
from domain.governance.policy import ExitMode, Policy, SizingMode
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, PROTECTIVE
from domain.risk.verdict import Objection

D: Final = Decimal
_ENTRY_BAR: Final = 2
_CONFIDENCE: Final = 0.9
# What two positions on paper of all the equity there was cost, as a fraction of it.
_PAPER_COSTS: Final = 0.0012
_STAY_BARS: Final = 9
_LEVELS: Final = (0.08, 0.03, 0.01)
_CAPS: Final = {PROTECTIVE: 100.0, CAUTIOUS: 300.0, NORMAL: 500.0}
_FALL: Final = (("NORMAL", "CAUTIOUS"), ("CAUTIOUS", "PROTECTIVE"), ("PROTECTIVE", "EMERGENCY"))
_BACK: Final = (("EMERGENCY", "PROTECTIVE"), ("PROTECTIVE", "CAUTIOUS"), ("CAUTIOUS", "NORMAL"))


class Story(NamedTuple):
    """Closes as factors, the bars at which paper is bought, and those at which SOL is tried."""

    closes: tuple[float, ...]
    paper: int
    probes: tuple[int, ...]


def policy() -> Policy:
    """Return the default caps and ladder, with stops out of reach and no other brake."""
    return Policy(
        sizing=SizingMode.EQUITY_FRACTION,
        equity_fraction=D("0.6"),
        exits=ExitMode.FRACTION,
        stop_fraction=D("0.3"),
        target_fraction=D("0.6"),
        open_risk_max=D(1),
        liquidation_stop_ratio=D(1),
        cluster_exposure_max=D(2),
        value_at_risk_max=10.0,
        daily_loss_max=1.0,
        cooldown_minutes=0,
        round_trips_per_day_max=99,
        losses_in_row_max=99,
        symbol_daily_loss_max=D(1),
    )


def story_of(stage: Stage, levels: Sequence[float], stay: int = _STAY_BARS) -> Story:
    """Return the fall by 12 %, and then the rise to each of *levels* of the ladder's drawdown."""
    steps = stage.dice.randint(9, 12)
    bottom = stage.dice.uniform(0.879, 0.882)
    down = [1.0] * 4 + [1.0 - 0.09 * n / steps for n in range(1, steps + 1)] + [bottom]
    paper = len(down) + 2
    closes = down + [bottom] * 4
    # The real loss: the fall, and the fees and slippage of two entries and two closes.
    lost = 1.0 - bottom + 0.0018
    probes = []
    for level in levels:
        closes += [bottom * (1.0 + lost + _PAPER_COSTS - level)] * stay
        probes.append(len(closes) - 2)
    return Story(tuple(closes), paper, tuple(probes))


def script_of(stage: Stage, story: Story, *cues: Cue) -> Script:
    """Return the script of *story*: SOL, whose price stays, is entered at probes and left again."""
    dice, bars = stage.dice, {}
    flat = [1.0] * len(story.closes)
    for symbol, closes in ((BTC, story.closes), (ETH, story.closes), (SOL, flat)):
        look = Look(level_of(symbol, dice), dice.uniform(0.003, 0.005))
        bars[symbol] = market_of(symbol, closes, look, dice)
    lines = [
        Line(bar, symbol, BUY, _CONFIDENCE)
        for symbol in (BTC, ETH)
        for bar in (_ENTRY_BAR, story.paper)
    ]
    for bar in story.probes:
        lines += [Line(bar, SOL, BUY, _CONFIDENCE), Line(bar + 1, SOL, FLAT, _CONFIDENCE)]
    return Script(bars, unanimous(*lines), policy(), deposit=D(1_000), cues=cues)


def show(stage: Stage) -> None:
    """Show the way down and the way back, its edges, and that a person's halt stays."""
    story = story_of(stage, _LEVELS)
    script = script_of(stage, story)
    ended = stage.play("ladder", script)
    _ladder(stage, ended)
    _caps(stage, ended)
    _restarts(stage, script, story, ended)
    _edges(stage)
    _manual(stage, story, script)


def changes(ended: Ended) -> tuple[tuple[str, str], ...]:
    """Return every change of mode, old and new."""
    return tuple((c.old, c.new) for c in ended.told(RiskModeChanged))


def _ladder(stage: Stage, ended: Ended) -> None:
    ledger = stage.ledger
    stopped = ended.first(RiskModeChanged, lambda c: c.new == EMERGENCY.name)
    ledger.key = f"epoch {stopped.epoch}"
    ledger.between("real drawdown at EMERGENCY", stopped.drawdown, 0.115, 0.125)
    ledger.same("entries taken on paper", len(ended.told(ShadowOpened)), 2)
    ledger.same("changes of mode", _arrows(changes(ended)), _arrows((*_FALL, *_BACK)))
    recovered = ended.records("emergency.recovered", recovery_type="AUTO")
    ledger.same("audit records emergency.recovered AUTO", len(recovered), 3)
    ledger.same("audit records emergency.recovered", len(ended.records("emergency.recovered")), 3)
    times = [c.at_ms for c in ended.told(RiskModeChanged)][-4:]
    dwells = [(b - a) / 60_000 for a, b in pairwise(times)]
    ledger.at_least("least minutes between steps of the recovery", min(dwells, default=0.0), 30)
    ledger.between("real drawdown in the end, as it was", ended.state.watch.drawdown, 0.115, 0.13)
    ledger.between("ladder's drawdown in the end", ended.state.watch.ladder_drawdown, 0.0, 0.0199)


def _arrows(moves: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{old} -> {new}" for old, new in moves)


def _caps(stage: Stage, ended: Ended) -> None:
    probes = [each for each in ended.told(EntryApproved) if each.symbol == SOL]
    stage.ledger.same("entries at -8, -3, -1 %", len(probes), len(_CAPS))
    for (mode, cap), probe in zip(_CAPS.items(), probes, strict=False):
        size = float(probe.notional)
        stage.ledger.between(f"{mode.name}: USD of notional", size, cap - 1.0, cap)


def _restarts(stage: Stage, script: Script, story: Story, whole: Ended) -> None:
    """Start the daemon anew on each rung: nothing is forgotten, nothing happens twice."""
    for mode, bar in ((EMERGENCY, story.paper + 1), *zip(_CAPS, story.probes, strict=True)):
        ended = stage.play(f"restart-{mode.name.lower()}", script._replace(restart=bar))
        then = None if ended.halfway is None else ended.halfway.state.stop.mode
        stage.ledger.same(f"new start in {mode.name}: mode then", then, mode)
        same = changes(ended) == changes(whole)
        stage.ledger.note(
            f"new start in {mode.name}: changes of mode",
            "as without" if same else _arrows(changes(ended)),
            "as without",
            ok=same,
        )


def _edges(stage: Stage) -> None:
    """Rest round the edge of EMERGENCY, leave it, rest again, and relapse."""
    wobble = [0.103, 0.097] * 5
    story = story_of(stage, [*wobble, *([0.085] * 3), *([0.098, 0.0905] * 4), 0.105], stay=3)
    ended = stage.play("edges", script_of(stage, story._replace(probes=())))
    stage.ledger.same(
        "round 10 %, then 9 %, then 10.5 %: changes after the fall",
        _arrows(changes(ended)[len(_FALL) :]),
        "EMERGENCY -> PROTECTIVE, PROTECTIVE -> EMERGENCY",
    )
    relapse = ended.told(RiskModeChanged)[-1]
    stage.ledger.same("relapse: mode in the end", ended.state.stop.mode, EMERGENCY)
    waited_ms = relapse.at_ms - ended.told(RiskModeChanged)[-2].at_ms
    stage.ledger.note(
        "relapse: minutes after the step up", waited_ms / 60_000, "no dwell", ok=waited_ms > 0
    )


def _manual(stage: Stage, story: Story, script: Script) -> None:
    """Let an operator halt what would recover by itself, and release it in the end."""
    ledger = stage.ledger
    last = len(story.closes) - 1
    cues = (
        Cue(story.paper + 1, OperatorHalted(0, "ann", "wait for the auditors")),
        Cue(last, OperatorReleased(0, "ann", "the auditors are content")),
    )
    ended = stage.play("manual", script._replace(cues=cues))
    refused = [r for r in ended.told(EntryRefused) if r.symbol == SOL]
    stopped = sum(1 for r in refused if Objection.EMERGENCY_STOP in r.objections)
    ledger.same("halted by hand: entries refused at -8, -3, -1 %", stopped, len(_CAPS))
    after = ended.records("emergency.recovered")
    ledger.same("halted by hand: recoveries", [r["recovery_type"] for r in after], ["MANUAL"])
    ledger.same("halted by hand: released by", [r["actor"] for r in after], ["ann"])
    ledger.same("halted by hand: mode after the release", ended.state.stop.mode, PROTECTIVE)
    ledger.at_most("halted by hand: drawdown, the peak re-based", ended.state.watch.drawdown, 1e-9)
