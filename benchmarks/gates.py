"""What the whole risk pipeline costs for one candidate signal, with a book to look at.

Ten positions are open, ten more symbols are known, with 240 hours of scenarios each: all fourteen
checks are made, the value at risk among them, and the governor has its last word.
"""

import random
import time
from decimal import Decimal
from typing import Final

from adapters.market_data.overrides import load_instruments
from benchmarks.results import Results, middle, percentile
from benchmarks.workloads import INSTRUMENTS, START_MS, SYMBOL
from domain.ai.ensemble import Opinion
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Measures, PredictedFunding, Quote, Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.advanced_risk import Held, indexed
from domain.risk.emergency_stop import EmergencyStop
from domain.risk.pipeline import PIPELINE
from domain.risk.safety_governor import sanction
from domain.risk.verdict import Approved, Proposal, Scene, judge
from domain.shared.enums import Action, RunMode, Side

_LATE: Final = 0.99
_HELD: Final = 10
_HOURS: Final = 240
_TARGET_US: Final = 300
_EQUITY: Final = 100_000.0
_NOTIONAL: Final = 500.0


def measure(results: Results, *, quick: bool) -> None:
    """Measure the pipeline and the governor, one candidate at a time."""
    proposal, scene = _proposal(), _scene()
    rounds = 2_000 if quick else 20_000
    judged: list[float] = []
    governed: list[float] = []
    clock = time.perf_counter
    for _ in range(rounds):
        began = clock()
        verdict = judge(proposal, scene, PIPELINE)
        judged.append((clock() - began) * 1e6)
        if not isinstance(verdict, Approved):
            raise TypeError(f"the candidate was to be approved, not {verdict.objections}")
        began = clock()
        veto = sanction(Decimal("0.01"), Decimal(300), 1, proposal, scene)
        governed.append((clock() - began) * 1e6)
        if veto is not None:
            raise ValueError(f"the order was to be sanctioned, not {veto}")
    note = f"{len(PIPELINE)} checks, {_HELD} positions, {_HOURS} scenarios"
    results.add("risk pipeline", "a candidate, median", middle(judged), "us", note=note)
    late = percentile(judged, _LATE)
    results.add("risk pipeline", "a candidate, p99", late, "us", target=f"<= {_TARGET_US}")
    results.add("safety governor", "last word, median", middle(governed), "us")
    results.add("safety governor", "last word, p99", percentile(governed, _LATE), "us")


def _proposal() -> Proposal:
    quote = Quote(SYMBOL, Decimal(30_000), 0.01, Regime.RANGE, 0.0001, None, RunMode.BACKTEST)
    opinion = Opinion(Action.BUY, 1.0, 0.8, 4, 4)
    costs = Decimal("0.0012")
    return Proposal(
        f"{SYMBOL}-benchmark",
        Side.BUY,
        quote,
        opinion,
        Decimal(int(_NOTIONAL)),
        Decimal("0.02"),
        Decimal("0.04"),
        costs,
    )


def _scene() -> Scene:
    dice = random.Random(7)
    others = [f"S{number:02d}USDT" for number in range(2 * _HELD)]
    symbols = sorted([SYMBOL, *others])
    scenarios = tuple((s, tuple(dice.gauss(0, 0.005) for _ in range(_HOURS))) for s in symbols)
    pairs = tuple(
        (a, b, dice.uniform(0.1, 0.7)) for n, a in enumerate(symbols) for b in symbols[n + 1 :]
    )
    measures = Measures(START_MS, scenarios, pairs, tuple((s, 1.0) for s in symbols))
    held = tuple(
        Held(s, Side.BUY if n % 2 else Side.SELL, _NOTIONAL) for n, s in enumerate(others[:_HELD])
    )
    gross = _NOTIONAL * len(held)
    policy = Policy(positions_max=_HELD + 1)
    return Scene(
        START_MS,
        RunMode.BACKTEST,
        policy,
        Instrument(SYMBOL, **load_instruments(INSTRUMENTS)[SYMBOL]),
        EmergencyStop(),
        EquityWatch(_EQUITY, _EQUITY, 0, _EQUITY),
        SymbolRecord(),
        symbol_busy=False,
        slots_used=len(held),
        gross=gross,
        net=0.0,
        symbol_notional=0.0,
        open_risk=gross * 0.02,
        margin_used=gross / 5,
        recent_entries=0,
        funding=PredictedFunding(SYMBOL, 0.0001, 1 << 62),
        measures=indexed(measures),
        held=held,
    )
