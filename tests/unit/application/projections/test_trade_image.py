"""The image of the desk in the trade state store."""

from itertools import pairwise

import pytest

from application.errors import IllegalTransition, IntegrityFailure, StoreUnavailable
from application.ports.trade_store import Change, PositionRow
from application.projections.trade_image import RETRY_MS, RETRY_MS_MAX, TradeImage
from domain.decision.facts import TradeClosed
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate
from tests.imaged import ImagedRig
from tests.trade_rows import a_trade

pytestmark = pytest.mark.unit


def opened() -> ImagedRig:
    """Return a desk that holds BTC, bought at 100, and has said so to the store."""
    rig = ImagedRig()
    rig.opens(a_candidate(Action.BUY), "100")
    rig.image.flush()
    return rig


def test_a_trade_that_is_open_is_there_with_its_orders_its_fill_and_its_position() -> None:
    rig = opened()
    (row,) = rig.store.open_trades()
    trade = rig.trade()
    assert row.trade_id == trade.plan.trade_id
    assert (row.symbol, row.side, row.state) == (BTC, Side.BUY, TradeState.PROTECTED)
    assert (row.opened_ms, row.closed_ms) == (rig.now, 0)
    assert row.bought == row.quantity == row.ordered == trade.held
    assert (row.entry_price, row.stop, row.exit_reason) == (D(100), trade.stop, None)
    entry, stop, *targets = rig.store.orders_of(row.trade_id)
    assert (entry.leg, entry.state, entry.filled) == ("e", OrderState.FILLED, trade.held)
    assert (entry.sent_ms, entry.ended_ms) == (rig.now, rig.now)
    assert (stop.leg, stop.state, stop.ended_ms) == ("s", OrderState.ACCEPTED, 0)
    assert stop.quantity is None
    assert {target.leg for target in targets} == {"t"}
    (fill,) = rig.store.fills_of(row.trade_id)
    assert fill.quantity == trade.held
    assert rig.store.positions() == (PositionRow(BTC, trade.held, trade.held * 100),)


def test_a_close_is_one_change_with_its_order_its_fill_and_its_position() -> None:
    rig = opened()
    name, held, before = rig.trade().plan.trade_id, rig.trade().held, rig.store.calls
    rig.fills(Leg.STOP, "98")
    rig.image.flush()
    assert rig.store.calls == before + 1
    (closed,) = rig.told(TradeClosed)
    row = rig.store.trade(name)
    assert row is not None
    assert (row.state, row.closed_ms, row.quantity) == (TradeState.CLOSED, rig.now, ZERO)
    assert (row.realised, row.fees, row.funding) == (closed.realised, closed.fees, closed.funding)
    assert (row.exit_reason, row.bought) == ("stop", held)
    assert rig.store.open_trades() == ()
    assert rig.store.positions() == ()
    assert [fill.side for fill in rig.store.fills_of(name)] == [Side.BUY, Side.SELL]
    stop = next(order for order in rig.store.orders_of(name) if order.leg == "s")
    assert (stop.state, stop.filled, stop.ended_ms) == (OrderState.FILLED, held, rig.now)


def test_what_is_left_of_a_closed_trade_is_seen_to_end() -> None:
    rig = opened()
    name = rig.trade().plan.trade_id
    rig.fills(Leg.STOP, "98").advances(1).obeys()
    rig.image.flush()
    rest = [order for order in rig.store.orders_of(name) if order.leg == "t"]
    assert rest
    assert {(order.state, order.ended_ms) for order in rest} == {(OrderState.CANCELED, rig.now)}


def test_an_entry_that_is_refused_is_an_aborted_trade() -> None:
    rig = ImagedRig()
    rig.wants(a_candidate()).rejects(Leg.ENTRY, "-2019")
    rig.image.flush()
    (row,) = rig.store.trades()
    assert (row.state, row.exit_reason, row.closed_ms) == (TradeState.ABORTED, "-2019", rig.now)
    assert (row.entry_price, row.bought, row.opened_ms) == (None, ZERO, 0)
    (order,) = rig.store.orders_of(row.trade_id)
    assert order.state is OrderState.REJECTED


def test_a_fill_in_parts_is_counted_as_it_comes() -> None:
    rig = ImagedRig()
    rig.wants(a_candidate())
    rig.fills(Leg.ENTRY, "100", "1", "2")
    rig.image.flush()
    (row,) = rig.store.open_trades()
    entry = rig.store.orders_of(row.trade_id)[0]
    assert (entry.state, entry.filled) == (OrderState.PARTIALLY_FILLED, D(1))
    rig.cancels(Leg.ENTRY, "expired")
    rig.image.flush()
    entry = rig.store.orders_of(row.trade_id)[0]
    assert (entry.state, entry.filled) == (OrderState.CANCELED, D(1))


