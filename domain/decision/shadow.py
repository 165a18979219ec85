"""The shadow desk: while the emergency stop keeps entries from the market, they go on on paper.

Drawdown of a desk that is flat cannot move, so its way back is judged by what it would have earned:
NORMAL caps, all other gates, full costs. What the paper trades come to is credited to the equity
that the ladder looks at, for better and for worse.
"""

from decimal import Decimal

from domain.decision.safety_facts import ShadowClosed, ShadowOpened
from domain.decision.state import Turn
from domain.execution.position_sizing import size
from domain.market.instrument import FilterFault
from domain.monitoring.drawdown import EquityWatch, credited
from domain.monitoring.symbol_performance import SymbolRecord, after_shadow_win
from domain.portfolio.shadow_book import (
    ShadowBook,
    ShadowClose,
    ShadowTrade,
    closed,
    credit,
    marked,
    opened,
)
from domain.risk.advanced_risk import Held
from domain.risk.emergency_stop import NORMAL, EmergencyStop
from domain.risk.limits import limits_in
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Objection, Proposal, Refused, Scene, judge
from domain.shared.enums import Side

_MINUTE_MS = 60_000


def take(turn: Turn, proposal: Proposal, scene: Scene, refused: Refused) -> None:
    """Take *proposal* on paper if nothing but the emergency stop or a suspension refused it."""
    suspended = Objection.SYMBOL_SUSPENDED in refused.objections
    symbol = proposal.quote.symbol
    stopped = turn.stop.mode is not NORMAL and not turn.stop.latched
    if not (stopped or suspended) or symbol in turn.oversight.shadow.trades:
        return
    free = _unstopped(turn, scene, suspended=suspended)
    verdict = judge(proposal, free, PIPELINE)
    if isinstance(verdict, Refused):
        return
    equity = Decimal(scene.watch.equity)
    limits = limits_in(NORMAL, turn.policy)
    sized = size(verdict, limits, turn.policy, scene.instrument, equity)
    if isinstance(sized, FilterFault):
        return
    _open(turn, proposal, float(sized.notional))


def _open(turn: Turn, proposal: Proposal, notional: float) -> None:
    quote, sign = proposal.quote, proposal.side.sign
    price = float(quote.price)
    minutes = turn.policy.holding_minutes_max
    trade = ShadowTrade(
        proposal.trace,
        quote.symbol,
        proposal.side,
        turn.at_ms,
        price,
        notional,
        price * (1.0 - sign * float(proposal.stop)),
        price * (1.0 + sign * float(proposal.reward)),
        float(proposal.costs),
        turn.at_ms + minutes * _MINUTE_MS if minutes else 1 << 62,
    )
    turn.oversee(shadow=opened(turn.oversight.shadow, trade))
    turn.marks = {**turn.marks, quote.symbol: price}
    turn.said.append(
        ShadowOpened(
            turn.at_ms,
            trade.trace,
            quote.symbol,
            proposal.side,
            quote.price,
            notional,
            trade.stop,
            trade.target,
        )
    )


def _unstopped(turn: Turn, scene: Scene, *, suspended: bool) -> Scene:
    """Return *scene* as the shadow desk sees it: NORMAL, its own positions, no losses yet."""
    held = tuple(
        Held(trade.symbol, trade.side, trade.notional)
        for trade in turn.oversight.shadow.trades.values()
    )
    gross = sum(each.notional for each in held)
    equity = scene.watch.equity
    return scene._replace(
        stop=EmergencyStop(),
        directive=turn.oversight.directive,  # not the coordinator's: it looks at the drawdown too
        watch=EquityWatch(equity, equity, scene.watch.day, equity),
        record=SymbolRecord() if suspended else scene.record,
        slots_used=len(held),
        gross=gross,
        net=sum(each.notional * each.side.sign for each in held),
        symbol_notional=0.0,
        open_risk=0.0,
        margin_used=gross / turn.policy.leverage_normal,
        recent_entries=0,
        held=held,
    )


def follow(turn: Turn) -> None:
    """Let the marks move the shadow book, and the ladder know what it comes to."""
    shadow, ended = marked(turn.oversight.shadow, turn.at_ms, turn.marks)
    _settle(turn, shadow, ended)


def answer(turn: Turn, symbol: str, side: Side | None, price: float) -> None:
    """Close the paper trade of *symbol* for a signal to *side*, or for one out (None)."""
    trade = turn.oversight.shadow.trades.get(symbol)
    if trade is not None and trade.side is not side:
        shadow, ended = closed(turn.oversight.shadow, symbol, turn.at_ms, price, "opposite_signal")
        _settle(turn, shadow, (ended,))


def wind_up(turn: Turn) -> None:
    """Close what is open on paper: the desk trades for real again. What it earned stays counted."""
    shadow = turn.oversight.shadow
    ends = []
    for symbol in tuple(shadow.trades):
        price = turn.marks.get(symbol, shadow.trades[symbol].price)
        shadow, ended = closed(shadow, symbol, turn.at_ms, price, "resumed")
        ends.append(ended)
    _settle(turn, shadow, tuple(ends))


def _settle(turn: Turn, shadow: ShadowBook, ended: tuple[ShadowClose, ...]) -> None:
    turn.oversee(shadow=shadow)
    gone = {each.trade.symbol for each in ended} - turn.book.positions.keys()
    if gone:
        turn.marks = {s: m for s, m in turn.marks.items() if s not in gone}
    counted = credit(shadow, turn.marks)
    if turn.stop.mode is not NORMAL or turn.watch.credit:
        turn.watch = credited(turn.watch, counted)
    for close in ended:
        trade = close.trade
        if close.pnl > 0.0 and trade.symbol in turn.records:
            won = after_shadow_win(turn.records[trade.symbol])
            turn.records = {**turn.records, trade.symbol: won}
        turn.said.append(
            ShadowClosed(
                close.at_ms,
                trade.trace,
                trade.symbol,
                close.price,
                close.pnl,
                turn.watch.credit,
                close.reason,
            )
        )
