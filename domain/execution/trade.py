"""Trades: from proposal to close, a total table, and the record of one trade.

A trade carries the trace of the market event it was born at. Money of the trade is exact; what
the trade is worth is known when it closes: net = realised - fees - funding.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.execution.dynamic_tpsl import ExitPlan
from domain.execution.smart_execution import Work
from domain.market.messages import Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import Side


class TradeState(StrEnum):
    """Where a trade is in its life."""

    PROPOSED = "PROPOSED"
    PERMITTED = "PERMITTED"
    ENTERING = "ENTERING"
    OPEN = "OPEN"
    PROTECTED = "PROTECTED"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    ABORTED = "ABORTED"


class TradeEvent(IntEnum):
    """What happens to a trade. The order is that of the table's columns."""

    PERMIT, SEND, FILL, PROTECT, UNPROTECT, CLOSE, FLATTEN, ABORT = range(8)


_O, _W, _N, _T = (
    TradeState.PROPOSED,
    TradeState.PERMITTED,
    TradeState.ENTERING,
    TradeState.OPEN,
)
_P, _L, _C, _A = (
    TradeState.PROTECTED,
    TradeState.CLOSING,
    TradeState.CLOSED,
    TradeState.ABORTED,
)
_n = None

# fmt: off
TRANSITIONS: Final[Mapping[TradeState, tuple[TradeState | None, ...]]] = {
    #    PERMIT SEND FILL PROTECT UNPROTECT CLOSE FLATTEN ABORT
    _O: (_W,    _n,  _n,  _n,     _n,       _n,   _n,     _A),
    _W: (_n,    _N,  _n,  _n,     _n,       _n,   _n,     _A),
    _N: (_n,    _n,  _T,  _n,     _n,       _A,   _n,     _A),
    _T: (_n,    _n,  _T,  _P,     _n,       _L,   _C,     _n),
    _P: (_n,    _n,  _P,  _P,     _T,       _L,   _C,     _n),
    _L: (_n,    _n,  _L,  _L,     _L,       _L,   _C,     _n),
    _C: (_n,    _n,  _n,  _n,     _n,       _n,   _n,     _n),
    _A: (_n,    _n,  _T,  _n,     _n,       _n,   _n,     _n),
}
# fmt: on


class ExitReason(StrEnum):
    """Why a trade closed."""

    STOP = "stop"
    TRAILING_STOP = "trailing_stop"
    TARGET = "target"
    OPPOSITE_SIGNAL = "opposite_signal"
    FLAT_SIGNAL = "flat_signal"
    HOLDING_LIMIT = "holding_limit"
    EMERGENCY = "emergency"
    OPERATOR = "operator"
    UNPROTECTED = "unprotected"
    LIQUIDATION = "liquidation"
    FUNDING = "funding"
    EXTERNAL = "external"


class TradePlan(NamedTuple):
    """What was decided, fixed at approval. `atr` in USD per unit; `ordered` the quantity sent."""

    trade_id: str
    symbol: str
    side: Side
    decided_ms: int
    price: Decimal
    ordered: Decimal
    leverage: int
    exits: ExitPlan
    atr: Decimal
    confidence: float
    regime: Regime


class Trade(NamedTuple):
    """One trade. Money in USD; `realised` before fees and funding; `held` the open quantity.

    `stop` is where the stop order rests, `first_stop` where it first rested; `legs` numbers the
    orders of the trade; `exit_id` is a live market exit. `work` is what is still to be done to
    enter, None when the one order of the entry does it all, and as soon as nothing is.
    """

    plan: TradePlan
    state: TradeState
    opened_ms: int
    bought: Decimal
    cost: Decimal
    sold: Decimal
    proceeds: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    stop: Decimal | None
    first_stop: Decimal | None
    stop_id: str | None
    stop_wanted: Decimal | None
    exit_id: str | None
    exit_reason: ExitReason | None
    legs: int
    fills: tuple[str, ...]
    work: Work | None = None

    @property
    def held(self) -> Decimal:
        """The quantity still open, unsigned."""
        return self.bought - self.sold

    @property
    def is_left(self) -> bool:
        """Whether the trade is on its way out, so that no more may be bought for it."""
        leaving = self.exit_reason is not None or self.exit_id is not None
        return leaving or self.state in (TradeState.CLOSING, TradeState.ABORTED)

    @property
    def entry_price(self) -> Decimal:
        """The average price of entry."""
        return self.cost / self.bought

    @property
    def net_pnl(self) -> Decimal:
        """What the trade has earned so far, after fees and funding."""
        return self.realised - self.fees - self.funding


def begun(plan: TradePlan) -> Trade:
    """Return the trade of *plan* at the moment its entry is sent."""
    return Trade(
        plan,
        TradeState.ENTERING,
        0,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        None,
        None,
        None,
        None,
        None,
        None,
        1,
        (),
    )


def worked(trades: Mapping[str, Trade]) -> tuple[str, ...]:
    """Return the symbols whose entry is being worked off: their prices matter already."""
    return tuple(symbol for symbol, trade in trades.items() if trade.work is not None)


def state_after(state: TradeState, event: TradeEvent) -> TradeState:
    """Return the state after *event*; an event the table does not know leaves it as it is."""
    return TRANSITIONS[state][event] or state
