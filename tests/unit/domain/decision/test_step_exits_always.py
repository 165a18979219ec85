"""Whatever keeps the desk from entering, nothing keeps it from leaving: enumerated, not sampled.

Every reason to refuse an entry, every mode, health, rung, directive and latched cause, times every
state of a trade, times both sides, times every way to leave.
"""

from collections.abc import Callable
from itertools import product
from typing import Final, Self

import pytest

from domain.decision.facts import EntryRefused
from domain.decision.messages import Heard, OperatorFlattened
from domain.execution.messages import OrderKind, PlaceExit
from domain.execution.trade import TradeState
from domain.risk.emergency_stop import EMERGENCY
from domain.risk.verdict import Objection
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted
from tests.unit.domain.decision.denials import (
    DENIALS,
    MODE,
    STATES,
    UNREACHABLE,
    Happens,
    base,
    wanted,
)

pytestmark = pytest.mark.unit


class Watched(Rig):
    """A rig that holds every exit against the position that it would reduce."""

    def hears(self, *events: Heard) -> Self:
        """Let the desk hear *events*; no exit may open, flip or exceed what is held."""
        for event in events:
            before = len(self.asked)
            super().hears(event)
            for asked in self.asked[before:]:
                if isinstance(asked, PlaceExit):
                    self._require_reducing(asked)
        return self

    def _require_reducing(self, asked: PlaceExit) -> None:
        position = self.state.book.positions.get(asked.symbol)
        if position is not None:  # else it is of what only the venue knows
            assert asked.side is position.side.opposite
            assert asked.quantity is None or asked.quantity <= abs(position.quantity)


def partly_entered(rig: Rig, side: Side) -> None:
    rig.wants(wanted(side, BTC)).fills(Leg.ENTRY, "100", "2", "3")


def unprotected(rig: Rig, side: Side) -> None:
    rig.wants(wanted(side, BTC)).fills(Leg.ENTRY, "100")


def protected(rig: Rig, side: Side) -> None:
    rig.opens(wanted(side, BTC))


def close_refused(rig: Rig, side: Side) -> None:
    protected(rig, side)
    rig.hears(OperatorFlattened(rig.now, BTC, "ann", "out")).rejects(Leg.EXIT, "busy")


TRADES: Final[dict[TradeState | str, Callable[[Rig, Side], None]]] = {
    "partly entered": partly_entered,
    TradeState.OPEN: unprotected,
    TradeState.PROTECTED: protected,
    TradeState.CLOSING: close_refused,
}
WAYS: Final[dict[str, Callable[[Rig, Side], object]]] = {
    "operator flatten": lambda rig, _: rig.hears(OperatorFlattened(rig.now, None, "ann", "out")),
    "opposite signal": lambda rig, side: rig.wants(wanted(side.opposite, BTC)),
    "holding limit": lambda rig, _: rig.advances(121, {BTC: 100.0}),
    "emergency": lambda rig, _: halted(rig),
}
OVER_IT: Final[dict[str, Happens]] = {
    **{f"denied: {objection}": denial.happens for objection, denial in DENIALS.items()},
    **STATES,
}


def a_desk(trade: TradeState | str, side: Side) -> Rig:
    """Return a desk that lost once with ETH today, and holds BTC on *side* in state *trade*."""
    rig = Watched(base(), mode=MODE)
    rig.wants(wanted(Side.BUY)).fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
    rig.fills(Leg.STOP, "98", symbol=ETH).obeys()
    TRADES[trade](rig, side)
    return rig.forget()


@pytest.mark.parametrize("objection", DENIALS)
def test_each_denial_is_one(objection: Objection) -> None:
    """What is enumerated below is what it says: the desk does refuse entries for that reason."""
    for trade, side in product(TRADES, Side):
        rig = a_desk(trade, side)
        DENIALS[objection].happens(rig, side)
        rig.forget().wants(DENIALS[objection].wish(side), minutes=0)
        assert [objection in refused.objections for refused in rig.told(EntryRefused)] == [True]
        assert rig.entries() == []


def test_every_objection_is_enumerated_or_cannot_be_met() -> None:
    assert set(DENIALS) | set(UNREACHABLE) == set(Objection)
    assert not set(DENIALS) & set(UNREACHABLE)


def require_leaving(rig: Rig, side: Side, way: str) -> None:
    """Require that by *way* all of BTC is asked to be closed at once, unless that is on its way."""
    if rig.state.trades[BTC].state is TradeState.CLOSING and rig.state.stop.mode is not EMERGENCY:
        while rig.has_live(Leg.EXIT):
            rig.rejects(Leg.EXIT, "busy")
    under_way = rig.has_live(Leg.EXIT)
    rig.forget()
    WAYS[way](rig, side)
    asked = [exit_ for exit_ in rig.exits(Leg.EXIT) if exit_.symbol == BTC]
    order, held = rig.live(Leg.EXIT), rig.state.trades[BTC].held
    assert len(asked) == (0 if under_way else 1)
    assert held > 0
    assert (order.side, order.kind, order.quantity) == (side.opposite, OrderKind.MARKET, held)
    assert order.quantity == abs(rig.state.book.positions[BTC].quantity)
    assert all((e.side, e.quantity) == (order.side, order.quantity) for e in asked)
    assert [e for e in rig.entries() if e.symbol == BTC] == []


@pytest.mark.parametrize("over", OVER_IT)
def test_an_exit_is_never_refused_delayed_or_scaled(over: str) -> None:
    for trade, side, way in product(TRADES, Side, WAYS):
        rig = a_desk(trade, side)
        OVER_IT[over](rig, side)
        require_leaving(rig, side, way)


def test_the_cases_are_counted() -> None:
    cases = len(OVER_IT) * len(TRADES) * len(Side) * len(WAYS)
    assert (len(DENIALS), len(STATES), cases) == (49, 21, 2240)
