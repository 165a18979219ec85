"""An activation of the emergency stop ends with the venue's own word, and with nothing less."""

from itertools import pairwise
from typing import Final

import pytest

from domain.decision.attention import next_tick
from domain.decision.messages import (
    NoteEmergency,
    OperatorFlattened,
    OperatorReleased,
    Page,
)
from domain.decision.oversight import RETRY_MS_FIRST, RETRY_MS_LAST
from domain.decision.safety_facts import AccountDiffers, FlatProved
from domain.execution.messages import CancelOrder, PlaceEntry, ReadAccount
from domain.risk.emergency_stop import RiskMode
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, reads, ticks, waits
from tests.unit.domain.decision.scenes import LADDER, TIGHT, modes

pytestmark = pytest.mark.unit

SOL: Final = "SOLUSDT"
# No dwell: whatever holds the desk in EMERGENCY is the proof that is missing.
PROMPT: Final = a_policy(dwell_minutes=0, **LADDER)


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
    reads(ticks(rig, 5_000))
    assert rig.told(FlatProved) == []
    rig.cancels(Leg.ENTRY)
    reads(rig)
    assert len(rig.told(FlatProved)) == 1


def test_an_entry_of_which_nothing_is_heard_is_gone_when_its_time_is_over() -> None:
    rig = halted(Rig(TIGHT, answers=False).wants(a_candidate()))
    reads(ticks(rig, rig.state.policy.entry_ttl_ms))
    assert len(rig.told(FlatProved)) == 1


def test_a_fill_after_the_proof_is_closed_and_all_is_proved_again() -> None:
    rig = halted(Rig(TIGHT, answers=False).wants(a_candidate()))
    entry = rig.live(Leg.ENTRY)
    reads(ticks(rig, rig.state.policy.entry_ttl_ms))
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


def test_people_are_called_after_five_and_after_thirty_seconds_once_each() -> None:
    rig = Rig(TIGHT, answers=False).opens().advances(1, {BTC: 79.0}).forget()
    begun = rig.now
    called = []
    for _ in range(60):
        ticks(rig, 1_000)
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
