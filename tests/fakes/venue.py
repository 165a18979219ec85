"""A venue that takes everything, and reports what its script says."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf

from domain.execution.messages import Deposited, OrderAccepted, Report, VenueCommand
from domain.market.bars import Bar, FundingRate


class FakeVenue:
    """Accepts every order. `script` holds, by close time in ms, the reports of that row.

    `band_of` holds what `bounds` answers, by symbol. All calls are remembered.
    """

    def __init__(self) -> None:
        self.script: dict[int, list[list[Report]]] = {}
        self.band_of: dict[str, tuple[float, float]] = {}
        self.sent: list[VenueCommand] = []
        self.played: list[tuple[int, tuple[str, ...]]] = []
        self.marked: dict[str, float] = {}
        self.asked_bounds: list[str] = []
        self._rest: list[list[Report]] = []
        self.finer_given: Mapping[str, Sequence[Bar]] = {}

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        return Deposited(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        self.sent.append(command)
        return [OrderAccepted(at_ms, command.client_id, command.symbol)]

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] | None = None,
    ) -> None:
        assert bars, "an interval begins with bars"
        self.funding_given = tuple(funding)
        self.finer_given = finer or {}
        close_ms = bars[0].close_ms
        self.played.append((close_ms, tuple(bar.symbol for bar in bars)))
        self._rest = list(self.script.get(close_ms, ()))

    def advance(self) -> list[Report]:
        return self._rest.pop(0) if self._rest else []

    def mark(self, symbol: str, price: float) -> None:
        self.marked[symbol] = price

    def bounds(self, symbol: str) -> tuple[float, float]:
        self.asked_bounds.append(symbol)
        return self.band_of.get(symbol, (-inf, inf))
