"""The life of a trade, cell by cell, and what it is worth."""

from itertools import product

import pytest

from domain.execution.dynamic_tpsl import ExitPlan
from domain.execution.trade import (
    TRANSITIONS,
    Trade,
    TradeEvent,
    TradePlan,
    TradeState,
    begun,
    state_after,
)
from domain.market.messages import Regime
from domain.shared.enums import Side
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

S, E = TradeState, TradeEvent
EXPECTED = {
    (S.PROPOSED, E.PERMIT): S.PERMITTED,
    (S.PROPOSED, E.ABORT): S.ABORTED,
    (S.PERMITTED, E.SEND): S.ENTERING,
    (S.PERMITTED, E.ABORT): S.ABORTED,
    (S.ENTERING, E.FILL): S.OPEN,
    (S.ENTERING, E.CLOSE): S.ABORTED,
    (S.ENTERING, E.ABORT): S.ABORTED,
    (S.OPEN, E.FILL): S.OPEN,
    (S.OPEN, E.PROTECT): S.PROTECTED,
    (S.OPEN, E.CLOSE): S.CLOSING,
    (S.OPEN, E.FLATTEN): S.CLOSED,
    (S.PROTECTED, E.FILL): S.PROTECTED,
    (S.PROTECTED, E.PROTECT): S.PROTECTED,
    (S.PROTECTED, E.UNPROTECT): S.OPEN,
    (S.PROTECTED, E.CLOSE): S.CLOSING,
    (S.PROTECTED, E.FLATTEN): S.CLOSED,
    (S.CLOSING, E.FILL): S.CLOSING,
    (S.CLOSING, E.PROTECT): S.CLOSING,
    (S.CLOSING, E.UNPROTECT): S.CLOSING,
    (S.CLOSING, E.CLOSE): S.CLOSING,
    (S.CLOSING, E.FLATTEN): S.CLOSED,
    (S.ABORTED, E.FILL): S.OPEN,  # it can happen: the venue filled before it heard the cancel
}


def a_trade() -> Trade:
    exits = ExitPlan(D("0.02"), ((D(1), D("0.03")),), D("0.001"))
    plan = TradePlan("t", BTC, Side.BUY, 5, D(100), D(3), 2, exits, D(1), 0.7, Regime.RANGE)
    return begun(plan)


@pytest.mark.parametrize(("state", "event"), list(product(TradeState, TradeEvent)))
def test_every_cell(state: TradeState, event: TradeEvent) -> None:
    assert TRANSITIONS[state][event] is EXPECTED.get((state, event))
    assert state_after(state, event) is EXPECTED.get((state, event), state)


@pytest.mark.parametrize("event", TradeEvent)
def test_a_closed_trade_stays_closed(event: TradeEvent) -> None:
    assert state_after(TradeState.CLOSED, event) is TradeState.CLOSED


def test_a_trade_begins_with_its_entry_sent_and_nothing_held() -> None:
    trade = a_trade()
    assert trade.state is TradeState.ENTERING
    assert trade.held == trade.net_pnl == 0


def test_what_a_trade_holds_costs_and_earns() -> None:
    trade = a_trade()._replace(
        bought=D(3), cost=D(330), sold=D(1), realised=D(7), fees=D(2), funding=D("0.5")
    )
    assert (trade.held, trade.entry_price, trade.net_pnl) == (D(2), D(110), D("4.5"))
