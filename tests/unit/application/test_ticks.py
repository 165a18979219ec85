import pytest

from application.ticks import TICKS_MAX, RowTicks
from domain.decision.messages import ClockTicked, OperatorHalted
from domain.shared.errors import InvariantBroken
from domain.shared.identity import Leg
from tests.rig import Rig

pytestmark = pytest.mark.unit


def test_a_calm_desk_wants_no_tick() -> None:
    rig = Rig().opens()
    assert RowTicks(1 << 62).due(rig.state) is None


def test_a_tick_is_due_before_the_close_and_not_at_it() -> None:
    rig = Rig().opens()
    rig.hears(OperatorHalted(rig.now, "ann", "drill")).rejects(Leg.EXIT)
    due = rig.now + 200
    assert RowTicks(due + 1).due(rig.state) == due
    assert RowTicks(due).due(rig.state) is None
    assert RowTicks(due + 1).tick(due) == ClockTicked(due)


def test_a_desk_that_never_has_enough_is_stopped() -> None:
    ticks = RowTicks(99)
    for _ in range(TICKS_MAX):
        ticks.tick(5)
    with pytest.raises(InvariantBroken, match="a loop"):
        ticks.tick(5)
