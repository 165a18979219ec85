"""Reports short of a fill: what is quiet is decided quickly, and the same as the long way."""

from collections.abc import Callable

import pytest

from domain.decision import reports
from domain.decision.state import Decision, State, Turn
from domain.decision.step import step
from domain.execution.messages import OrderAccepted, OrderCanceled, OrderRejected
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, a_candidate
from tests.rig import Rig

pytestmark = pytest.mark.unit


def trade_over_with_its_orders_still_live() -> Rig:
    """Return a desk whose trade was stopped before the venue had done anything else."""
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100").fills(Leg.STOP, "98")
    return rig.forget()


WORLDS: dict[str, Callable[[], Rig]] = {
    "entering": lambda: Rig().wants(a_candidate()),
    "just filled": lambda: Rig().wants(a_candidate()).fills(Leg.ENTRY, "100"),
    "protected": lambda: Rig().opens(),
    "trailing": lambda: Rig().opens().advances(1, {BTC: 103.0}),
    "closing": lambda: Rig().opens().wants(a_candidate(Action.FLAT)),
    "over": trade_over_with_its_orders_still_live,
    "over, the next entering": lambda: trade_over_with_its_orders_still_live().wants(
        a_candidate(), minutes=30
    ),
    "another symbol": lambda: Rig().opens(a_candidate(symbol=ETH)),
}


def the_long_way(state: State, report: OrderAccepted | OrderCanceled | OrderRejected) -> Decision:
    """Return what is decided when no report is taken for a quiet one."""
    turn = Turn(state)
    turn.at_ms = max(turn.at_ms, report.at_ms)
    if isinstance(report, OrderAccepted):
        reports.accepted(turn, report)
    else:
        reports.ended(turn, report)
    return turn.done()


@pytest.mark.parametrize("world", WORLDS)
def test_a_quiet_report_is_decided_as_any_other(world: str) -> None:
    rig = WORLDS[world]()
    for later_ms in (0, 5):
        at_ms = rig.now + later_ms
        for name in (*rig.state.orders, "someone"):
            for report in (
                OrderAccepted(at_ms, name, BTC),
                OrderCanceled(at_ms, name, BTC, "requested"),
                OrderCanceled(at_ms, name, BTC, "expired"),
                OrderRejected(at_ms, name, BTC, "margin"),
            ):
                assert step(rig.state, report) == the_long_way(rig.state, report)


def test_an_order_of_a_trade_that_is_over_is_forgotten_when_it_ends() -> None:
    rig = trade_over_with_its_orders_still_live()
    assert rig.state.orders
    rig.cancels(Leg.TARGET).cancels(Leg.TARGET, "expired")
    assert (rig.state.orders, rig.said, rig.asked) == ({}, [], [])


def test_a_stop_accepted_after_its_trade_is_over_protects_nothing() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100").accepts(Leg.STOP)
    rig.advances(1, {BTC: 103.0})
    newer = rig.live(Leg.STOP)
    first = next(o for o in rig.state.orders.values() if o.leg is Leg.STOP)
    rig.hears(rig.fill_of(first, "98")).forget()
    rig.hears(OrderAccepted(rig.now, newer.client_id, BTC))
    assert (rig.said, rig.asked, rig.state.trades) == ([], [], {})
