"""The bulletin: what analytics tell beside prices, and what the desk does about it."""

from domain.decision.orders import close
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.decision.state import Turn
from domain.execution.trade import ExitReason, TradeState
from domain.market.messages import Bulletin, FeedTurn, Jolt, PredictedFunding
from domain.risk.advanced_risk import indexed
from domain.risk.funding_rate import FundingVerdict, open_position_verdict, paid_per_8h
from domain.shared.enums import Side

_OPEN = (TradeState.OPEN, TradeState.PROTECTED)


def hear(turn: Turn, bulletin: Bulletin) -> None:
    """Take in *bulletin*."""
    if bulletin.measures is not None:
        turn.oversee(measures=indexed(bulletin.measures))
    for feed in bulletin.feeds:
        _feed(turn, feed)
    for jolt in bulletin.jolts:
        _jolt(turn, jolt)
    if bulletin.funding:
        known = {**turn.oversight.funding, **{each.symbol: each for each in bulletin.funding}}
        turn.oversee(funding=known)
        for each in bulletin.funding:
            _funding(turn, each)


def _feed(turn: Turn, feed: FeedTurn) -> None:
    stale = dict(turn.oversight.stale)
    was = feed.symbol in stale
    if was == feed.stale:
        return
    if feed.stale:
        stale[feed.symbol] = feed.fresh_ms
    else:
        del stale[feed.symbol]
    turn.oversee(stale=stale)
    code = AlertCode.FEED_STALE if feed.stale else AlertCode.FEED_FRESH
    minutes = (turn.at_ms - feed.fresh_ms) / 60_000
    limit = float(turn.policy.feed_stale_minutes)
    text = f"{feed.symbol}: no fresh data" if feed.stale else f"{feed.symbol}: data again"
    turn.said.append(RiskAlert(turn.at_ms, code, feed.symbol, minutes, limit, text))


def _jolt(turn: Turn, jolt: Jolt) -> None:
    """Note a violent move against something held; moves in our favour are none of our business."""
    position = turn.book.positions.get(jolt.symbol)
    if position is None:
        return
    adverse = jolt.fall if position.side is Side.BUY else jolt.rise
    limit = turn.policy.flash_move
    if adverse >= limit:
        turn.oversee(flash_ms=turn.at_ms)
        text = f"{jolt.symbol}: moved {adverse:.1%} against the position"
        turn.said.append(
            RiskAlert(turn.at_ms, AlertCode.FLASH_MOVE, jolt.symbol, adverse, limit, text)
        )


def _funding(turn: Turn, funding: PredictedFunding) -> None:
    """Look at an open position before its next settlement: leave it if that costs too much."""
    trade = turn.trades.get(funding.symbol)
    if trade is None or trade.state not in _OPEN:
        return
    hours = turn.instruments[funding.symbol].funding_interval_hours
    verdict = open_position_verdict(trade.plan.side, funding, hours, turn.policy)
    if verdict is FundingVerdict.NOTHING:
        return
    paid = paid_per_8h(trade.plan.side, funding.rate, hours)
    limit = turn.policy.funding_rate_warn
    text = f"{funding.symbol}: {paid:.4%} funding is due per 8 h"
    turn.said.append(
        RiskAlert(turn.at_ms, AlertCode.FUNDING_HIGH, funding.symbol, paid, limit, text)
    )
    if verdict is FundingVerdict.LEAVE:
        close(turn, trade, ExitReason.FUNDING)
