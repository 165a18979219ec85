"""What has gone wrong in systems like this one, and cannot here: orders, fills, stops, closes."""

from itertools import product
from typing import Any, Final

import pytest

from application.permits import PERMIT_DEAD, stands
from domain.decision.facts import EntryApproved, EntryRefused, StopPlaced, TradeClosed
from domain.decision.messages import OperatorFlattened, OperatorHalted
from domain.execution.messages import OrderKind, OrderRejected, PlaceEntry, PlaceExit
from domain.execution.trade import ExitReason, TradeState
from domain.market.messages import DataFault
from domain.risk.verdict import Objection
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy, an_instrument
from tests.rig import Rig
from tests.unit.application.lanes import Lanes

pytestmark = pytest.mark.scenario

MANY: Final = tuple(f"S{n:03}USDT" for n in range(566))
# As many positions as will: limits that are not the matter of a test stay out of its way.
WIDE: Final[dict[str, Any]] = {
    "cooldown_minutes": 0,
    "losses_in_row_max": 99,
    "round_trips_per_day_max": 99,
    "cluster_exposure_max": D(1000),
    "value_at_risk_max": 1000.0,
    "effective_exposure_max": D(1000),
    "open_risk_max": D(1),
    "entries_per_minute_max": 1000,
}
BOLD: Final = a_policy(positions_max=60, **WIDE)


def test_failure_03_margin_is_never_taken_for_notional() -> None:
    rig = Rig(a_policy(risk_per_trade=D("0.1"), symbol_exposure_max=D("0.04")))
    rig.wants(a_candidate())
    (entry,), (approved,) = rig.entries(), rig.told(EntryApproved)
    assert approved.notional == entry.quantity * approved.price == D(400)  # never x leverage
    assert approved.notional <= rig.state.policy.position_usd_normal


def test_failure_04_the_leverage_that_was_computed_goes_out_with_the_entry() -> None:
    """As far as this version goes: reading it back from a venue comes with a live venue."""
    rig = Rig(symbols=(BTC,))
    rig.state = rig.state._replace(instruments={BTC: an_instrument(leverage_max=3)})
    rig.wants(a_candidate())
    (entry,), (approved,) = rig.entries(), rig.told(EntryApproved)
    assert entry.leverage == approved.leverage == rig.trade().plan.leverage
    assert 1 <= entry.leverage <= 3


@pytest.mark.parametrize("action", [Action.BUY, Action.SELL])
@pytest.mark.parametrize("filled", ["97.5", "100", "104"])
def test_failure_07_stops_and_targets_come_from_the_fill_not_from_the_signal(
    action: Action, filled: str
) -> None:
    rig = Rig().wants(a_candidate(action)).fills(Leg.ENTRY, filled)
    away = D("0.02") if action is Action.BUY else D("-0.02")
    assert rig.live(Leg.STOP).price == D(filled) * (1 - away)
    for target in rig.exits(Leg.TARGET):
        assert target.trigger is not None
        assert (target.trigger - D(filled)) * (1 if action is Action.BUY else -1) > 0


def test_failure_08_a_symbol_is_never_long_and_short_at_once() -> None:
    rig = Rig(BOLD).opens()
    for action in (Action.SELL, Action.BUY, Action.SELL):
        rig.forget().wants(a_candidate(action))
        assert rig.entries() == []  # nothing of the other side until it is flat
        rig.fills(Leg.EXIT, "100")
        (entry,) = rig.entries()
        assert rig.state.book.positions == {}
        assert entry.side is (Side.BUY if action is Action.BUY else Side.SELL)
        rig.fills(Leg.ENTRY, "100").accepts_all()
        assert list(rig.state.book.positions) == [BTC]


