"""An activation of the emergency stop: what is asked, in which order, how often when refused."""

from typing import Final

import pytest

from domain.decision.attention import next_tick
from domain.decision.facts import RiskModeChanged, TradeClosed
from domain.decision.messages import (
    ClockTicked,
    NoteEmergency,
    OperatorFlattened,
    Page,
    SetLatch,
)
from domain.decision.oversight import RETRY_MS_FIRST, RETRY_MS_LAST
from domain.decision.safety_facts import AlertCode, FlatProved, RiskAlert
from domain.execution.messages import CancelOrder, PlaceExit, ReadAccount
from domain.execution.trade import ExitReason
from domain.risk.emergency_stop import NORMAL, Cause, RiskMode
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, ticks, waits
from tests.unit.domain.decision.scenes import LADDER, TIGHT

pytestmark = pytest.mark.unit

SOL: Final = "SOLUSDT"
# No dwell: whatever holds the desk in EMERGENCY is the proof that is missing.
PROMPT: Final = a_policy(dwell_minutes=0, **LADDER)


def three() -> Rig:
    """Return a desk with BTC protected, ETH partly entered, and an entry of SOL on its way."""
    rig = Rig(TIGHT, symbols=(BTC, ETH, SOL)).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", "2", "3", ETH)
    rig.accepts(Leg.STOP, ETH)
    return rig.wants(a_candidate(symbol=SOL, confidence=0.9), minutes=0.1).forget()


def test_what_is_asked_first_is_the_latch_then_the_note_then_cancels_then_closes() -> None:
    rig = three()
    rig.advances(0.5, {BTC: 79.0, ETH: 100.0})

    kinds = [type(command) for command in rig.asked]
    assert kinds[:2] == [SetLatch, NoteEmergency]
    rest = [k for k in kinds[2:] if k is not ReadAccount]
    closes = rest.index(PlaceExit)
    assert set(rest[:closes]) == {CancelOrder}
    assert set(rest[closes:]) == {PlaceExit}
    cancels = [c for c in rig.orders(CancelOrder) if c.of_entry]
    assert [c.symbol for c in cancels] == [ETH, SOL]
    assert [(e.symbol, e.quantity) for e in rig.exits()] == [(BTC, D(5)), (ETH, D(2))]


def test_the_latch_says_what_is_in_force_and_the_note_forbids_entries() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0})
    (latch,), (note,) = rig.orders(SetLatch), rig.orders(NoteEmergency)
    assert (latch.latch.mode, latch.latch.causes) == (RiskMode.EMERGENCY, (Cause.DRAWDOWN,))
    assert latch.latch.epoch == note.epoch == rig.state.stop.epoch == 1
    assert (note.active, note.reason) == (True, "drawdown")


def test_stops_stay_until_the_position_is_gone() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0})
    assert [c for c in rig.orders(CancelOrder) if not c.of_entry] == []
    assert rig.has_live(Leg.STOP)
    rig.forget().fills(Leg.EXIT, "79")
    assert {c.client_id for c in rig.orders(CancelOrder)} == set(rig.state.orders)


def test_the_same_emergency_twice_asks_for_nothing_twice() -> None:
    rig = halted(Rig(TIGHT).opens()).forget()
    halted(rig).advances(1, {BTC: 79.0})
    assert rig.orders(SetLatch) == []  # the latch says it already
    assert rig.exits() == []
    assert rig.told(RiskModeChanged) == []


def test_a_graver_cause_in_an_emergency_is_latched_and_all_is_to_be_proved_again() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0}).fills(Leg.EXIT, "79").obeys()
    assert len(rig.told(FlatProved)) == 1
    halted(rig.forget()).obeys()
    assert [c.latch.latched for c in rig.orders(SetLatch)] == [(Cause.OPERATOR,)]
    assert [p.epoch for p in rig.told(FlatProved)] == [2]


