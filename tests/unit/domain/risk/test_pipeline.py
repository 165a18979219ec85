"""The pipeline as a whole: its order, and what its gates leave together."""

import math
from typing import Any, get_type_hints

import pytest

from domain.governance.directive import Directive
from domain.governance.policy import ExitMode
from domain.market.messages import DataFault, Regime
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Approved, Objection, Proposal, Refused, Scene, judge
from tests.builders import MINUTE_MS, START_MS, D, a_policy, a_quote
from tests.unit.domain.risk.scenes import (
    DAY,
    a_proposal,
    a_scene,
    an_opinion,
    held,
)

pytestmark = pytest.mark.unit

NAN = math.nan
JUST_NOW = START_MS - MINUTE_MS


def ordered(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(directive=Directive(**changes))


def streak(**policy: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(a_policy(**policy), watch=a_scene().watch._replace(streak=5))


def test_a_proposal_in_a_calm_scene_is_approved_whole() -> None:
    verdict = judge(a_proposal(), a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    assert verdict.factor == 1
    assert [c.gate for c in verdict.checks] == [name for name, _ in PIPELINE]


@pytest.mark.parametrize("field", ["gross", "net", "symbol_notional", "open_risk", "margin_used"])
def test_no_unknown_of_the_scene_is_ever_allowed(field: str) -> None:
    unknown: dict[str, Any] = {field: NAN}
    assert isinstance(judge(a_proposal(), a_scene()._replace(**unknown), PIPELINE), Refused)


def test_the_thirteen_gates_stand_in_the_order_of_the_specification() -> None:
    assert [name for name, _ in PIPELINE] == [
        "emergency_stop",
        "environment",
        "data_quality",
        "signal_quality",
        "directive",
        "symbol_performance",
        "funding_rate",
        "position_rules",
        "exposure",
        "margin",
        "correlation",
        "loss_budget",
        "expected_value",
        "order_limits",
    ]
    checks = judge(a_proposal(), a_scene(), PIPELINE).checks
    assert [check.gate for check in checks] == [name for name, _ in PIPELINE]


def test_gates_are_asked_about_proposals_of_entries_and_about_nothing_else() -> None:
    for _, gate in PIPELINE:
        first, *_ = get_type_hints(gate).values()
        assert first is Proposal


def test_two_caps_that_both_bear_a_trade_do_not_reduce_it_twice() -> None:
    scene = a_scene(held=(held(notional=1000.0),))
    verdict = judge(a_proposal(notional="5000"), scene, PIPELINE)
    assert isinstance(verdict, Approved)
    assert float(verdict.factor * 5000) == pytest.approx(200.0)


def test_fixed_exits_need_no_volatility() -> None:
    scene = a_scene(a_policy(exits=ExitMode.FRACTION))
    for quote in (a_quote(fault=DataFault.WARM_UP), a_quote(atr=NAN)):
        assert isinstance(judge(a_proposal(quote=quote), scene, PIPELINE), Approved)


def test_churn_and_streaks_are_forgiven_after_the_pause() -> None:
    rested = START_MS - 240 * MINUTE_MS
    churned, lost = SymbolRecord(DAY, round_trips=4), SymbolRecord(DAY, losses_in_row=3)
    for record in (churned, lost):
        scene = a_scene(record=record._replace(closed_ms=rested))
        assert isinstance(judge(a_proposal(), scene, PIPELINE), Approved)


def test_what_a_symbol_lost_yesterday_is_yesterdays() -> None:
    scene = a_scene(record=SymbolRecord(DAY - 1, 9, 5000.0))
    assert isinstance(judge(a_proposal(), scene, PIPELINE), Approved)


@pytest.mark.parametrize(
    ("proposal", "scene", "factor"),
    [
        (a_proposal(notional="1000"), a_scene(), "0.5"),
        (a_proposal(), a_scene(gross=49_900.0), "0.25"),
        (a_proposal(), a_scene(open_risk=595.76), "0.5"),
        (a_proposal(), a_scene(held=(held(notional=1000.0),)), "0.5"),
        (a_proposal(), streak(), "0.5"),
        (a_proposal(), ordered(size=D("0.5")), "0.5"),
        (a_proposal(quote=a_quote(regime=Regime.UNKNOWN)), a_scene(), "0.5"),
        (
            a_proposal(quote=a_quote(atr=0.04), opinion=an_opinion(0.7)),
            a_scene(),
            "0.5",
        ),
    ],
    ids=[
        "position cap",
        "gross",
        "open risk",
        "cluster",
        "streak",
        "directive",
        "unknown regime",
        "high volatility",
    ],
)
def test_what_is_too_much_is_reduced_to_the_room_left(
    proposal: Proposal, scene: Scene, factor: str
) -> None:
    verdict = judge(proposal, scene, PIPELINE)
    assert isinstance(verdict, Approved)
    assert float(verdict.factor) == pytest.approx(float(factor))


def test_a_short_gives_room_to_a_desk_that_is_long() -> None:
    long = a_scene(net=39_900.0)
    assert isinstance(judge(a_proposal(), long, PIPELINE), Approved)
    short = judge(a_proposal(side=a_proposal().side.opposite), long, PIPELINE)
    assert isinstance(short, Approved)
    assert short.factor == 1


def test_a_reduction_loses_no_step_to_the_last_digit() -> None:
    wanted = a_proposal(notional=D(10_000) / 7)
    verdict = judge(wanted, a_scene(), PIPELINE)
    assert isinstance(verdict, Approved)
    assert verdict.factor * wanted.notional >= 500


@pytest.mark.parametrize("mode", RiskMode)
@pytest.mark.parametrize("gross", [0.0, 1_000.0])
def test_no_gate_fails_in_any_mode(mode: RiskMode, gross: float) -> None:
    scene = a_scene(stop=EmergencyStop(mode), gross=gross)

    verdict = judge(a_proposal(), scene, PIPELINE)

    objections = verdict.objections if isinstance(verdict, Refused) else ()
    assert Objection.GATE_FAILED not in objections
