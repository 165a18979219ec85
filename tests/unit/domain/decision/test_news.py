"""The bulletin: funding, violent moves, silent feeds, measures, and what the desk makes of them."""

from decimal import Decimal
from typing import Any

import pytest

from domain.decision.facts import EntryRefused, TradeClosed
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.execution.trade import ExitReason
from domain.market.messages import Bulletin, FeedTurn, Jolt, Measures, PredictedFunding
from domain.risk.emergency_stop import EMERGENCY, NORMAL, Cause
from domain.risk.verdict import Objection
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy, free_funding
from tests.rig import Rig

pytestmark = pytest.mark.unit

FOR_EVER = 1 << 62


def held(action: Action = Action.BUY) -> Rig:
    """Return a desk that is long, or short, 5 BTC at 100."""
    return Rig().opens(a_candidate(action))


def told(rig: Rig, **bulletin: Any) -> Rig:  # noqa: ANN401 - fields of a bulletin
    """Let the next bar come with news."""
    return rig.advances(1, {BTC: 100.0}, bulletin=Bulletin(**bulletin))


def funding(rate: float, symbol: str = BTC, until_ms: int = FOR_EVER) -> dict[str, Any]:
    """Return the news that *symbol* will cost *rate* at its next settlement, in eight hours."""
    return {"funding": (PredictedFunding(symbol, rate, until_ms),)}


# Funding.


@pytest.mark.parametrize(
    ("action", "rate", "warned", "left"),
    [
        (Action.BUY, 0.0005, False, False),
        (Action.BUY, 0.00051, True, False),
        (Action.BUY, 0.001, True, False),
        (Action.BUY, 0.00101, True, True),
        (Action.BUY, -0.01, False, False),
        (Action.SELL, -0.00051, True, False),
        (Action.SELL, -0.00101, True, True),
        (Action.SELL, 0.01, False, False),
    ],
)
def test_who_pays_dear_funding_is_warned_of_and_too_dear_a_position_is_left(
    action: Action, rate: float, *, warned: bool, left: bool
) -> None:
    rig = told(held(action), **funding(rate))
    assert [a.code for a in rig.told(RiskAlert)] == [AlertCode.FUNDING_HIGH] * warned
    assert all(a.value == pytest.approx(abs(rate)) for a in rig.told(RiskAlert))
    assert len(rig.exits(Leg.EXIT)) == left
    if left:
        rig.fills(Leg.EXIT, "100")
        assert [c.reason for c in rig.told(TradeClosed)] == [ExitReason.FUNDING]


def test_funding_of_another_symbol_is_no_reason_to_leave() -> None:
    rig = told(held(), **funding(0.05, ETH))
    assert rig.told(RiskAlert) == []
    assert rig.exits() == []


def test_a_position_that_is_being_left_is_not_left_twice() -> None:
    rig = told(told(held(), **funding(0.05)), **funding(0.06))
    assert len(rig.exits(Leg.EXIT)) == 1


def test_funding_that_is_believed_no_longer_is_unknown_to_entries() -> None:
    rig = Rig()
    told(rig, **funding(0.0001, ETH, rig.now + 2 * MINUTE_MS))
    rig.wants(a_candidate(symbol=ETH))
    assert len(rig.entries()) == 1
    rig.cancels(Leg.ENTRY, symbol=ETH).wants(a_candidate(symbol=ETH), minutes=2)
    (refused,) = rig.told(EntryRefused)
    assert refused.objections == (Objection.FUNDING_UNKNOWN,)


def test_news_of_one_symbol_leave_what_is_known_of_the_others() -> None:
    rig = told(Rig(), **funding(0.0003, ETH))
    known = rig.state.oversight.funding
    assert (known[BTC].rate, known[ETH].rate) == (0.0, 0.0003)


# Violent moves.


