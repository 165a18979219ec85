"""Several parts tell of themselves: all must be well before the desk is."""

import pytest

from application.health import HealthBoard
from domain.decision.messages import HealthChanged
from domain.governance.directive import Health

pytestmark = pytest.mark.unit


def test_one_part_that_is_well_again_says_nothing_for_the_others() -> None:
    board = HealthBoard()
    assert board.told(1, "journal", "full") == HealthChanged(1, Health.DEGRADED, ("full",))
    assert board.told(2, "trades", "gone").reasons == ("full", "gone")
    assert board.told(3, "trades", None) == HealthChanged(3, Health.DEGRADED, ("full",))
    assert board.told(4, "journal", None) == HealthChanged(4, Health.HEALTHY, ())


def test_a_part_that_was_never_ill_may_say_that_it_is_well() -> None:
    assert HealthBoard().told(1, "journal", None) == HealthChanged(1, Health.HEALTHY, ())
