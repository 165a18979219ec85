"""What several reports of one instant lead to, before anything of it is sent."""

import pytest

from application.permits import PERMIT_DEAD, WITHDRAWN
from domain.decision.facts import TradeAborted, TradeClosed
from domain.execution.messages import (
    Liquidity,
    OrderFilled,
    PlaceEntry,
)
from domain.governance.policy import Policy
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg, client_id, trace_id
from tests.backtest_stage import Stage
from tests.builders import BTC, ETH, D, a_policy

pytestmark = pytest.mark.unit


def turned_round(policy: Policy, price: str) -> Stage:
    """Play until, in one instant, BTC is flat for its other side and ETH is stopped out at *price*.

    The first asks for an entry, the second moves the emergency stop.
    """
    stage = Stage({BTC: [100.0] * 30, ETH: [50.0] * 30}, policy)
    for symbol in (BTC, ETH):
        stage.signal(5, Action.BUY, symbol)
        stage.venue.band_of[symbol] = (20.0, 110.0)
    stage.signal(10, Action.SELL)
    trade = trace_id(ETH, stage.tape.time_ms(5))
    stopped = OrderFilled(
        stage.tape.time_ms(10),
        client_id(0, trade, Leg.STOP, 1),
        ETH,
        Side.SELL,
        D(10),
        D(price),
        ZERO,
        Liquidity.TAKER,
        "stopped",
        ZERO,
    )
    stage.venue.script[stage.tape.time_ms(11)] = [[stopped]]
    stage.runs()
    assert next(fact.symbol for fact in stage.said if isinstance(fact, TradeClosed)) == BTC
    return stage


def entries_of(stage: Stage) -> list[str]:
    return [sent.symbol for _, sent in stage.venue.sent if isinstance(sent, PlaceEntry)]


def aborted(stage: Stage) -> list[tuple[str, str]]:
    return [(fact.symbol, fact.reason) for fact in stage.said if isinstance(fact, TradeAborted)]


STRICT = a_policy(
    trailing=False,
    cooldown_minutes=0,
    position_usd_normal=D(500),
    drawdown_cautious=0.011,
    drawdown_protective=0.02,
    drawdown_emergency=0.03,
    losses_in_row_max=100,
)


def test_an_entry_called_off_in_the_instant_it_was_asked_for_is_not_sent() -> None:
    stage = turned_round(STRICT, "1")  # an emergency: everything is closed
    assert entries_of(stage) == [BTC, ETH]
    assert aborted(stage) == [(BTC, WITHDRAWN)]


def test_an_entry_whose_permit_died_in_the_instant_it_was_asked_for_is_not_sent() -> None:
    stage = turned_round(STRICT, "38")  # cautious: a new epoch
    assert entries_of(stage) == [BTC, ETH]
    assert aborted(stage) == [(BTC, PERMIT_DEAD)]


def test_an_entry_whose_permit_stands_is_sent() -> None:
    stage = turned_round(STRICT, "50")
    assert entries_of(stage) == [BTC, ETH, BTC]
    assert aborted(stage) == []
