"""What the position monitor is shown of the desk, and what is said of what it finds."""

import pytest

from domain.decision.safety_facts import PositionFinding
from domain.execution.messages import OrderCanceled
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def findings(rig: Rig) -> list[tuple[str, str, bool]]:
    return [(one.code, one.symbol, one.is_over) for one in rig.told(PositionFinding)]


def test_a_desk_that_minds_all_it_holds_has_nothing_to_tell() -> None:
    rig = Remote()
    rig.opens()
    for _ in range(10):
        rig.passes(5).reads()
    assert findings(rig) == []


def test_orders_that_outlive_their_trade_are_found_and_told_when_they_are_gone() -> None:
    rig = Remote()
    rig.opens().fills(Leg.STOP, "98").forget()
    rig.passes(5)
    rig.passes(11)
    assert findings(rig) == [("orphan_orders", BTC, False)]
    for order in tuple(rig.state.orders.values()):
        rig.hears(OrderCanceled(rig.now, order.client_id, BTC, "requested"))
    rig.forget()
    rig.passes(1)
    assert findings(rig) == [("orphan_orders", BTC, True)]


def test_what_no_trade_minds_is_found_when_it_lasts() -> None:
    rig = Remote()
    for _ in range(3):
        rig.passes(6).reads(held={ETH: D(3)})
    rig.advances(0.1, {ETH: 50.0})
    rig.reads(held={ETH: D(3)})
    rig.rejects(Leg.STOP, symbol=ETH).forget()
    for _ in range(8):
        rig.passes(6)
    assert ("uncovered", ETH, False) not in findings(rig)  # it is on its way out
    assert rig.trade(ETH).exit_id is not None


def test_a_trade_that_is_not_left_in_time_is_overdue() -> None:
    rig = Remote(a_policy(holding_minutes_max=1))
    rig.opens()
    rig.passes(61)
    rig.passes(60)
    assert ("overdue", BTC, False) in findings(rig)


def test_where_nothing_can_be_lost_nothing_is_watched() -> None:
    rig = Rig().opens().fills(Leg.STOP, "98").advances(10).advances(10)
    assert findings(rig) == []
