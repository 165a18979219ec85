"""What changes how the desk trades: its opening, its operator, money moved."""

from typing import Final, assert_never

from domain.decision.danger import danger_in
from domain.decision.facts import OperatorActed, SessionBegan, SessionEnded
from domain.decision.messages import (
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    SessionClosed,
    SessionOpened,
    SetLatch,
    WishRefused,
)
from domain.decision.orders import close, close_strays
from domain.decision.state import Turn
from domain.decision.supervision import age, govern
from domain.decision.surveillance import move, react
from domain.execution.messages import Deposited, FundingSettled
from domain.execution.trade import ExitReason
from domain.governance.effective_policy import Governance
from domain.monitoring.drawdown import moved, rebased
from domain.portfolio.book import exposure_of
from domain.portfolio.shadow_book import ShadowBook
from domain.risk.emergency_stop import Cause, latch_of, latched_by
from domain.risk.emergency_stop import released as released_stop

REFUSED: Final = "refused"


def opened(turn: Turn, heard: SessionOpened) -> None:
    """Open the desk: a fresh one, or one that recovered its state."""
    turn.mode = heard.mode
    turn.fencing = heard.fencing
    govern(turn, Governance(heard.policy, heard.ceiling))
    turn.instruments = heard.instruments
    age(turn)
    symbols = tuple(sorted(heard.instruments))
    turn.said.append(
        SessionBegan(heard.at_ms, heard.mode, heard.fencing, heard.policy.version, symbols)
    )


Operated = OperatorHalted | OperatorReleased | OperatorFlattened | WishRefused | SessionClosed


def operated(turn: Turn, heard: Operated) -> None:
    """Do what an operator says."""
    match heard:
        case OperatorHalted():
            halted(turn, heard)
        case OperatorReleased():
            released(turn, heard)
        case OperatorFlattened():
            flattened(turn, heard)
        case WishRefused():
            reason = f"{heard.action}: {heard.reason}"
            turn.said.append(OperatorActed(heard.at_ms, REFUSED, heard.actor, reason))
        case SessionClosed():
            held = len(turn.book.positions)
            turn.said.append(SessionEnded(heard.at_ms, heard.reason, held))
        case _:
            assert_never(heard)


def halted(turn: Turn, heard: OperatorHalted) -> None:
    """Stop everything until an operator releases it."""
    turn.said.append(OperatorActed(heard.at_ms, "halt", heard.actor, heard.reason))
    move(turn, latched_by(turn.stop, Cause.OPERATOR, turn.at_ms))
    react(turn)


def released(turn: Turn, heard: OperatorReleased) -> None:
    """End what only an operator can end; the loss so far is accepted, so the peak starts anew.

    It climbs one rung at once; the others follow by themselves, each after its dwell. While
    anything still calls for EMERGENCY it stays there, only not latched any more.
    """
    turn.said.append(OperatorActed(heard.at_ms, "release", heard.actor, heard.reason))
    turn.watch = rebased(turn.watch)
    turn.oversee(shadow=ShadowBook(turn.oversight.shadow.trades), errors=())
    stop = turn.stop
    if stop.latched:
        turn.stop = stop._replace(latched=())
        danger = danger_in(turn)
        turn.stop = stop
        move(turn, released_stop(stop, danger, turn.at_ms, turn.policy, turn.mode))
    else:  # nothing to let go of; permits given before are dead all the same
        turn.stop = stop._replace(epoch=stop.epoch + 1)
        turn.asked.append(SetLatch(turn.at_ms, latch_of(turn.stop, turn.watch)))
    react(turn)


def flattened(turn: Turn, heard: OperatorFlattened) -> None:
    """Close one position, or all."""
    turn.said.append(OperatorActed(heard.at_ms, "flatten", heard.actor, heard.reason))
    for symbol, trade in tuple(turn.trades.items()):
        if heard.symbol in (None, symbol):
            turn.drop_waiting(symbol)
            close(turn, trade, ExitReason.OPERATOR)
    close_strays(turn, heard.symbol, at_once=True)


def deposited(turn: Turn, heard: Deposited) -> None:
    """Book money that came in or went out: neither a gain nor a loss, but losses may weigh more."""
    book = turn.book._replace(deposits=turn.book.deposits + heard.amount)
    watch = moved(turn.watch, float(heard.amount))
    turn.book = book
    turn.exposure = exposure_of(book)
    turn.watch = watch
    react(turn)


def funded(turn: Turn, heard: FundingSettled) -> None:
    """Book funding, on the book and on the trade that bore it."""
    book = turn.book._replace(funding=turn.book.funding + heard.paid)
    turn.book = book
    turn.exposure = exposure_of(book)
    trade = turn.trades.get(heard.symbol)
    if trade is not None:
        turn.put_trade(trade._replace(funding=trade.funding + heard.paid))