def test_a_fill_told_twice_is_stored_once_and_one_of_nobody_too() -> None:
    rig = opened()
    name = rig.trade().plan.trade_id
    again = rig.store.fills_of(name)[0]
    stray = rig.stray_fill(Side.BUY, "0.5", "50", ETH)
    rig.hears(again, stray, stray)
    rig.image.flush()
    assert rig.store.fills_of(name) == (again,)
    held = {row.symbol: row.quantity for row in rig.store.positions()}
    assert held == {BTC: rig.trade().held, ETH: D("0.5")}


def test_what_happens_between_two_flushes_is_one_row_each() -> None:
    rig = ImagedRig()
    rig.opens().fills(Leg.STOP, "98").obeys()
    rig.opens(a_candidate(symbol=ETH))
    assert rig.store.calls == 0
    rig.image.flush()
    assert rig.store.calls == 1
    assert rig.store.sequence() == rig.sequence
    assert len(rig.store.trades()) == 2


def test_nothing_new_is_not_told() -> None:
    rig = opened()
    calls = rig.store.calls
    rig.advances(1).advances(1)
    rig.image.flush()
    rig.image.flush()
    assert rig.store.calls == calls


def test_an_outage_loses_nothing_is_told_once_and_tried_again_ever_later() -> None:
    rig = opened()
    name = rig.trade().plan.trade_id
    rig.store.down = True
    rig.fills(Leg.STOP, "98")
    rig.image.flush()
    assert rig.told_of == ["the plug is pulled"]
    tries = []
    for second in range(200):
        tried = rig.store.tries
        rig.advances(1 / 60)
        rig.image.flush()
        if rig.store.tries > tried:
            tries.append(second + 1)
    assert tries[:4] == [1, 3, 7, 15]
    assert max(b - a for a, b in pairwise(tries)) == RETRY_MS_MAX / RETRY_MS
    assert len(rig.told_of) == 1

    rig.store.down = False
    rig.advances(1)
    rig.image.flush()
    assert rig.told_of == ["the plug is pulled", None]
    row = rig.store.trade(name)
    assert row is not None
    assert row.state is TradeState.CLOSED
    assert len(rig.store.fills_of(name)) == 2
    rig.image.require_same()


def test_who_settles_hears_of_the_outage() -> None:
    rig = opened()
    rig.store.down = True
    rig.fills(Leg.STOP, "98")
    with pytest.raises(StoreUnavailable):
        rig.image.settle()
    rig.store.down = False
    rig.image.settle()
    rig.image.require_same()


def test_a_store_that_is_down_at_the_start_is_told_and_filled_later() -> None:
    rig = ImagedRig(down=True)
    rig.opens()
    rig.image.flush()
    assert rig.told_of == ["the plug is pulled"]
    rig.store.down = False
    rig.advances(1)
    rig.image.flush()
    assert rig.told_of == ["the plug is pulled", None]
    rig.image.require_same()


def test_an_illegal_change_is_no_outage() -> None:
    rig = opened()
    name, held = rig.trade().plan.trade_id, rig.trade().held
    rival = a_trade(name, TradeState.CLOSED, bought=held)
    rig.store.apply((Change(rig.store.sequence() + 1, (rival,)),))
    rig.advances(1).fills(Leg.STOP, "98", str(held / 2), str(held / 2))
    with pytest.raises(IllegalTransition, match=name):
        rig.image.flush()


def test_a_resumed_run_passes_over_what_the_store_holds_and_goes_on() -> None:
    first = opened()
    first.fills(Leg.STOP, "98").obeys()
    first.opens(a_candidate(symbol=ETH))
    calls = first.store.calls
    later = first.resumed()
    later.image.flush()
    assert later.store.calls == calls + 1  # what the first had not flushed
    later.image.require_same()
    again = later.resumed()
    again.image.flush()
    assert again.store.calls == calls + 1
    again.fills(Leg.STOP, "98", symbol=ETH)
    again.image.flush()
    again.image.require_same()
    assert again.store.open_trades() == ()


def test_a_store_of_another_run_is_told_from_ours() -> None:
    rig = opened()
    other = ImagedRig(store=rig.store)
    with pytest.raises(IntegrityFailure, match="ahead"):
        other.image.require_same()
    for _ in range(20):
        other.advances(1)
    with pytest.raises(IntegrityFailure, match="open trades"):
        other.image.require_same()
    change = Change(rig.sequence + 1, positions=(PositionRow(ETH, D(1), D(1)),))
    rig.store.apply((change,))
    rig.advances(1)
    with pytest.raises(IntegrityFailure, match="positions"):
        rig.image.require_same()


def test_a_trade_that_is_gone_without_a_word_is_an_integrity_failure() -> None:
    rig = opened()
    state = rig.state
    now = [state]
    image = TradeImage(rig.store, lambda: now[0], lambda: 10**6, lambda _: None)
    now[0] = state._replace(trades={})
    with pytest.raises(IntegrityFailure, match="nothing was said"):
        image(rig.fill_of(rig.live(Leg.STOP), "98"), ())