def test_failure_09_every_quantity_has_a_stop_at_the_venue_confirmed() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100", "2", "3")
    (stop,) = rig.exits(Leg.STOP)
    assert (stop.kind, stop.quantity) == (OrderKind.STOP_MARKET, None)  # all there is, at the venue
    assert rig.trade().state is TradeState.OPEN  # asked for is not confirmed
    assert rig.told(StopPlaced) == []
    rig.accepts(Leg.STOP)
    assert rig.trade().state is TradeState.PROTECTED
    refused = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100").rejects(Leg.STOP, "no")
    assert [e.quantity for e in refused.exits(Leg.EXIT)] == [D(5)]  # unprotected is not for us
    assert refused.trade().exit_reason is ExitReason.UNPROTECTED


async def test_failure_12_nothing_stale_is_ever_executed() -> None:
    lanes = Lanes()
    backlog = [lanes.entry(), lanes.entry(ETH)]
    for entry in backlog:
        lanes.dispatcher.enter(entry)
    ttl_ms = lanes.rig.state.policy.entry_ttl_ms
    lanes.rig.state = lanes.rig.state._replace(at_ms=lanes.rig.state.at_ms + ttl_ms + 1)
    async with lanes.running():  # the venue can be reached again
        pass
    assert lanes.exchange.tried == []
    codes = {r.code for r in lanes.reports if isinstance(r, OrderRejected)}
    assert codes == {PERMIT_DEAD}
    flip = Rig(BOLD).opens().wants(a_candidate(Action.SELL))  # waits for the symbol to be flat
    flip.forget().advances(2).fills(Leg.EXIT, "100")
    assert flip.entries() == []


def test_failure_12_trades_and_flips_a_minute_are_bounded() -> None:
    rig = Rig(a_policy(cooldown_minutes=0, entries_per_minute_max=2))
    for _ in range(4):
        rig.wants(a_candidate(), minutes=0.1)
        if rig.has_live(Leg.ENTRY):
            rig.cancels(Leg.ENTRY)
    assert len(rig.entries()) == 2
    assert Objection.ORDER_RATE in rig.told(EntryRefused)[-1].objections


def test_failure_13_an_acknowledgement_moves_nothing() -> None:
    rig = Rig().wants(a_candidate())
    before = rig.state.book
    rig.accepts(Leg.ENTRY)
    assert rig.state.book == before
    assert rig.trade().state is TradeState.ENTERING
    assert rig.trade().held == 0
    assert rig.exits() == []


@pytest.mark.parametrize("hold", ["cooldown", "halt", "suspended", "bad data"])
def test_failure_14_no_hold_blocks_the_close_that_would_clear_it(hold: str) -> None:
    rig = Rig(a_policy(cooldown_minutes=10_080, suspend_losses=1, losses_in_row_max=1))
    rig.opens().fills(Leg.STOP, "98").obeys().forget()
    if hold == "halt":
        rig.hears(OperatorHalted(rig.now, "ann", "x")).obeys().forget()
    rig.hears(rig.stray_fill(Side.BUY, "3", "100"))
    faulty = DataFault.GAP if hold == "bad data" else None
    rig.wants(a_candidate(fault=faulty), minutes=0)
    assert rig.entries() == []
    rig.hears(OperatorFlattened(rig.now, BTC, "ann", "out"))
    assert {(e.side, e.quantity) for e in rig.exits(Leg.EXIT)} == {(Side.SELL, D(3))}


async def test_failure_15_exits_do_not_wait_behind_566_symbols() -> None:
    rig = Rig(BOLD, symbols=(BTC, *MANY), deposit="10000000").opens()
    rig.wants(*(a_candidate(symbol=symbol) for symbol in MANY), a_candidate(Action.SELL))
    asked = [c for c in rig.asked if isinstance(c, PlaceEntry | PlaceExit)]
    assert len(rig.entries()) == 59
    lanes = Lanes()
    lanes.rig.state = rig.state
    for command in asked:
        if isinstance(command, PlaceEntry):
            lanes.dispatcher.enter(command)
    for command in rig.exits(Leg.EXIT):
        lanes.dispatcher.reduce(command)  # asked last, of all that came in one event
    async with lanes.running():
        pass
    first = lanes.exchange.sent[0]
    assert isinstance(first, PlaceExit)
    assert (first.symbol, first.quantity) == (BTC, D(5))


