"""An activation of the emergency stop: what is asked, in which order, until the venue says flat."""

from itertools import pairwise
from typing import Final

import pytest

from domain.decision.attention import next_tick
from domain.decision.facts import RiskModeChanged, TradeClosed
from domain.decision.messages import (
    ClockTicked,
    NoteEmergency,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    Page,
    SetLatch,
)
from domain.decision.oversight import RETRY_MS_FIRST, RETRY_MS_LAST
from domain.decision.safety_facts import AccountDiffers, AlertCode, FlatProved, RiskAlert
from domain.execution.messages import AccountRead, CancelOrder, PlaceEntry, PlaceExit, ReadAccount
from domain.execution.trade import ExitReason
from domain.risk.emergency_stop import Cause, RiskMode
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import LADDER, TIGHT, modes

pytestmark = pytest.mark.unit

SOL: Final = "SOLUSDT"
# No dwell: whatever holds the desk in EMERGENCY is the proof that is missing.
PROMPT: Final = a_policy(dwell_minutes=0, **LADDER)


def halted(rig: Rig) -> Rig:
    """Let an operator stop everything."""
    return rig.hears(OperatorHalted(rig.now, "ann", "drill"))


def reads(rig: Rig, *positions: tuple[str, str], orders: tuple[tuple[str, str], ...] = ()) -> Rig:
    """Let the venue say what it holds."""
    held = tuple((symbol, D(quantity)) for symbol, quantity in positions)
    return rig.hears(AccountRead(rig.now, held, orders))


def waits(rig: Rig) -> int:
    """Let the clock tick when the desk wants it to; return how many ms later that is."""
    due = next_tick(rig.state)
    assert due is not None
    before, rig.now = rig.now, max(due, rig.now)
    rig.hears(ClockTicked(rig.now))
    return rig.now - before


def three() -> Rig:
    """Return a desk with BTC protected, ETH partly entered, and an entry of SOL on its way."""
    rig = Rig(TIGHT, symbols=(BTC, ETH, SOL)).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", "2", "3", ETH)
    return rig.wants(a_candidate(symbol=SOL, confidence=0.9), minutes=0.1).forget()


# ---- the activation ----


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


# ---- refusals ----


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
    rig.now += RETRY_MS_FIRST - 1
    rig.hears(ClockTicked(rig.now))
    assert rig.exits() == []
    rig.now += 1
    rig.hears(ClockTicked(rig.now))
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


# ---- the venue's word ----


def test_a_position_only_the_venue_knows_is_closed_and_the_book_ends_flat() -> None:
    rig = halted(Rig(TIGHT, answers=False)).forget()
    reads(rig, (ETH, "3"), (BTC, "-2"))
    asked = {e.symbol: (e.side, e.quantity) for e in rig.exits(Leg.EXIT)}
    assert asked == {ETH: (Side.SELL, D(3)), BTC: (Side.BUY, D(2))}
    assert {d.symbol for d in rig.told(AccountDiffers)} == {BTC, ETH}

    rig.fills(Leg.EXIT, "100", "1", "2", ETH)
    reads(rig.forget(), (ETH, "2"), (BTC, "-2"))
    assert rig.exits() == []  # both are on their way

    rig.fills(Leg.EXIT, "100", "2", symbol=ETH).fills(Leg.EXIT, "50")
    assert rig.state.book.positions == {}
    assert rig.state.book.realised == 0  # nobody knows what it had cost
    waits(rig)
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_a_position_only_the_venue_knows_is_asked_for_again_when_refused() -> None:
    rig = reads(halted(Rig(TIGHT, answers=False)), (ETH, "3"))
    rig.rejects(Leg.EXIT, "busy", ETH).forget()
    waits(rig)
    assert rig.orders(ReadAccount) != []
    reads(rig, (ETH, "3"))
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(3)]


def test_orders_left_at_the_venue_are_cancelled_before_anything_is_proved() -> None:
    rig = reads(halted(Rig(TIGHT, answers=False)).forget(), orders=(("old-1", ETH), ("old-2", BTC)))
    assert [(c.client_id, c.symbol) for c in rig.orders(CancelOrder)] == [
        ("old-1", ETH),
        ("old-2", BTC),
    ]
    assert rig.told(FlatProved) == []
    waits(rig)
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_the_book_alone_proves_nothing() -> None:
    rig = Rig(PROMPT, answers=False).opens().advances(1, {BTC: 79.0}).fills(Leg.EXIT, "79")
    for order in tuple(rig.state.orders.values()):
        rig.cancels(order.leg)
    rig.forget()
    for _ in range(30):
        rig.advances(10)
    assert rig.told(FlatProved) == []
    assert modes(rig) == []
    assert rig.orders(ReadAccount) != []
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_the_account_is_read_after_the_last_fill_not_before() -> None:
    rig = Rig(TIGHT, answers=False).opens().advances(1, {BTC: 79.0})
    reads(rig)  # a word from before the fill, that the book knows better than
    assert rig.told(FlatProved) == []
    rig.forget().fills(Leg.EXIT, "79")
    assert len(rig.orders(ReadAccount)) == 1
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_an_entry_that_may_be_on_its_way_keeps_the_proof_from_being_one() -> None:
    rig = halted(Rig(TIGHT, answers=False).wants(a_candidate()))
    rig.now += 5_000
    reads(rig.hears(ClockTicked(rig.now)))
    assert rig.told(FlatProved) == []
    rig.cancels(Leg.ENTRY)
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_an_entry_of_which_nothing_is_heard_is_gone_when_its_time_is_over() -> None:
    rig = halted(Rig(TIGHT, answers=False).wants(a_candidate()))
    rig.now += rig.state.policy.entry_ttl_ms
    reads(rig.hears(ClockTicked(rig.now)))
    assert len(rig.told(FlatProved)) == 1


