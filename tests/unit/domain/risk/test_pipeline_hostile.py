"""Hostile numbers: no gate lets an unknown by, and none of them breaks the judgment."""

import math
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.directive import Directive, DirectiveMode
from domain.governance.orchestrator_policy import Level, Stance
from domain.governance.policy import ExitMode
from domain.governance.safety_policy import Permission
from domain.market.messages import DataFault, Measures, Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.advanced_risk import Held, MeasureBook, indexed
from domain.risk.emergency_stop import Cause, EmergencyStop, RiskMode
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Approved, Check, Gate, Proposal, Refused, Scene, judge
from domain.shared.enums import RunMode, Side
from tests.builders import BTC, ETH, START_MS, D, a_policy, a_quote, an_instrument
from tests.unit.domain.risk.scenes import a_funding, a_proposal, a_scene, an_opinion, held

pytestmark = pytest.mark.unit

NAN: Final = math.nan
HOSTILE = st.one_of(
    st.floats(),
    st.sampled_from([NAN, math.inf, -math.inf, 0.0, -0.0, -1.0, 1e308, -1e308, 5e-324, 0.8, 0.02]),
)
AMOUNT = st.one_of(
    st.sampled_from(
        [D(x) for x in ("NaN", "Infinity", "-Infinity", "0", "-1", "1E+400", "1E-400")]
    ),
    st.sampled_from([D(x) for x in ("400", "0.02", "0.04", "0.0012", "0.5")]),
    # A signalling NaN raises by its nature, wherever it is met: `judge` is for that.
    st.decimals().filter(lambda amount: not amount.is_snan()),
)
COUNT = st.integers(-10, 10**12)


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    quote = a_quote(
        atr=draw(HOSTILE),
        spread=draw(HOSTILE),
        regime=draw(st.sampled_from(Regime)),
        fault=draw(st.none() | st.sampled_from(DataFault)),
        source=draw(st.sampled_from(RunMode)),
    )._replace(price=draw(AMOUNT))
    opinion = an_opinion()._replace(
        agreement=draw(HOSTILE), confidence=draw(HOSTILE), voters=draw(COUNT)
    )
    amounts = [draw(AMOUNT) for _ in range(4)]
    return Proposal("BTCUSDT-1", draw(st.sampled_from(Side)), quote, opinion, *amounts)


@st.composite
def watches(draw: st.DrawFn) -> EquityWatch:
    return EquityWatch(
        draw(HOSTILE),
        draw(HOSTILE),
        draw(COUNT),
        draw(HOSTILE),
        draw(HOSTILE),
        ((1, draw(HOSTILE)),),
        draw(COUNT),
    )


@st.composite
def records(draw: st.DrawFn) -> SymbolRecord:
    return SymbolRecord(
        draw(COUNT),
        draw(COUNT),
        draw(HOSTILE),
        draw(COUNT),
        draw(COUNT),
        tuple(draw(st.lists(HOSTILE, max_size=6))),
        draw(COUNT),
    )


@st.composite
def books(draw: st.DrawFn) -> MeasureBook:
    path = st.lists(HOSTILE, min_size=3, max_size=3).map(tuple)
    return indexed(
        Measures(
            0,
            ((BTC, draw(path)), (ETH, draw(path))),
            ((BTC, ETH, draw(HOSTILE)),),
            ((BTC, draw(HOSTILE)),),
        )
    )