def test_failure_16_nineteen_signals_of_one_instant_open_ten_positions() -> None:
    rig = Rig(a_policy(positions_max=10, **WIDE), symbols=MANY[:19], deposit="1000000")
    rig.wants(*(a_candidate(symbol=symbol) for symbol in MANY[:19]))
    assert len(rig.entries()) == 10
    refused = [r.objections for r in rig.told(EntryRefused)]
    assert refused == [(Objection.SLOTS_USED,)] * 9


def test_failure_17_what_has_no_risk_data_gets_a_conservative_stop_and_is_looked_after() -> None:
    for stop, target in product((None, "NaN", "0", "200"), (None, "NaN", "50")):
        rig = Rig().wants(a_candidate(stop=stop, target=target)).fills(Leg.ENTRY, "100")
        trigger = rig.live(Leg.STOP).price
        assert trigger is not None
        assert D(95) <= trigger < D(100), (stop, target)
    stray = Rig().hears(Rig().stray_fill(Side.BUY, "3", "50", symbol=ETH)).forget()
    stray.hears(OperatorHalted(stray.now, "ann", "x"))
    assert [(e.symbol, e.quantity) for e in stray.exits(Leg.EXIT)] == [(ETH, D(3))]


@pytest.mark.parametrize("action", [Action.BUY, Action.SELL])
def test_failure_18_a_stop_lies_on_the_side_of_the_loss_and_near(action: Action) -> None:
    sign = 1 if action is Action.BUY else -1
    for price, atr in product(("0.5", "100", "96000"), (0.0001, 0.01, 0.029, 0.05)):
        rig = Rig(a_policy(position_usd_normal=D(5000), confidence_min_high_volatility=0.5))
        rig.wants(a_candidate(action, price=price, atr=atr))
        if not rig.entries():  # too small or too wild to be entered at all
            continue
        rig.fills(Leg.ENTRY, price)
        stop, entry = rig.live(Leg.STOP).price, D(price)
        assert stop is not None
        assert D("0.004") < (entry - stop) * sign / entry <= D("0.05")
        for target in rig.exits(Leg.TARGET):
            assert target.trigger is not None
            assert (target.trigger - entry) * sign > 0


def test_failure_19_break_even_is_after_fees_and_funding() -> None:
    rig = Rig(a_policy(breakeven_r=D(1), second_target_share=D(0), first_target_share=D(0)))
    rig.opens().advances(1, {BTC: 102.5})  # more than one R
    moved = rig.exits(Leg.STOP)[-1].trigger
    assert moved is not None
    assert moved > D("100.08")  # both fees of 4 bps
    rig.accepts(Leg.STOP).fills(Leg.STOP, f"{moved}")
    (closed,) = rig.told(TradeClosed)
    assert closed.net_pnl == closed.realised - closed.fees - closed.funding > 0
    flat = Rig().opens().fills(Leg.STOP, "100")
    assert flat.told(TradeClosed)[0].net_r < 0.0  # the price of entry is a loss


def test_failure_20_nothing_is_rounded_up_to_the_minimum_of_the_venue() -> None:
    rig = Rig(a_policy(position_usd_normal=D(50), position_usd_cautious=D(50),
                       position_usd_protective=D(50)), symbols=(BTC,))  # fmt: skip
    rig.state = rig.state._replace(instruments={BTC: an_instrument(notional_min=D(100))})
    rig.wants(a_candidate())
    assert rig.entries() == []
    assert Objection.FILTER in rig.told(EntryRefused)[0].objections
    odd = Rig(a_policy(position_usd_normal=D("499.99"))).wants(a_candidate())
    assert [e.quantity for e in odd.entries()] == [D("4.999")]
    assert all(stands(entry, odd.state) for entry in odd.entries())
