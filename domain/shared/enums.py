"""The closed vocabularies that every area speaks."""

from enum import StrEnum
from typing import Final


class RunMode(StrEnum):
    """Where orders go: the one value that picks every adapter."""

    BACKTEST = "backtest"
    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"


class Side(StrEnum):
    """The side of an order or a fill; a position has the side that opened it."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is _BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return _SELL if self is _BUY else _BUY


# Members by a name of the module: a sign is asked for on every price.
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


class Action(StrEnum):
    """What a voter wants: a direction, nothing new, or out."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"
    FLAT = "FLAT"
