"""Measures of the whole portfolio: value at risk, expected shortfall, beta, clusters.

Everything here is read from a `MeasureBook`: a day's `Measures` indexed for fast look-up. What is
not a finite number in them counts as unknown, and unknown is taken at its worst: a correlation as
high, a beta as that of the market, a tail as wide as the stop.
"""

from collections.abc import Mapping, Sequence
from math import isfinite, isnan, nan, sqrt
from typing import Final, NamedTuple

from domain.market.messages import Measures
from domain.shared.enums import Side

# The definitions of the measure itself, 99 % and one day of hourly scenarios; limits on it are
# policy.
_TAIL: Final = 0.01
_DAY: Final = sqrt(24.0)


class Held(NamedTuple):
    """A position that is open or may still open, at full size: `notional` USD, above zero."""

    symbol: str
    side: Side
    notional: float


class MeasureBook(NamedTuple):
    """A day's measures by symbol, and by pair of symbols in either order.

    `scenarios` are returns of the same past hours, as many for every symbol that has any.
    """

    at_ms: int
    scenarios: Mapping[str, tuple[float, ...]]
    correlations: Mapping[tuple[str, str], float]
    betas: Mapping[str, float]


def indexed(measures: Measures) -> MeasureBook:
    """Return *measures* indexed. Scenarios that are too few or not finite are left out."""
    count = max((len(path) for _, path in measures.scenarios), default=0)
    scenarios = {
        symbol: path
        for symbol, path in measures.scenarios
        if path and len(path) == count and all(map(isfinite, path))
    }
    correlations: dict[tuple[str, str], float] = {}
    for first, second, rho in measures.correlations:
        if isfinite(rho):
            correlations[first, second] = correlations[second, first] = rho
    betas = {symbol: beta for symbol, beta in measures.betas if isfinite(beta)}
    return MeasureBook(measures.at_ms, scenarios, correlations, betas)


class Tail(NamedTuple):
    """The bad end of a distribution of a day's losses, in USD; a gain is no loss but 0."""

    value_at_risk: float
    expected_shortfall: float


def tail_of(held: Sequence[Held], book: MeasureBook) -> Tail:
    """Return the tail of a day's losses of *held*, by historical simulation.

    Every hour of the scenarios is relived by the positions of today: loss(h) = -sum of
    side x notional x return(h). The 99 % value at risk is the loss that at most 1 % of hours
    exceed, the expected shortfall the mean of that one and those beyond (Jorion, Value at Risk, 3rd
    ed., ch. 10; Acerbi and Tasche, 2002), and an hour is scaled to a day by the square root of 24
    (RiskMetrics, 1996). Positions without scenarios are not in it: see `lost_at_stops`.
    NaN when anything held is.
    """
    parts = [
        (position.side.sign * position.notional, book.scenarios[position.symbol])
        for position in held
        if position.symbol in book.scenarios
    ]
    if not parts:
        return Tail(0.0, 0.0)
    gains = _gains(parts)
    if isnan(sum(gains)):  # a NaN has no place in any order
        return Tail(nan, nan)
    gains.sort()
    worst = gains[: int(len(gains) * _TAIL) + 1]
    mean = sum(worst) / len(worst)
    return Tail(max(-worst[-1], 0.0) * _DAY, max(-mean, 0.0) * _DAY)


def _gains(parts: Sequence[tuple[float, tuple[float, ...]]]) -> list[float]:
    """Return the gain of every scenario. Four positions at a time: a quarter of the passes."""
    path = parts[0][1]
    gains = [0.0] * len(path)
    filled = (*parts, *[(0.0, path)] * (-len(parts) % 4))  # nothing of a fourth weighs nothing
    for n in range(0, len(filled), 4):
        (a, p), (b, q), (c, r), (d, s) = filled[n : n + 4]
        gains = [
            gain + a * i + b * j + c * k + d * m
            for gain, i, j, k, m in zip(gains, p, q, r, s, strict=True)
        ]
    return gains


def lost_at_stops(held: Sequence[Held], book: MeasureBook, stop: float) -> float:
    """Return USD lost if those of *held* that have no scenarios fall by *stop*, a fraction."""
    return stop * sum(h.notional for h in held if h.symbol not in book.scenarios)


def beta_of(symbol: str, book: MeasureBook) -> float:
    """Return the beta of *symbol* to the mean of all symbols; that of the market when unknown."""
    return book.betas.get(symbol, 1.0)


def effective_exposure(held: Sequence[Held], book: MeasureBook) -> float:
    """Return the net exposure in USD that moves with the market: sum of side x notional x beta.

    The dollar beta of the single-index model (Sharpe, 1963): a long and a short of the same beta
    cancel, two longs of high beta weigh more than their notional.
    """
    return sum(h.side.sign * h.notional * beta_of(h.symbol, book) for h in held)


def correlation_of(first: str, second: str, book: MeasureBook) -> float:
    """Return the shrunk correlation of two symbols; 1 when it is unknown."""
    return book.correlations.get((first, second), 1.0)


def cluster_of(
    symbol: str, side: Side, held: Sequence[Held], book: MeasureBook, rho_max: float
) -> tuple[Held, ...]:
    """Return those of *held* that would move with an entry of *symbol* on *side*.

    Two positions move together when correlation x both signs exceeds *rho_max*: two longs of a
    high correlation, or a long and a short of a strongly negative one. A star round the entry, not
    a connected component: in a market where everything is linked to something, a chain of links
    would soon hold all positions, and say nothing of this one.
    """
    sign = side.sign
    return tuple(
        h for h in held if correlation_of(symbol, h.symbol, book) * sign * h.side.sign > rho_max
    )


NO_MEASURES: Final = MeasureBook(0, {}, {}, {})
