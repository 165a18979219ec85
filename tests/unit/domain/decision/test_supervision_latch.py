"""The latch, read at the start: a restart is never less grave than what went before."""

from typing import Final

import pytest

from domain.decision.facts import OperatorActed, RiskModeChanged
from domain.decision.messages import (
    LatchRead,
    NoteEmergency,
    OperatorReleased,
    SetLatch,
)
from domain.risk.emergency_stop import EMERGENCY, PROTECTIVE, Cause, Latch, RiskMode
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, HOUR_MS, START_MS, D, a_candidate
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted
from tests.unit.domain.decision.scenes import modes

pytestmark = pytest.mark.unit

POLICIES: Final = 300


def latch(mode: RiskMode, *latched: Cause, epoch: int = 7, peak: float = 0.0) -> Latch:
    """Return a latch that was written an hour ago."""
    return Latch(epoch, mode, (Cause.DRAWDOWN,), latched, START_MS - HOUR_MS, peak, 0.0)


def test_a_latch_that_cannot_be_read_halts_the_desk() -> None:
    rig = Rig().opens()
    rig.hears(LatchRead(rig.now, None))
    assert (rig.state.stop.mode, rig.state.stop.latched) == (EMERGENCY, (Cause.INTEGRITY,))
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]
    rig.forget().advances(60 * 24 * 30)
    assert modes(rig) == []


def test_a_graver_latch_takes_up_the_emergency_where_it_was_left() -> None:
    rig = Rig().opens()
    rig.hears(LatchRead(rig.now, latch(EMERGENCY, Cause.OPERATOR)))
    assert (rig.state.stop.mode, rig.state.stop.latched) == (EMERGENCY, (Cause.OPERATOR,))
    assert rig.state.stop.epoch == 8
    assert [type(c) for c in rig.asked][:2] == [SetLatch, NoteEmergency]
    assert [(e.symbol, e.side, e.quantity) for e in rig.exits(Leg.EXIT)] == [(BTC, Side.SELL, D(5))]


@pytest.mark.parametrize("mode", [RiskMode.CAUTIOUS, PROTECTIVE])
def test_a_latch_of_a_lower_rung_puts_the_desk_there(mode: RiskMode) -> None:
    rig = Rig().hears(LatchRead(START_MS, latch(mode)))
    assert rig.state.stop.mode is mode
    assert rig.exits() == []


def test_a_latch_less_grave_than_what_is_remembered_changes_nothing() -> None:
    rig = halted(Rig()).obeys()
    before = rig.state.stop
    rig.forget().hears(LatchRead(rig.now, latch(RiskMode.NORMAL, epoch=1)))
    assert rig.state.stop == before
    assert rig.orders(SetLatch) == []


def test_a_latch_never_lowers_the_epoch() -> None:
    rig = Rig().hears(LatchRead(START_MS, latch(RiskMode.NORMAL, epoch=41)))
    assert rig.state.stop.epoch == 42
    rig.hears(LatchRead(START_MS, latch(RiskMode.NORMAL, epoch=3)))
    assert rig.state.stop.epoch == 42


def test_a_latch_remembers_the_peak_that_the_state_has_lost() -> None:
    rig = Rig().hears(LatchRead(START_MS, latch(EMERGENCY, peak=12_000.0)))
    assert rig.state.watch.peak == 12_000.0
    assert rig.state.watch.drawdown == pytest.approx(1 / 6)
    rig.obeys().advances(60 * 24)
    assert rig.state.stop.mode is EMERGENCY


def test_a_release_with_nothing_to_release_kills_permits_and_is_latched() -> None:
    """The new epoch is durable: no restart may bring an older one back."""
    rig = Rig().wants(a_candidate())
    (entry,) = rig.entries()
    rig.forget().hears(OperatorReleased(rig.now, "ann", "to be sure"))
    assert rig.state.stop.epoch > entry.permit.emergency_epoch
    assert [c.latch.epoch for c in rig.orders(SetLatch)] == [rig.state.stop.epoch]
    assert [a.action for a in rig.told(OperatorActed)] == ["release"]
    assert rig.told(RiskModeChanged) == []
