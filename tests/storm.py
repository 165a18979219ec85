"""Seeded storms: random markets, voters, policies and venues, and the whole desk run over them.

A seed names everything. A storm has gaps, jumps, funding, many positions at once, and a policy
that may be reckless enough to be liquidated or tight enough to be stopped again and again.
"""

import random
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from adapters.exchange.simulated.rules import VenueRules
from adapters.features.analytics import BulkAnalyst
from adapters.market_data.columns import Rows, bar_columns
from adapters.market_data.instruments import instruments_for
from adapters.market_data.tape import MarketTape, Voter
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from domain.governance.policy import ExitMode, Policy, SizingMode
from domain.market.bars import HOUR_MS, MINUTE_MS, BarColumns, FundingRate
from domain.market.instrument import Instrument
from domain.shared.enums import RunMode

SYMBOLS: Final = ("ADAUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
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
    bars = {s: _bars(s, interval_ms, factor, dice, noise) for s in symbols}
    history = History(bars, _funding(bars, dice, noise))
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
) -> BarColumns:
    length, steps = len(factor), 6
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
    return bar_columns(symbol, interval_ms, Rows._make(column[kept] for column in rows))


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
        for at_ms in range(begin - begin % every_ms + every_ms, end, every_ms):
            rates.append(FundingRate(symbol, at_ms + late_ms, float(noise.normal(1e-4, 5e-4))))
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
            action = noise.choice(np.array([1, -1, 2, 0], np.int8), length, p=[0.42, 0.42, 0.1, 0.06])
            confidence = noise.uniform(0.3, 1.0, length)
            confidence[noise.random(length) > often] = np.nan
            levels = None, None
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


def a_random_policy(dice: random.Random) -> Policy:
    """Return a policy that trades on one voter, from timid to reckless."""
    wild = dice.random() < 0.35
    low, high = sorted((dice.uniform(0.002, 0.05), dice.uniform(0.06, 0.3)))
    if wild:
        low, high = 0.6, 0.9
    changes: dict[str, Any] = {
        "quorum": 1,
        "agreement_min": dice.choice((0.5, 0.75)),
        "cooldown_minutes": dice.choice((0, 0, 15)),
        "allow_flip": dice.random() < 0.7,
        "positions_max": dice.choice((1, 3, 10)),
        "round_trips_per_day_max": dice.choice((4, 1000)),
        "losses_in_row_max": dice.choice((3, 1000)),
        "symbol_daily_loss_max": dice.choice((D("0.02"), D(1))),
        "holding_minutes_max": dice.choice((0, 7, 60, 1440)),
        "drawdown_cautious": low,
        "drawdown_protective": (low + high) / 2,
        "drawdown_emergency": high,
        "drawdown_hysteresis": dice.choice((0.0, 0.001, low / 2)) if low / 2 <= 0.1 else 0.01,
        "dwell_minutes": dice.choice((0, 5, 30, 240)),
        "daily_loss_max": 1.0 if wild else dice.choice((0.01, 0.05, 0.3)),
        "stop_outs_max": dice.choice((1, 3, 10)),
        "stop_out_window_minutes": dice.choice((15, 120, 1440)),
        "trailing": dice.random() < 0.7,
        "trail_atr": dice.choice((D("0.5"), D("1.5"))),
        "trail_step_atr": dice.choice((D("0.01"), D("0.25"))),
        "stop_min": dice.choice((D("0.001"), D("0.005"))),
        "first_target_share": dice.choice((D(0), D("0.5"), D(1))),
        "second_target_share": D(0),
        "reward_risk_min": dice.choice((D(0), D("1.2"))),
        "unknown_regime_size": D(1),
        "regime_interval_minutes": dice.choice((15, 60)),
        "entry_ttl_ms": dice.choice((1_000, 60_000, 600_000)),
        "entries_per_minute_max": dice.choice((1, 30)),
        "confidence_normal": 0.3,
        "confidence_cautious": 0.3,
        "confidence_protective": dice.choice((0.3, 0.75)),
        "price_collar": dice.choice((D("0.0005"), D("0.01"), D("0.5"))),
        "spread_max": 0.5,
        "jump_max": 1.0,
        "gap_pause_bars": 1,
        "confidence_min": 0.3,
        "confidence_min_high_volatility": 0.3,
        "high_volatility_margin": 0.0,
        "position_usd_normal": dice.choice((D(500), D(1_000_000), D(1_000_000))),
        "risk_per_trade": dice.choice((D("0.01"), D("0.1"))),
        "open_risk_max": D(1),
        "symbol_exposure_max": D(20),
        "gross_exposure_max": D(50),
        "net_exposure_max": D(50),
        "margin_use_max": D(1),
        "liquidation_stop_ratio": D(1),
    }
    if changes["first_target_share"] == D("0.5"):
        changes["second_target_share"] = dice.choice((D("0.3"), D("0.5")))
    if dice.random() < 0.4:
        changes |= {"exits": ExitMode.FRACTION, "stop_fraction": dice.choice((D("0.003"), D("0.3")))}
        changes |= {"stop_max": D("0.5"), "target_fraction": dice.choice((D("0.01"), D("1")))}
    if wild:
        changes |= _reckless(dice)
    known = {field.name for field in fields(Policy)}
    return Policy(**{name: value for name, value in changes.items() if name in known})


def _reckless(dice: random.Random) -> dict[str, Any]:
    return {
        "sizing": dice.choice((SizingMode.EQUITY_FRACTION, SizingMode.FIXED_USD)),
        "equity_fraction": dice.choice((D(3), D(12))),
        "fixed_usd": D(20_000),
        "exits": ExitMode.FRACTION,
        "stop_fraction": dice.choice((D("0.01"), D("0.04"))),
        "target_fraction": D("0.2"),
        "position_usd_normal": D(100_000_000),
        "position_usd_cautious": D(100_000_000),
        "position_usd_protective": D(100_000_000),
        "symbol_exposure_max": D(100),
        "gross_exposure_max": D(100),
        "net_exposure_max": D(100),
        "leverage_normal": 125,
        "leverage_cautious": 125,
        "leverage_protective": 125,
    }
