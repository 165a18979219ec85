"""The last word before an entry is written: it trusts no gate, and allows no cap to be passed."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.directive import Directive, DirectiveMode
from domain.governance.orchestrator_policy import Level, Stance
from domain.governance.safety_policy import Permission
from domain.risk.emergency_stop import Cause, EmergencyStop, RiskMode
from domain.risk.limits import ModeLimits
from domain.risk.safety_governor import Leave, leave_of, sanction
from domain.risk.supervision import Source
from domain.risk.verdict import Objection, Proposal, Scene
from domain.shared.enums import RunMode
from tests.builders import START_MS, D, a_policy, an_instrument
from tests.unit.domain.risk.scenes import (
    DAY,
    a_book,
    a_proposal,
    a_scene,
    an_opinion,
    held,
)

pytestmark = pytest.mark.unit


def last_word(
    scene: Scene, proposal: Proposal | None = None, quantity: str = "4", leverage: int = 1
) -> Objection | None:
    asked = proposal or a_proposal()
    return sanction(D(quantity), D(quantity) * 100, leverage, asked, scene)


def watch(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(watch=a_scene().watch._replace(**changes))


def ordered(**changes: Any) -> Scene:  # noqa: ANN401 - any field
    return a_scene(directive=Directive(**changes))


def test_an_order_within_everything_is_sanctioned() -> None:
    assert last_word(a_scene()) is None


CAUGHT = {
    "emergency": (Objection.EMERGENCY_STOP, a_scene(stop=EmergencyStop(RiskMode.EMERGENCY))),
    "halted": (Objection.EMERGENCY_STOP, a_scene(stop=EmergencyStop(latched=(Cause.OPERATOR,)))),
    "off": (Objection.NEW_TRADES_OFF, a_scene(a_policy(allow_new_trades=False))),
    "expired": (Objection.POLICY_EXPIRED, a_scene(a_policy(expires_ms=START_MS))),
    "health": (Objection.HEALTH, a_scene(permission=Permission.DEFENSIVE_EXIT)),
    "hfos": (Objection.DIRECTIVE_CRITICAL, ordered(mode=DirectiveMode.CRITICAL)),
    "orchestrator": (Objection.DIRECTIVE, a_scene(stance=Stance(Level.SHUT))),
    "environment": (Objection.WRONG_ENVIRONMENT, a_scene(mode=RunMode.LIVE)),
    "confidence": (Objection.CONFIDENCE_BELOW_MODE, ordered(confidence_min=0.9)),
    "open": (Objection.POSITION_OPEN, a_scene(symbol_busy=True)),
    "half size": (Objection.GOVERNOR_VETO, ordered(size=D("0.5"))),
    "slots": (Objection.SLOTS_USED, a_scene(slots_used=10)),
    "flood": (Objection.ORDER_RATE, a_scene(recent_entries=30)),
    "day": (Objection.DAILY_LOSS, watch(day_open=11_000.0)),
    "drawdown": (Objection.DRAWDOWN_BUDGET, watch(peak=12_000.0)),
    "floor": (Objection.DRAWDOWN_BUDGET, watch(peak=12_500.0, credit=2_000.0)),
    "unknown peak": (Objection.DRAWDOWN_BUDGET, watch(peak=math.nan)),
    "rolling": (Objection.ROLLING_DRAWDOWN, watch(highs=((DAY, 12_500.0),))),
    "mode": (Objection.EXPOSURE, a_scene(stop=EmergencyStop(RiskMode.CAUTIOUS))),
    "unwell": (Objection.EXPOSURE, a_scene(permission=Permission.SAFE_RISK_PROFILE)),
    "symbol": (Objection.EXPOSURE, a_scene(symbol_notional=9_700.0)),
    "gross": (Objection.EXPOSURE, a_scene(gross=49_700.0)),
    "net": (Objection.EXPOSURE, a_scene(net=39_700.0)),
    "unknown gross": (Objection.EXPOSURE, a_scene(gross=math.nan)),
    "margin": (Objection.MARGIN_USE, a_scene(margin_used=4_700.0)),
    "risk": (Objection.OPEN_RISK, a_scene(open_risk=592.0)),
    "cluster": (Objection.CORRELATED, a_scene(held=(held(notional=900.0),))),
    "leaning": (
        Objection.EFFECTIVE_EXPOSURE,
        a_scene(measures=a_book(0.0, moves=(0.0, 0.0), BTCUSDT=126.0)),
    ),
    "tail": (Objection.VALUE_AT_RISK, a_scene(measures=a_book(moves=(0.9, -0.9)))),
}


@pytest.mark.parametrize("case", CAUGHT)
def test_what_a_gate_would_have_caught_is_caught_without_it(case: str) -> None:
    objection, scene = CAUGHT[case]
    assert last_word(scene) is objection


def test_liquidation_too_near_is_caught() -> None:
    far = a_proposal(stop="0.3", costs="0")
    scene = a_scene(a_policy(open_risk_max=D(1), value_at_risk_max=1.0), gross=20_000.0)
    assert last_word(scene, far) is Objection.LIQUIDATION_NEAR


@pytest.mark.parametrize(
    ("quantity", "notional", "leverage", "objection"),
    [
        ("4", "400", 20, None),
        ("4", "20", 20, Objection.GOVERNOR_VETO),
        ("4.01", "401", 1, Objection.GOVERNOR_VETO),
        ("-4", "-400", 1, Objection.GOVERNOR_VETO),
        ("0", "0", 1, Objection.GOVERNOR_VETO),
        ("NaN", "NaN", 1, Objection.GOVERNOR_VETO),
        ("4", "400", 0, Objection.GOVERNOR_VETO),
        ("4", "400", 21, Objection.MARGIN_USE),
    ],
    ids=[
        "right",
        "margin for notional",
        "more than wanted",
        "short",
        "none",
        "nan",
        "none",
        "high",
    ],
)
def test_an_order_is_what_it_says_and_no_more_than_was_wanted(
    quantity: str, notional: str, leverage: int, objection: Objection | None
) -> None:
    found = sanction(D(quantity), D(notional), leverage, a_proposal(), a_scene())
    assert found is objection


def test_a_venue_that_lends_less_caps_leverage() -> None:
    scene = a_scene(instrument=an_instrument(leverage_max=3))
    assert last_word(scene, leverage=4) is Objection.MARGIN_USE


def test_everyones_opinion_is_merged_to_the_tightest() -> None:
    scene = a_scene(
        permission=Permission.SAFE_RISK_PROFILE,
        directive=Directive(size=D("0.7"), confidence_min=0.7, positions_max=3),
        stance=Stance(Level.DEFENSIVE),
    )
    leave = leave_of(a_proposal(), scene)
    assert leave == Leave(None, D(300), 10, 0.7, D("0.5"), 3)
    assert leave.limits == ModeLimits(D(300), 10, 0.7)
    assert leave_of(a_proposal(), a_scene()).veto is None


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"stop": EmergencyStop(RiskMode.EMERGENCY)}, Source.EMERGENCY_STOP),
        ({"permission": Permission.EMERGENCY_SHUTDOWN}, Source.HEALTH),
        ({"policy": a_policy(allow_new_trades=False)}, Source.RISK),
        ({"directive": Directive(DirectiveMode.CRITICAL)}, Source.HFOS),
        ({"stance": Stance(Level.SHUT)}, Source.ORCHESTRATOR),
    ],
)
def test_the_source_of_a_veto_is_told(changes: dict[str, Any], source: Source) -> None:
    assert leave_of(a_proposal(), a_scene()._replace(**changes)).veto is source


def test_a_scene_that_cannot_be_judged_is_vetoed() -> None:
    broken: Any = None
    assert last_word(a_scene()._replace(instrument=broken)) is Objection.GOVERNOR_VETO


@given(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.integers(-5, 200),
    st.floats(),
    st.floats(),
)
def test_the_last_word_is_total_and_sanctions_nothing_unknown(
    quantity: Decimal, notional: Decimal, leverage: int, gross: float, confidence: float
) -> None:
    scene = a_scene(gross=gross)
    proposal = a_proposal(opinion=an_opinion(confidence))
    if sanction(quantity, notional, leverage, proposal, scene) is None:
        assert notional == quantity * 100
        assert 0 < notional <= 400
        assert 1 <= leverage <= 20
        assert gross + float(notional) <= 50_000 * (1 + 1e-6)
        assert confidence >= 0.5
