"""Supervision only tightens, and the one who stands first names the objection."""

import math
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.directive import Directive, DirectiveMode
from domain.governance.orchestrator_policy import Level, Stance
from domain.governance.policy import Policy
from domain.governance.safety_policy import Permission
from domain.market.messages import Regime
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.supervision import directive
from domain.risk.verdict import Check, Objection
from tests.builders import BTC, ETH, D, a_quote
from tests.unit.domain.risk.scenes import a_proposal, a_scene, an_opinion

pytestmark = pytest.mark.unit


def gate(confidence: float = 0.8, **scene: Any) -> Check:  # noqa: ANN401 - any field
    return directive(a_proposal(opinion=an_opinion(confidence)), a_scene(**scene))


def ordered(**changes: Any) -> Check:  # noqa: ANN401 - any field
    return gate(directive=Directive(**changes))


@pytest.mark.parametrize("mode", RiskMode)
def test_the_confidence_demanded_rises_with_the_mode(mode: RiskMode) -> None:
    policy = Policy()
    floors = (
        policy.confidence_normal,
        policy.confidence_cautious,
        policy.confidence_protective,
        1.0,
    )
    stop = EmergencyStop(mode)
    assert gate(floors[mode], stop=stop).objection is None
    assert gate(floors[mode] - 0.001, stop=stop).objection is Objection.CONFIDENCE_BELOW_MODE


def test_an_unknown_regime_is_let_by_at_half_size() -> None:
    check = directive(a_proposal(quote=a_quote(regime=Regime.UNKNOWN)), a_scene())
    assert check.factor * 2 == 1


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({}, None),
        ({"mode": DirectiveMode.AGGRESSIVE}, None),
        ({"mode": DirectiveMode.SAFE}, None),
        ({"mode": DirectiveMode.CRITICAL}, Objection.DIRECTIVE_CRITICAL),
        ({"symbols": (ETH,)}, Objection.DIRECTIVE_SYMBOL),
        ({"symbols": (ETH, BTC)}, None),
        ({"positions_max": 0}, Objection.DIRECTIVE_POSITIONS),
        ({"positions_max": 1}, None),
        ({"confidence_min": 0.81}, Objection.DIRECTIVE_CONFIDENCE),
        ({"confidence_min": 0.8}, None),
        ({"confidence_min": math.nan}, Objection.DIRECTIVE_CONFIDENCE),
        ({"size": D(0)}, Objection.DIRECTIVE),
        ({"size": D("NaN")}, Objection.DIRECTIVE),
        ({"size": D(2)}, Objection.DIRECTIVE),
    ],
)
def test_every_field_of_a_directive_is_honoured(
    changes: dict[str, Any], objection: Objection | None
) -> None:
    assert ordered(**changes).objection is objection


def test_a_safe_directive_demands_the_confidence_of_cautious() -> None:
    safe = Directive(DirectiveMode.SAFE)
    assert gate(0.55, directive=safe).objection is None
    assert gate(0.54, directive=safe).objection is Objection.DIRECTIVE_CONFIDENCE


@pytest.mark.parametrize("permission", Permission)
def test_no_entry_is_permitted_from_no_new_trades_on(permission: Permission) -> None:
    check = gate(permission=permission)
    entries = permission in (Permission.ALLOW_ALL, Permission.SAFE_RISK_PROFILE)
    assert (check.objection is None) is entries
    assert check.objection in (None, Objection.HEALTH)


def test_a_safe_risk_profile_demands_the_confidence_of_cautious() -> None:
    assert gate(0.54, permission=Permission.SAFE_RISK_PROFILE).objection is Objection.HEALTH


@pytest.mark.parametrize("level", Level)
def test_a_stance_holds_although_the_quote_is_calm(level: Level) -> None:
    check = gate(stance=Stance(level))
    assert check.factor == {Level.DEFENSIVE: D("0.5"), Level.SHUT: 0}.get(level, 1)


def test_a_careful_stance_demands_the_confidence_of_cautious() -> None:
    check = gate(0.54, stance=Stance(Level.CAREFUL))
    assert check[2:] == (Objection.STANCE_CONFIDENCE, 0.54, 0.55)


def test_the_least_size_of_all_is_taken() -> None:
    half, tenth = Stance(Level.DEFENSIVE), Directive(size=D("0.1"))
    assert gate(stance=half, directive=tenth).factor == D("0.1")
    assert gate(stance=half, directive=Directive(size=D("0.9"))).factor == D("0.5")


# In the order of priority, each a way to make its source object.
OBJECTING: tuple[tuple[Objection, dict[str, Any]], ...] = (
    (Objection.CONFIDENCE_BELOW_MODE, {"stop": EmergencyStop(RiskMode.EMERGENCY)}),
    (Objection.HEALTH, {"permission": Permission.NO_NEW_TRADES}),
    (Objection.DIRECTIVE_CRITICAL, {"directive": Directive(DirectiveMode.CRITICAL)}),
    (Objection.DIRECTIVE, {"stance": Stance(Level.SHUT)}),
)


@pytest.mark.parametrize("who", list(product([False, True], repeat=4)))
def test_who_comes_first_names_the_objection(who: tuple[bool, ...]) -> None:
    objecting = [case for case, objects in zip(OBJECTING, who, strict=True) if objects]
    scene: dict[str, Any] = {}
    for _, change in objecting:
        scene |= change
    assert gate(**scene).objection is (objecting[0][0] if objecting else None)


@given(
    st.sampled_from(Permission),
    st.sampled_from(DirectiveMode),
    st.decimals("0", "1", places=2),
    st.sampled_from(Level),
    st.floats(0, 1),
)
def test_no_opinion_ever_makes_an_entry_larger(
    permission: Permission,
    mode: DirectiveMode,
    size: Decimal,
    level: Level,
    confidence: float,
) -> None:
    free = gate(confidence)
    check = gate(
        confidence,
        permission=permission,
        directive=Directive(mode, size),
        stance=Stance(level),
    )
    assert check.factor <= free.factor
    assert check.objection is not None or free.objection is None
