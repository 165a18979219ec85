"""Seeded storms: random markets, voters, policies and venues, and the whole desk run over them.

A seed names everything. A storm has gaps, jumps, funding, many positions at once, and a policy
that may be reckless enough to be liquidated or tight enough to be stopped again and again.
"""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from adapters.exchange.simulated.rules import VenueRules
from adapters.features.analytics import BulkAnalyst
from adapters.market_data.columns import Rows, bar_columns
from adapters.market_data.instruments import instruments_for
from adapters.market_data.layout import Voter
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from domain.governance.policy import Policy
from domain.market.bars import HOUR_MS, MINUTE_MS, BarColumns, FundingRate
from domain.market.instrument import Instrument
from domain.shared.enums import RunMode
from tests.storm_policy import a_random_policy

SYMBOLS: Final = ("ADAUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
STEPS: Final = 6  # points on the path of a bar
START_MS: Final = 19_675 * 24 * HOUR_MS + 5 * HOUR_MS
D: Final = Decimal


class Storm(NamedTuple):
    """A market with its votes, and the policy, venue and deposit that meet it."""

    seed: int
    history: History
    votes: tuple[Voter, ...]
    policy: Policy
    rules: VenueRules
    deposit: Decimal

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments that the data show."""
        return instruments_for(self.history.bars, None)

    def tape(self, mode: RunMode = RunMode.BACKTEST) -> MarketTape:
        """Return the market laid out, with the analytics of the policy."""
        analyst = BulkAnalyst()
        known = {s: analyst.study(bars, self.policy) for s, bars in self.history.bars.items()}
        spread = self.rules.spread_fraction
        return MarketTape(self.history, known, self.votes, self.instruments, mode, spread)


def storm(seed: int, rows: int | None = None) -> Storm:
    """Return the storm of *seed*; *rows* bars a symbol, else as many as the seed says."""
    dice = random.Random(seed)
    noise = np.random.default_rng(seed)
    interval_ms = dice.choice((1, 5, 15)) * MINUTE_MS
    length = rows or dice.choice((300, 600, 1200))
    symbols = SYMBOLS[: dice.choice((1, 2, 4, 6))]
    factor = noise.normal(0, 1, length)
    both = {s: _bars(s, interval_ms, factor, dice, noise) for s in symbols}
    bars = {symbol: whole for symbol, (whole, _) in both.items()}
    walked = random.Random(-seed - 1).random() < 0.3
    finer = {symbol: parts for symbol, (_, parts) in both.items() if walked}
    history = History(bars, _funding(bars, dice, noise), finer)
    return Storm(
        seed,
        history,
        _votes(bars, dice, noise),
        a_random_policy(dice),
        _rules(dice),
        D(dice.choice((1_000, 10_000, 250_000))),
    )


def _bars(
    symbol: str,
    interval_ms: int,
    factor: Any,  # noqa: ANN401 - an array
    dice: random.Random,
    noise: np.random.Generator,
) -> tuple[BarColumns, BarColumns]:
    """Return the bars of *symbol*, and the finer ones that they are made of."""
    length, steps = len(factor), STEPS
    sigma = dice.choice((0.0005, 0.002, 0.006))
    shared = dice.choice((0.0, 0.6, 0.95))
    own = noise.normal(0, 1, (length, steps)) * (1 - shared**2) ** 0.5
    moves = sigma / steps**0.5 * (own + shared * factor[:, None]) + dice.uniform(-1, 1) * 1e-4
    for _ in range(dice.choice((0, 1, 4, 40))):
        jump = dice.choice((-1, 1)) * dice.uniform(0.02, 0.25)
        moves[dice.randrange(length), dice.choice((0, 0, dice.randrange(steps)))] += jump
    decimals = dice.choice((1, 2, 4))
    path = np.round(dice.choice((20.0, 300.0)) * np.exp(np.cumsum(moves.ravel())), decimals)
    path = np.maximum(path, 10.0**-decimals).reshape(length, steps)
    opened = np.append(path[0, 0], path[:-1, -1])
    apart = dice.choice((0.0, 0.1, 1.0))  # how many open away from the close before
    opened = np.where(noise.random(length) < apart, path[:, 0], opened)
    volume = np.round(noise.lognormal(dice.choice((1.0, 3.0, 7.0)), 1.0, length), 3)
    volume[noise.random(length) < dice.choice((0.0, 0.02))] = 0.0
    times = START_MS + np.arange(length, dtype=np.int64) * interval_ms
    rows = Rows(
        times,
        opened,
        np.maximum(opened, path.max(axis=1)),
        np.minimum(opened, path.min(axis=1)),
        path[:, -1],
        volume,
    )
    kept = _present(length, dice, noise)
    whole = Rows._make(column[kept] for column in rows)
    parts = _parts(whole, path[kept], interval_ms // steps)
    return bar_columns(symbol, interval_ms, whole), bar_columns(symbol, interval_ms // steps, parts)


def _parts(whole: Rows, path: Any, step_ms: int) -> Rows:  # noqa: ANN401 - an array
    """Return the bars between the points of *path*, which has a row of points a bar."""
    opened = np.column_stack([whole.open, path[:, :-1]])
    times = whole.open_time[:, None] + np.arange(STEPS, dtype=np.int64) * step_ms
    return Rows(
        times.ravel(),
        opened.ravel(),
        np.maximum(opened, path).ravel(),
        np.minimum(opened, path).ravel(),
        path.ravel(),
        np.repeat(whole.volume / STEPS, STEPS),
    )


def _present(length: int, dice: random.Random, noise: np.random.Generator) -> Any:  # noqa: ANN401
    """Return which bars there are: all of them, or with holes, or from a late listing on."""
    present = np.ones(length, np.bool_)
    kind = dice.choice(("whole", "holes", "late", "outage"))
    if kind == "holes":
        present = noise.random(length) > 0.1
    elif kind == "late":
        present[: length // 3] = False
    elif kind == "outage":
        begin = dice.randrange(length // 2)
        present[begin : begin + length // 10] = False
    present[dice.randrange(length)] = True
    return present


def _funding(
    bars: Mapping[str, BarColumns], dice: random.Random, noise: np.random.Generator
) -> tuple[FundingRate, ...]:
    every_ms = dice.choice((1, 8)) * HOUR_MS
    rates = []
    for symbol, columns in bars.items():
        begin, end = int(columns.open_time[0]), int(columns.open_time[-1])
        late_ms = dice.choice((0, 7))
        first = begin - begin % every_ms + every_ms + late_ms
        rates += [
            FundingRate(symbol, at_ms, float(noise.normal(1e-4, 5e-4)))
            for at_ms in range(first, end + late_ms, every_ms)
        ]
    return tuple(sorted(rates, key=lambda rate: (rate.at_ms, rate.symbol)))


def _votes(
    bars: Mapping[str, BarColumns], dice: random.Random, noise: np.random.Generator
) -> tuple[Voter, ...]:
    often = dice.choice((0.005, 0.03, 0.3))
    voters = []
    for name in ("one", "two", "three")[: dice.choice((1, 1, 3))]:
        votes = {}
        for symbol, columns in bars.items():
            length = len(columns.open_time)
            action = noise.choice(
                np.array([1, -1, 2, 0], np.int8), length, p=[0.42, 0.42, 0.1, 0.06]
            )
            confidence = noise.uniform(0.3, 1.0, length)
            confidence[noise.random(length) > often] = np.nan
            levels: tuple[Any, Any] = (None, None)
            if dice.random() < 0.3:
                close, away = np.asarray(columns.close), noise.uniform(0.002, 0.05, length)
                sign = np.where(action == 1, 1.0, -1.0)
                levels = close * (1 - sign * away), close * (1 + 2 * sign * away)
            votes[symbol] = VoteColumns(action, confidence, *levels)
        voters.append(Voter(name, dice.random() < 0.1, votes))
    return tuple(voters)


def _rules(dice: random.Random) -> VenueRules:
    if dice.random() < 0.15:
        return VenueRules(0.0, 0.0, 0.0, 0.0)
    return VenueRules(
        spread_fraction=dice.choice((0.0, 0.0002, 0.002)),
        slippage_volatility=dice.choice((0.0, 0.02, 0.2)),
        slippage_impact=dice.choice((0.0, 0.1)),
        participation_max=dice.choice((0.0, 0.01, 0.1)),
        latency_ms=dice.choice((0, 0, 300, 45_000, 400_000)),
    )
