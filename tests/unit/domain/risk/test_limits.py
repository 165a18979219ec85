"""What each mode leaves to entries."""

import pytest

from domain.governance.policy import Policy
from domain.risk.emergency_stop import RiskMode
from domain.risk.limits import ModeLimits, limits_in
from tests.builders import D

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