def test_a_fill_after_the_proof_is_closed_and_all_is_proved_again() -> None:
    rig = halted(Rig(TIGHT, answers=False).wants(a_candidate()))
    entry = rig.live(Leg.ENTRY)
    rig.now += rig.state.policy.entry_ttl_ms
    reads(rig.hears(ClockTicked(rig.now)))
    rig.forget().hears(rig.fill_of(entry, "100"))
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(5)]
    assert next_tick(rig.state) is not None
    rig.fills(Leg.EXIT, "100").forget()
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_nothing_is_read_and_nobody_called_once_all_is_proved() -> None:
    rig = halted(Rig(TIGHT)).obeys().forget()
    assert next_tick(rig.state) is None
    rig.advances(60)
    assert rig.asked == []
    assert rig.said == []


def test_a_venue_that_agrees_again_is_no_longer_a_difference() -> None:
    rig = Rig(TIGHT)
    reads(rig, (ETH, "3"))
    assert [(d.booked, d.held) for d in rig.told(AccountDiffers)] == [(D(0), D(3))]
    reads(rig.forget(), (ETH, "3"))
    assert rig.said == []  # said once
    reads(rig)
    assert rig.state.oversight.differs_ms is None
    assert rig.exits() == []  # no emergency: nothing is closed for a difference alone


def test_a_venue_that_never_answers_is_asked_in_growing_pauses() -> None:
    rig = halted(Rig(TIGHT, answers=False))
    pauses = [waits(rig) for _ in range(12)]
    asked = [r.at_ms for r in rig.orders(ReadAccount)]
    assert pauses[0] == RETRY_MS_FIRST
    assert max(later - one for one, later in pairwise(asked)) == RETRY_MS_LAST


# ---- people ----


def test_people_are_called_after_five_and_after_thirty_seconds_once_each() -> None:
    rig = Rig(TIGHT, answers=False).opens().advances(1, {BTC: 79.0}).forget()
    begun = rig.now
    called = []
    for _ in range(60):
        rig.now += 1_000
        rig.hears(ClockTicked(rig.now))
        called += [rig.now - begun] * len(rig.orders(Page))
        texts = [page.text for page in rig.orders(Page)]
        assert all(BTC in text for text in texts)
        rig.forget()
    assert called == [5_000, 30_000]


def test_the_desk_asks_to_be_woken_when_people_are_to_be_called() -> None:
    rig = Rig(TIGHT, answers=False).opens().advances(1, {BTC: 79.0}).forget()
    assert waits(rig) == 5_000
    assert len(rig.orders(Page)) == 1
    assert waits(rig.forget()) == 25_000
    assert len(rig.orders(Page)) == 1
    assert next_tick(rig.state) is None  # the fill, or the next price, wakes it


# ---- the way back ----


def test_no_one_comes_back_before_the_proof_not_even_by_order() -> None:
    rig = halted(Rig(PROMPT, answers=False).opens()).forget()
    rig.hears(OperatorReleased(rig.now, "ann", "all is well"))
    rig.advances(1, {BTC: 100.0}).advances(1, {BTC: 100.0})
    assert rig.state.stop.mode is RiskMode.EMERGENCY
    rig.fills(Leg.EXIT, "100")
    for order in tuple(rig.state.orders.values()):
        rig.cancels(order.leg)
    rig.advances(1)
    assert rig.state.stop.mode is RiskMode.EMERGENCY
    reads(rig)
    rig.advances(1)
    assert rig.state.stop.mode < RiskMode.EMERGENCY


def test_the_note_is_taken_back_when_the_emergency_is_over() -> None:
    rig = Rig(PROMPT, answers=True)
    halted(rig).obeys().forget().hears(OperatorReleased(rig.now, "ann", "drill over"))
    (note,) = rig.orders(NoteEmergency)
    assert (note.active, note.reason, note.epoch) == (False, "recovered", 2)


# ---- without an emergency ----


def test_flatten_closes_what_is_held_without_a_trade_too() -> None:
    rig = Rig().hears(Rig().stray_fill(Side.BUY, "3", "50", symbol=ETH)).forget()
    rig.hears(OperatorFlattened(rig.now, BTC, "ann", "tidy"))
    assert rig.exits() == []
    rig.hears(OperatorFlattened(rig.now, None, "ann", "tidy"))
    assert [(e.symbol, e.side, e.quantity) for e in rig.exits()] == [(ETH, Side.SELL, D(3))]


def test_no_entry_is_asked_for_while_a_close_is_pursued() -> None:
    rig = halted(Rig(PROMPT, answers=False).opens()).forget()
    rig.wants(a_candidate(symbol=ETH)).wants(a_candidate(Action.SELL))
    assert rig.orders(PlaceEntry) == []
