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
from domain.decision.orders import close
from domain.decision.state import Turn
from domain.decision.surveillance import react
from domain.execution.messages import Deposited, FundingSettled
from domain.execution.trade import ExitReason
from domain.governance.policy import Policy
from domain.monitoring.drawdown import moved, rebased
from domain.portfolio.book import exposure_of


def opened(turn: Turn, heard: SessionOpened) -> None:
    """Open the desk: a fresh one, or one that recovered its state."""
    turn.state = turn.state._replace(
        mode=heard.mode, fencing=heard.fencing, policy=heard.policy, instruments=heard.instruments
    )
    symbols = tuple(sorted(heard.instruments))
    turn.said.append(
        SessionBegan(heard.at_ms, heard.mode, heard.fencing, heard.policy.version, symbols)
    )


def adopted(turn: Turn, heard: PolicyAdopted) -> None:
    """Let another policy govern from now on."""
    old = turn.state.policy
    turn.state = turn.state._replace(policy=heard.policy)
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
    stop = turn.state.stop
    turn.state = turn.state._replace(stop=stop._replace(halted=True, epoch=stop.epoch + 1))
    turn.said.append(OperatorActed(heard.at_ms, "halt", heard.actor, heard.reason))
    react(turn)


def released(turn: Turn, heard: OperatorReleased) -> None:
    """End the halt; the loss so far is accepted, so the peak starts anew."""
    state = turn.state
    stop = state.stop._replace(halted=False, epoch=state.stop.epoch + 1)
    turn.state = state._replace(stop=stop, watch=rebased(state.watch))
    turn.said.append(OperatorActed(heard.at_ms, "release", heard.actor, heard.reason))
    react(turn)


def flattened(turn: Turn, heard: OperatorFlattened) -> None:
    """Close one position, or all."""
    turn.said.append(OperatorActed(heard.at_ms, "flatten", heard.actor, heard.reason))
    for symbol, trade in tuple(turn.state.trades.items()):
        if heard.symbol in (None, symbol):
            close(turn, trade, ExitReason.OPERATOR)


def deposited(turn: Turn, heard: Deposited) -> None:
    """Book money that came in or went out; it is neither a gain nor a loss."""
    state = turn.state
    book = state.book._replace(deposits=state.book.deposits + heard.amount)
    watch = moved(state.watch, float(heard.amount))
    turn.state = state._replace(book=book, exposure=exposure_of(book), watch=watch)


def funded(turn: Turn, heard: FundingSettled) -> None:
    """Book funding, on the book and on the trade that bore it."""
    state = turn.state
    book = state.book._replace(funding=state.book.funding + heard.paid)
    turn.state = state._replace(book=book, exposure=exposure_of(book))
    trade = state.trades.get(heard.symbol)
    if trade is not None:
        turn.put_trade(trade._replace(funding=trade.funding + heard.paid))
