"""A small seeded market: a few symbols that walk at random, and voters who are sure of themselves.

Prices start near 100 USD and bars last seconds, so that a schedule of minutes sees many trades.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import exp
from random import Random
from typing import Final, NamedTuple

from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.weather import Weather
from domain.ai.prediction import Prediction
from domain.decision.messages import Candidate
from domain.governance.execution_policy import EntryStyle
from domain.governance.policy import Policy
from domain.market.bars import Bar
from domain.market.instrument import Instrument, MaintenanceTier
from domain.market.messages import Quote, Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, RunMode

D = Decimal
SYMBOLS: Final = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
DEPOSIT: Final = D(10_000)
CAP_USD: Final = D(500)
MODE: Final = RunMode.PAPER
_SHARE: Final = 0.1
_ATR: Final = 0.005
_ROWS_MS: Final = (1_000, 2_000, 2_000, 4_000)
_VOTERS: Final = 4
_VOTE: Final = 0.2
_OUT: Final = 0.2


def policy_of(rng: Random) -> Policy:
    """Return a policy under which a desk trades often; what bounds it is tight all the same."""
    return Policy(
        cooldown_minutes=0,
        round_trips_per_day_max=10_000,
        losses_in_row_max=10_000,
        suspend_losses=10_000,
        symbol_daily_loss_max=D(1),
        streak_losses=10_000,
        stop_outs_max=1_000,
        weak_symbol_trades=1_000,
        positions_max=rng.choice((2, 3)),
        position_usd_normal=CAP_USD,
        symbol_exposure_max=D("0.06"),
        cluster_exposure_max=D(1),
        reward_risk_min=ZERO,
        edge_min_r=0.0,
        dwell_minutes=rng.choice((0, 1)),
        entry_ttl_ms=rng.choice((3_000, 10_000)),
        reconcile_seconds=rng.choice((5, 15)),
        order_errors_max=rng.choice((5, 1_000)),
        zombie_minutes=1,
        entry_style=rng.choice((EntryStyle.MARKET, EntryStyle.MARKET, *EntryStyle)),
        price_collar=D("0.02"),
    )


def instrument_of(symbol: str) -> Instrument:
    """Return an instrument of round numbers."""
    return Instrument(
        symbol, D("0.01"), D("0.001"), D("0.001"), D(1_000_000), D(5), D("0.1"), D("0.0002"),
        D("0.0004"), 50, (MaintenanceTier(ZERO, D("0.004"), ZERO),),
    )  # fmt: skip


def rules_of(weather: Weather) -> VenueRules:
    """Return the venue's rules: how thin it is, and how slow."""
    share = _SHARE if weather.fills_per_order > 1 else 0.0
    return VenueRules(0.0002, 0.02, 0.1, share, int(weather.cancel_race_ms))


class Row(NamedTuple):
    """What happens in one row: a bar of every symbol, and what the voters say at its close."""

    bars: tuple[Bar, ...]
    candidates: tuple[Candidate, ...]


class SeededMarket:
    """Makes rows, one after the other. `jump` moves the next bar of one symbol by a share."""

    def __init__(self, rng: Random, weather: Weather) -> None:
        """Draw everything from *rng*."""
        self._rng = rng
        self._fills = weather.fills_per_order
        self.row_ms = rng.choice(_ROWS_MS)
        self.symbols = SYMBOLS[: rng.choice((2, 3))]
        self._noise = rng.uniform(0.0005, 0.004)
        self._prices = {symbol: round(rng.uniform(80, 120), 2) for symbol in self.symbols}
        self._jumps: dict[str, float] = {}

    def jump(self, share: float) -> None:
        """Let one symbol open away from where it closed, by up to *share* of its price."""
        symbol = self._rng.choice(self.symbols)
        self._jumps[symbol] = self._rng.uniform(-share, share)

    def price(self, symbol: str) -> float:
        """Return the last close of *symbol*."""
        return self._prices[symbol]

    def next_row(self, at_ms: int, *, voting: bool) -> Row:
        """Return the row that opens at *at_ms*."""
        bars = tuple(self._bar(symbol, at_ms) for symbol in self.symbols)
        for bar in bars:
            self._prices[bar.symbol] = bar.close
        told = self._candidates() if voting else ()
        return Row(bars, tuple(told))

    def _bar(self, symbol: str, at_ms: int) -> Bar:
        rng, last = self._rng, self._prices[symbol]
        opened = last * (1 + self._jumps.pop(symbol, 0.0))
        close = opened * exp(rng.gauss(0, self._noise))
        away = abs(rng.gauss(0, self._noise)) / 2
        high, low = max(opened, close) * (1 + away), min(opened, close) * (1 - away)
        opened, high, low, close = (round(price, 2) for price in (opened, high, low, close))
        volume = round(float(CAP_USD) / last / self._fills / _SHARE, 2)
        return Bar(symbol, at_ms, at_ms + self.row_ms, opened, high, low, close, volume)

    def _candidates(self) -> Sequence[Candidate]:
        rng = self._rng
        told = []
        for symbol in self.symbols:
            if rng.random() < _VOTE:
                side = rng.choice((Action.BUY, Action.SELL))
                action = Action.FLAT if rng.random() < _OUT else side
                told.append(self._candidate(symbol, action))
        return told

    def _candidate(self, symbol: str, action: Action) -> Candidate:
        price = D(str(self._prices[symbol]))
        quote = Quote(symbol, price, _ATR, Regime.RANGE, 0.0001, None, MODE)
        votes = tuple(Prediction(f"voter{n}", action, 0.8) for n in range(_VOTERS))
        return Candidate(quote, votes)
