"""What changes how the desk trades: its opening, its policy, its operator, money moved."""

from dataclasses import fields

from domain.decision.facts import OperatorActed, PolicyChanged, SessionBegan
from domain.decision.messages import (
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
    SessionOpened,
)
from domain.decision.orders import close, close_all
from domain.decision.state import Turn
from domain.decision.surveillance import react
from domain.execution.messages import Deposited, FundingSettled
from domain.execution.trade import ExitReason
from domain.governance.policy import Policy
from domain.monitoring.drawdown import moved, rebased
from domain.portfolio.book import exposure_of
from domain.risk.emergency_stop import EMERGENCY


def opened(turn: Turn, heard: SessionOpened) -> None:
    """Open the desk: a fresh one, or one that recovered its state."""
    turn.mode = heard.mode
    turn.fencing = heard.fencing
    turn.policy = heard.policy
    turn.instruments = heard.instruments
    symbols = tuple(sorted(heard.instruments))
    turn.said.append(
        SessionBegan(heard.at_ms, heard.mode, heard.fencing, heard.policy.version, symbols)
    )


def adopted(turn: Turn, heard: PolicyAdopted) -> None:
    """Let another policy govern from now on."""
    old = turn.policy
    turn.policy = heard.policy
    turn.said.append(
        PolicyChanged(
            heard.at_ms,
            old.version,
            heard.policy.version,
            changes(old, heard.policy),
            heard.actor,
            heard.reason,
        )
    )
    react(turn)


def changes(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return what differs, a line a field: `name: old -> new`."""
    pairs = ((f.name, getattr(old, f.name), getattr(new, f.name)) for f in fields(Policy))
    return tuple(f"{name}: {was} -> {now}" for name, was, now in pairs if was != now)


def halted(turn: Turn, heard: OperatorHalted) -> None:
    """Stop everything until an operator releases it."""
    stop = turn.stop
    turn.stop = stop._replace(halted=True, epoch=stop.epoch + 1)
    turn.said.append(OperatorActed(heard.at_ms, "halt", heard.actor, heard.reason))
    if stop.mode is EMERGENCY:  # no change of mode will close what is still open
        close_all(turn, ExitReason.OPERATOR)
    react(turn)


def released(turn: Turn, heard: OperatorReleased) -> None:
    """End the halt; the loss so far is accepted, so the peak starts anew."""
    stop = turn.stop._replace(halted=False, epoch=turn.stop.epoch + 1)
    turn.stop = stop
    turn.watch = rebased(turn.watch)
    turn.said.append(OperatorActed(heard.at_ms, "release", heard.actor, heard.reason))
    react(turn)


def flattened(turn: Turn, heard: OperatorFlattened) -> None:
    """Close one position, or all."""
    turn.said.append(OperatorActed(heard.at_ms, "flatten", heard.actor, heard.reason))
    for symbol, trade in tuple(turn.trades.items()):
        if heard.symbol in (None, symbol):
            turn.drop_waiting(symbol)
            close(turn, trade, ExitReason.OPERATOR)


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
