"""The book is made to say what the venue says, when nothing else explains the difference.

An adjustment is a fill without an order, at the last price known, or a correction of the balance:
each is said, so that positions are always fills plus adjustments.
"""

from decimal import Decimal
from typing import Final

from domain.decision import fills
from domain.decision.messages import Page, Severity
from domain.decision.safety_facts import BalanceAdjusted, PositionAdjusted
from domain.decision.state import Turn
from domain.decision.steering import deposited
from domain.decision.surveillance import remark
from domain.execution.messages import AccountRead, Deposited, Liquidity, OrderFilled
from domain.execution.reconciliation import Difference, again, is_proved
from domain.portfolio.book import exposure_of
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.identity import base36

ADJUSTED: Final = "adjust"
# Differences of the balance below this, in USD, are rounding and not worth a word.
BALANCE_MIN: Final = Decimal("0.01")


def positions(turn: Turn, heard: AccountRead, asked_ms: int) -> None:
    """Note where venue and book differ; adjust the book where that is proved."""
    held, before = dict(heard.positions), turn.oversight.reconciliation
    differing: dict[str, Difference] = {}
    proved: list[tuple[str, Decimal]] = []
    for symbol in sorted({*held, *turn.book.positions}):
        position = turn.book.positions.get(symbol)
        booked = ZERO if position is None else position.quantity
        amount = held.get(symbol, ZERO) - booked
        if not amount:
            continue
        found = again(before.differing.get(symbol), amount, asked_ms, turn.at_ms)
        if is_proved(found, turn.at_ms, turn.policy) and _price(turn, symbol) is not None:
            proved.append((symbol, amount))
        else:
            differing[symbol] = found
    if differing or before.differing:
        turn.oversee(reconciliation=before._replace(differing=differing))
    for symbol, amount in proved:
        _adjust(turn, symbol, amount)


def _price(turn: Turn, symbol: str) -> Decimal | None:
    mark = turn.marks.get(symbol)
    if mark is not None:
        instrument = turn.instruments.get(symbol)
        exact = Decimal(str(mark))
        return exact if instrument is None else instrument.price_nearest(exact)
    position = turn.book.positions.get(symbol)
    return None if position is None else position.entry_price


def _adjust(turn: Turn, symbol: str, amount: Decimal) -> None:
    price = _price(turn, symbol) or ZERO
    now, side = turn.at_ms, Side.BUY if amount > ZERO else Side.SELL
    name = f"{ADJUSTED}-{symbol}-{base36(now)}"
    turn.said.append(PositionAdjusted(now, symbol, amount, price))
    text = f"{symbol}: the venue holds {amount:+} beyond the book, and no fill tells why"
    turn.asked.append(Page(now, Severity.CRITICAL, text))
    fills.filled(
        turn,
        OrderFilled(now, name, symbol, side, abs(amount), price, ZERO, Liquidity.TAKER, name, ZERO),
    )


def wallet(turn: Turn, heard: AccountRead, asked_ms: int) -> None:
    """Make the balance the venue's: what is missing is a loss, what is more was paid in."""
    before = turn.oversight.reconciliation
    if heard.wallet is None or before.differing or before.doubts:
        return
    amount = heard.wallet - turn.book.wallet
    if abs(amount) < BALANCE_MIN:
        if before.wallet is not None:
            turn.oversee(reconciliation=before._replace(wallet=None))
        return
    found = again(before.wallet, amount, asked_ms, turn.at_ms)
    if not is_proved(found, turn.at_ms, turn.policy):
        turn.oversee(reconciliation=before._replace(wallet=found))
        return
    turn.oversee(reconciliation=before._replace(wallet=None))
    turn.said.append(BalanceAdjusted(turn.at_ms, amount, heard.wallet))
    if amount > ZERO:
        deposited(turn, Deposited(turn.at_ms, amount))
        return
    turn.book = turn.book._replace(funding=turn.book.funding - amount)
    turn.exposure = exposure_of(turn.book)
    remark(turn)