HOLDINGS = st.lists(
    st.builds(Held, st.sampled_from([ETH, "X"]), st.sampled_from(Side), HOSTILE), max_size=3
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    return a_scene(
        a_policy(exits=draw(st.sampled_from(ExitMode))),
        at_ms=draw(COUNT),
        instrument=an_instrument(funding_interval_hours=draw(st.integers(-8, 8))),
        stop=EmergencyStop(
            draw(st.sampled_from(RiskMode)), latched=draw(st.sampled_from([(), (Cause.OPERATOR,)]))
        ),
        watch=draw(watches()),
        record=draw(records()),
        symbol_busy=draw(st.booleans()),
        slots_used=draw(COUNT),
        gross=draw(HOSTILE),
        net=draw(HOSTILE),
        symbol_notional=draw(HOSTILE),
        open_risk=draw(HOSTILE),
        margin_used=draw(HOSTILE),
        recent_entries=draw(COUNT),
        directive=Directive(
            draw(st.sampled_from(DirectiveMode)),
            draw(AMOUNT),
            draw(HOSTILE),
            draw(st.none() | COUNT),
        ),
        permission=draw(st.sampled_from(Permission)),
        stance=Stance(draw(st.sampled_from(Level))),
        funding=draw(st.none() | st.builds(a_funding, HOSTILE, st.just(BTC), COUNT)),
        measures=draw(st.none() | books()),
        held=tuple(draw(HOLDINGS)),
    )


GATES: Final = [pytest.param(gate, id=name) for name, gate in PIPELINE]


@pytest.mark.parametrize("gate", GATES)
@given(proposals(), scenes())
def test_every_gate_is_total(gate: Gate, proposal: Proposal, scene: Scene) -> None:
    check = gate(proposal, scene)
    assert isinstance(check, Check)
    assert 0 <= check.factor <= 1
    assert check.objection is None or check.factor == 0


@given(proposals(), scenes())
def test_no_hostile_entry_is_approved_at_all_unless_every_number_it_rests_on_is_known(
    proposal: Proposal, scene: Scene
) -> None:
    verdict = judge(proposal, scene, PIPELINE)
    if isinstance(verdict, Approved):
        known: list[float | Decimal] = [
            scene.watch.equity,
            scene.gross,
            scene.net,
            scene.margin_used,
            scene.open_risk,
            proposal.opinion.confidence,
            proposal.notional,
            proposal.stop,
            *(h.notional for h in scene.held),
        ]
        assert not any(math.isnan(x) for x in known)
        assert 0 < verdict.factor <= 1


NUMBERS: Final[dict[str, tuple[Proposal, Scene]]] = {
    **{
        f"proposal {name}": (a_proposal()._replace(**{name: D("NaN")}), a_scene())  # type: ignore[arg-type]
        for name in ("notional", "stop", "reward", "costs")
    },
    **{
        f"opinion {name}": (
            a_proposal(opinion=an_opinion()._replace(**{name: NAN})),  # type: ignore[arg-type]
            a_scene(),
        )
        for name in ("agreement", "confidence")
    },
    "price": (a_proposal(quote=a_quote(price="NaN")), a_scene()),
    "atr": (a_proposal(quote=a_quote(atr=NAN)), a_scene()),
    "spread": (a_proposal(quote=a_quote(spread=NAN)), a_scene()),
    **{
        f"scene {name}": (a_proposal(), a_scene()._replace(**{name: NAN}))  # type: ignore[arg-type]
        for name in ("gross", "net", "symbol_notional", "open_risk", "margin_used")
    },
    **{
        f"watch {name}": (a_proposal(), a_scene(watch=a_scene().watch._replace(**{name: NAN})))  # type: ignore[arg-type]
        for name in ("equity", "peak", "day_open", "credit")
    },
    "watch highs": (
        a_proposal(),
        a_scene(watch=a_scene().watch._replace(highs=((1, NAN),))),
    ),
    "lost": (a_proposal(), a_scene(record=SymbolRecord(START_MS // 86_400_000, lost_usd=NAN))),
    "funding": (a_proposal(), a_scene(funding=a_funding(NAN))),
    "held": (a_proposal(), a_scene(held=(held(notional=NAN),))),
    "held against": (a_proposal(), a_scene(held=(held(side=Side.SELL, notional=NAN),))),
    "directive size": (a_proposal(), a_scene(directive=Directive(size=D("NaN")))),
    "directive confidence": (a_proposal(), a_scene(directive=Directive(confidence_min=NAN))),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_single_unknown_number_refuses_an_entry_that_is_otherwise_fine(case: str) -> None:
    proposal, scene = NUMBERS[case]
    assert isinstance(judge(proposal, scene, PIPELINE), Refused)


@given(
    st.builds(
        lambda **known: a_scene()._replace(**known),
        gross=st.floats(0, 1e6),
        net=st.floats(-1e6, 1e6),
    ),
    st.integers(0, len(PIPELINE) - 1),
)
def test_leaving_a_gate_out_never_refuses_more(scene: Scene, left_out: int) -> None:
    without = [each for n, each in enumerate(PIPELINE) if n != left_out]
    whole: Any = judge(a_proposal(), scene, PIPELINE)
    if isinstance(whole, Approved):
        assert isinstance(judge(a_proposal(), scene, without), Approved)
