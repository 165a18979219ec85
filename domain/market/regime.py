"""The regime of one symbol's market: classified bar by bar, believed only when confirmed.

Rule 1: a graver regime is believed at once; a change to one no graver only after
        `regime_confirm_bars` equal readings in a row. Tightening is immediate, loosening is slow.
Rule 2: a trend, once believed, lasts until ADX falls `trend_adx_hysteresis` below `trend_adx`.
Rule 3: a reading with anything unknown is UNKNOWN, which is the gravest.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final, NamedTuple, Protocol

from domain.market.messages import Regime

_GRAVITY: Final[Mapping[Regime, int]] = {
    Regime.RANGE: 0,
    Regime.TREND_UP: 0,
    Regime.TREND_DOWN: 0,
    Regime.HIGH_VOLATILITY: 1,
    Regime.ILLIQUID: 2,
    Regime.UNKNOWN: 3,
}


class RegimeRules(Protocol):
    """The part of the policy that governs regimes (this area lies below that of the policy)."""

    @property
    def regime_confirm_bars(self) -> int:
        """Return how many readings in a row a change needs."""

    @property
    def trend_adx(self) -> float:
        """Return the ADX from which there is a trend."""

    @property
    def trend_adx_hysteresis(self) -> float:
        """Return how far below it a trend is over."""

    @property
    def high_volatility_atr(self) -> float:
        """Return the ATR/price from which volatility is high."""

    @property
    def illiquid_volume_ratio(self) -> float:
        """Return the volume/median below which the market is illiquid."""


class RegimeReading(NamedTuple):
    """What one closed bar of the regime interval says. NaN where not yet known.

    `slope` is the fitted change of the close per bar, as a fraction of the close; `volume_ratio`
    is volume over its rolling median.
    """

    atr_fraction: float
    adx: float
    slope: float
    volume_ratio: float


class RegimeState(NamedTuple):
    """The regime believed, and what has challenged it for how many readings in a row."""

    regime: Regime = Regime.UNKNOWN
    candidate: Regime = Regime.UNKNOWN
    streak: int = 0


def classify(reading: RegimeReading, held: Regime, policy: RegimeRules) -> Regime:
    """Return what *reading* alone looks like, to someone who believes *held*."""
    atr_fraction, adx, slope, volume_ratio = reading
    # A sum is finite only if all of its parts are: one check for the four.
    if not isfinite(atr_fraction + adx + slope + volume_ratio):
        return Regime.UNKNOWN
    if volume_ratio < policy.illiquid_volume_ratio:
        return Regime.ILLIQUID
    if atr_fraction >= policy.high_volatility_atr:
        return Regime.HIGH_VOLATILITY
    trending = held is Regime.TREND_UP or held is Regime.TREND_DOWN
    floor = policy.trend_adx - policy.trend_adx_hysteresis if trending else policy.trend_adx
    if adx >= floor and slope != 0:
        return Regime.TREND_UP if slope > 0 else Regime.TREND_DOWN
    return Regime.RANGE


def observe(state: RegimeState, reading: RegimeReading, policy: RegimeRules) -> RegimeState:
    """Return *state* after one more closed bar of the regime interval."""
    held, candidate, streak = state
    seen = classify(reading, held, policy)
    if seen is held:
        return RegimeState(held, held, 0) if streak else state
    streak = streak + 1 if seen is candidate else 1
    if _GRAVITY[seen] > _GRAVITY[held] or streak >= policy.regime_confirm_bars:
        return RegimeState(seen, seen, 0)
    return RegimeState(held, seen, streak)


def confidence(state: RegimeState, reading: RegimeReading, policy: RegimeRules) -> float:
    """Return how sure of its regime *state* is, 0 to 1, given the *reading* it last observed.

    0.5 at the threshold of the regime, 1 at twice as far or more; UNKNOWN is never sure. A
    challenge takes away evenly over the readings that would overthrow what is held.
    """
    regime = state.regime
    if regime is Regime.UNKNOWN:
        return 0.0
    if regime is Regime.ILLIQUID:
        beyond = 1 - reading.volume_ratio / policy.illiquid_volume_ratio
    elif regime is Regime.HIGH_VOLATILITY:
        beyond = reading.atr_fraction / policy.high_volatility_atr - 1
    elif regime is Regime.RANGE:
        beyond = 1 - reading.adx / policy.trend_adx
    else:
        beyond = reading.adx / policy.trend_adx - 1
    clarity = 0.5 + 0.5 * min(1.0, max(0.0, beyond))
    return clarity * (1 - state.streak / policy.regime_confirm_bars)
