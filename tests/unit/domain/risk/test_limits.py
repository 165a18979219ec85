"""What each mode leaves to entries."""

import math
from itertools import product

import pytest

from domain.governance.directive import Directive, DirectiveMode
from domain.governance.policy import Policy
from domain.governance.safety_policy import Permission
from domain.risk.emergency_stop import EmergencyStop, RiskMode
from domain.risk.limits import FLOORS, ModeLimits, limits_in, limits_of, severity, wanted_usd
from tests.builders import D
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("mode", "limits"),
    [
        (RiskMode.NORMAL, ModeLimits(D(500), 20, 0.50)),
        (RiskMode.CAUTIOUS, ModeLimits(D(300), 10, 0.55)),
        (RiskMode.PROTECTIVE, ModeLimits(D(100), 5, 0.75)),
        (RiskMode.EMERGENCY, ModeLimits(D(0), 1, 1.0)),
    ],
)
def test_the_table_of_the_specification(mode: RiskMode, limits: ModeLimits) -> None:
    assert limits_in(mode, Policy()) == limits


def test_a_worse_permission_never_leaves_a_milder_mode() -> None:
    floors = [FLOORS[permission] for permission in Permission]
    assert floors == sorted(floors)


@pytest.mark.parametrize(
    ("mode", "permission", "order"), list(product(RiskMode, Permission, DirectiveMode))
)
def test_the_severity_in_force_is_the_worst_of_all(
    mode: RiskMode, permission: Permission, order: DirectiveMode
) -> None:
    scene = a_scene(stop=EmergencyStop(mode), permission=permission, directive=Directive(order))
    supervised = {
        DirectiveMode.CRITICAL: RiskMode.PROTECTIVE,
        DirectiveMode.SAFE: RiskMode.CAUTIOUS,
    }
    worst = max(mode, FLOORS[permission], supervised.get(order, RiskMode.NORMAL))
    assert severity(scene) is worst
    assert limits_of(scene) == limits_in(worst, scene.policy)


def test_what_is_wanted_keeps_to_the_cap_and_an_unknown_stays_unknown() -> None:
    assert wanted_usd(a_proposal(notional="1000"), a_scene()) == 500.0
    assert wanted_usd(a_proposal(notional="100"), a_scene()) == 100.0
    assert math.isnan(wanted_usd(a_proposal(notional="NaN"), a_scene()))