@pytest.mark.parametrize(
    ("action", "fall", "rise", "against"),
    [
        (Action.BUY, 0.08, 0.0, True),
        (Action.BUY, 0.0, 0.5, False),
        (Action.SELL, 0.0, 0.08, True),
        (Action.SELL, 0.5, 0.0, False),
        (Action.BUY, 0.0799, 0.0, False),
    ],
)
def test_only_a_move_against_what_is_held_is_our_business(
    action: Action, fall: float, rise: float, *, against: bool
) -> None:
    rig = told(held(action), jolts=(Jolt(BTC, fall, rise),))
    assert [(a.code, a.value) for a in rig.told(RiskAlert)] == [(AlertCode.FLASH_MOVE, 0.08)][
        : int(against)
    ]
    assert rig.state.stop.mode is (EMERGENCY if against else NORMAL)
    side = Side.SELL if action is Action.BUY else Side.BUY
    assert [e.side for e in rig.exits(Leg.EXIT)] == [side] * against


def test_a_move_of_what_is_not_held_is_none_of_our_business() -> None:
    rig = told(held(), jolts=(Jolt(ETH, 0.9, 0.9),))
    assert rig.told(RiskAlert) == []
    assert rig.state.stop.mode is NORMAL


def test_a_move_counts_for_the_length_of_the_flash_window() -> None:
    rig = told(held(), jolts=(Jolt(BTC, 0.08, 0.0),)).fills(Leg.EXIT, "99").obeys()
    calm = [rig.advances(minutes).state.stop.calm_ms for minutes in (4.99, 0.02)]
    assert calm == [None, rig.now]
    assert rig.state.oversight.flash_ms is None


# Feeds.


def silent(rig: Rig, symbol: str = BTC) -> Rig:
    """Let *symbol* fall silent."""
    fresh_ms = rig.now - 5 * MINUTE_MS
    return told(rig, feeds=(FeedTurn(symbol, stale=True, fresh_ms=fresh_ms),))


def test_a_silent_feed_of_what_is_held_closes_it() -> None:
    rig = silent(held())
    assert rig.state.stop.causes == (Cause.FEED,)
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]
    (alert,) = rig.told(RiskAlert)
    assert (alert.code, alert.value, alert.limit) == (AlertCode.FEED_STALE, 6.0, 5.0)


def test_a_silent_feed_of_what_is_not_held_is_told_of_and_no_more() -> None:
    rig = silent(held(), ETH)
    assert [a.symbol for a in rig.told(RiskAlert)] == [ETH]
    assert rig.state.stop.mode is NORMAL


def test_a_feed_is_told_of_when_it_turns_not_while_it_lasts() -> None:
    rig = silent(silent(Rig(), ETH), ETH)
    news = FeedTurn(ETH, stale=False, fresh_ms=rig.now)
    told(told(rig, feeds=(news,)), feeds=(news,))
    codes = [a.code for a in rig.told(RiskAlert)]
    assert codes == [AlertCode.FEED_STALE, AlertCode.FEED_FRESH]
    assert rig.state.oversight.stale == {}


# Measures.


@pytest.mark.parametrize(("rho", "quantity"), [(0.5, D(5)), (0.95, D("2.999"))])
def test_measures_decide_what_counts_as_moving_together(rho: float, quantity: Decimal) -> None:
    rig = Rig(a_policy(cluster_exposure_max=D("0.08"))).opens()  # 500 of not quite 800 USD
    scenarios = tuple((symbol, (0.001, -0.001)) for symbol in (BTC, ETH))
    told(rig, measures=Measures(rig.now, scenarios, ((BTC, ETH, rho),), ()))
    rig.wants(a_candidate(symbol=ETH))
    assert [e.quantity for e in rig.entries()] == [quantity]


def test_nothing_is_heard_where_there_is_nothing_to_tell() -> None:
    rig = held()
    before = rig.state
    rig.advances(1, {BTC: 100.0}, bulletin=Bulletin())
    assert rig.said == []
    assert rig.asked == []
    assert rig.state.oversight == before.oversight
    told(rig, funding=free_funding(BTC).funding)
    assert rig.asked == []
