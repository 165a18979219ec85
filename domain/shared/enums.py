"""The closed vocabularies that every area speaks."""

from enum import StrEnum


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
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Action(StrEnum):
    """What a voter wants: a direction, nothing new, or out."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"
    FLAT = "FLAT"