@pytest.mark.parametrize("refusals", [1, 5, 50])
@pytest.mark.parametrize("fills", [["5"], ["2", "1", "2"]])
def test_a_close_that_is_refused_is_asked_for_again_until_all_is_flat(
    refusals: int, fills: list[str]
) -> None:
    rig = Rig(PROMPT).opens().advances(1, {BTC: 79.0})
    pauses = []
    for _ in range(refusals):
        rig.rejects(Leg.EXIT, "busy")
        assert not rig.has_live(Leg.EXIT)
        rig.forget()
        since = rig.now
        while not rig.exits(Leg.EXIT):
            waits(rig)
        pauses.append(rig.now - since)
        assert [(e.side, e.quantity) for e in rig.exits(Leg.EXIT)] == [(Side.SELL, D(5))]
        assert rig.state.stop.mode is RiskMode.EMERGENCY
    left = D(5)
    for quantity in fills:
        left -= D(quantity)
        rig.fills(Leg.EXIT, "79", quantity, str(left))
        assert (rig.told(FlatProved) == []) or not left
    rig.obeys()

    (proof,) = rig.told(FlatProved)
    assert (proof.closes, proof.refusals, proof.epoch) == (refusals + 1, refusals, 1)
    assert not rig.state.book.positions
    assert not rig.state.orders
    assert not rig.state.oversight.refused
    assert pauses == [min(RETRY_MS_FIRST << n, RETRY_MS_LAST) for n in range(refusals)]


def test_only_the_first_of_many_refusals_calls_a_person() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0}).forget()
    rig.rejects(Leg.EXIT, "busy")
    assert [(a.code, a.symbol) for a in rig.told(RiskAlert)] == [(AlertCode.CLOSE_REFUSED, BTC)]
    assert len(rig.orders(Page)) == 1
    waits(rig)
    rig.forget().rejects(Leg.EXIT, "busy")
    assert rig.told(RiskAlert) == []
    assert rig.orders(Page) == []


def test_each_symbol_is_asked_for_again_at_its_own_time() -> None:
    rig = Rig(TIGHT).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
    rig.advances(1, {BTC: 79.0, ETH: 100.0})
    rig.rejects(Leg.EXIT, "busy").forget()
    rig.now += 100
    rig.rejects(Leg.EXIT, "busy", ETH)
    assert waits(rig) == 100
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]
    assert waits(rig.forget()) == 100
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [ETH]


def test_nothing_is_asked_for_again_before_its_pause_is_over() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0}).rejects(Leg.EXIT, "busy").forget()
    ticks(rig, RETRY_MS_FIRST - 1)
    assert rig.exits() == []
    ticks(rig, 1)
    assert len(rig.exits(Leg.EXIT)) == 1


def test_a_close_the_venue_ended_after_a_part_of_it_is_asked_for_the_rest() -> None:
    rig = Rig(TIGHT).opens().advances(1, {BTC: 79.0})
    rig.fills(Leg.EXIT, "79", "2", "3").cancels(Leg.EXIT, "no liquidity").forget()
    waits(rig)
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(3)]


def test_a_position_that_grows_while_it_is_left_is_left_to_the_last() -> None:
    """Its entry fills on before the cancel arrives: the rest follows without waiting for a bar."""
    rig = Rig(TIGHT).wants(a_candidate()).fills(Leg.ENTRY, "100", "2", "3")
    halted(rig.forget())
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(2)]
    rig.fills(Leg.ENTRY, "100", "1", "2").forget().fills(Leg.EXIT, "100", "2")
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(1)]


def test_a_close_for_a_signal_is_asked_again_as_well() -> None:
    rig = Rig(a_policy(allow_flip=False)).opens().wants(a_candidate(Action.SELL))
    rig.rejects(Leg.EXIT, "busy").forget()
    assert waits(rig) == RETRY_MS_FIRST
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(5)]
    rig.fills(Leg.EXIT, "100")
    assert [c.reason for c in rig.told(TradeClosed)] == [ExitReason.OPPOSITE_SIGNAL]
    assert next_tick(rig.state) is None


def test_a_stray_that_a_flatten_could_not_close_is_asked_for_again_without_an_emergency() -> None:
    rig = Rig()
    rig.hears(rig.stray_fill(Side.BUY, "3", "100", symbol=ETH)).forget()
    rig.hears(OperatorFlattened(rig.now, ETH, "ann", "what is this"))
    rig.rejects(Leg.EXIT, "busy", ETH).forget()
    assert rig.state.stop.mode is NORMAL
    due = next_tick(rig.state)
    assert due == rig.now + 200
    assert due is not None
    rig.hears(ClockTicked(due))
    (again,) = rig.exits(Leg.EXIT)
    assert (again.symbol, again.side, again.quantity) == (ETH, Side.SELL, D(3))


def test_a_person_does_not_wait_for_the_pause_after_a_refusal() -> None:
    rig = Rig()
    rig.hears(rig.stray_fill(Side.BUY, "3", "100", symbol=ETH))
    rig.hears(OperatorFlattened(rig.now, ETH, "ann", "out")).rejects(Leg.EXIT, "busy", ETH)
    rig.now += 1
    rig.forget().hears(OperatorFlattened(rig.now, ETH, "ann", "now"))
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [ETH]
