"""The common factor of the simulated market: what moves all of its symbols together.

A hidden mood (up, down, range, wild) holds for hours and then gives way to another. It sets the
drift, how strongly prices are pulled back to where the mood began, and the volatility, which also
drifts by itself so that calm and storm cluster. Jumps are rare. One crash, at a place that is
known beforehand, falls within an hour in violent bars and then takes back a part of it.
"""

from typing import Final, NamedTuple

import numpy as np

from adapters.bar_arrays import Floats, Ints
from domain.market.bars import HOUR_MS

# Prices are simulated at this many steps a bar, from which highs and lows follow.
STEPS: Final = 10
VOLATILITY_HOUR: Final = 0.005
JUMPS_HOUR: Final = 0.01
JUMP_SIZE: Final = 0.008
CRASH_DEPTH: Final = 0.18
CRASH_HOURS: Final = 1.0
REBOUND_SHARE: Final = 0.4
REBOUND_HOURS: Final = 4.0

# The storm of the volatility itself: how much of it lasts an hour, and how much is new.
_PERSISTENCE_HOUR: Final = 0.9
_UNREST_HOUR: Final = 0.12


class _Mood(NamedTuple):
    drift_hour: float
    pull_hour: float
    volatility: float
    mean_hours: float


_UP: Final = _Mood(0.0020, 0.0, 0.85, 24.0)
_DOWN: Final = _Mood(-0.0020, 0.0, 0.95, 20.0)
_RANGE: Final = _Mood(0.0, 0.04, 0.65, 18.0)
_WILD: Final = _Mood(0.0, 0.02, 2.2, 5.0)
_CRASHING: Final = _Mood(0.0, 0.0, 3.0, CRASH_HOURS)
_REBOUNDING: Final = _Mood(0.0, 0.0, 2.5, REBOUND_HOURS)
_MOODS: Final = (_UP, _DOWN, _RANGE, _WILD, _CRASHING, _REBOUNDING)
# What follows what: a trend seldom turns at once, a storm may end in anything.
_FOLLOWING: Final = (
    (0.0, 0.25, 0.60, 0.15),
    (0.25, 0.0, 0.55, 0.20),
    (0.42, 0.38, 0.0, 0.20),
    (0.30, 0.30, 0.40, 0.0),
)


class Factor(NamedTuple):
    """The path: log returns in `steps` (bars x STEPS), and each bar's multiple of volatility."""

    steps: Floats
    volatility: Floats


def factor_path(
    rng: np.random.Generator, bars: int, interval_ms: int, crash_bar: int | None
) -> Factor:
    """Return the path over *bars* bars; the crash, if any, begins in *crash_bar*."""
    hours = interval_ms / HOUR_MS
    moods = _moods(rng, bars, hours)
    # No crash is a crash of no bars, after the last.
    first = bars if crash_bar is None else crash_bar
    after = first + _lasting(CRASH_HOURS, hours)
    crash, rebound = slice(first, after), slice(after, after + _lasting(REBOUND_HOURS, hours))
    moods[crash], moods[rebound] = _MOODS.index(_CRASHING), _MOODS.index(_REBOUNDING)
    table = np.array(_MOODS)
    volatility = table[moods, 2] * _unrest(rng, bars, hours)
    noise = rng.standard_normal((bars, STEPS)) * (
        volatility[:, None] * VOLATILITY_HOUR * np.sqrt(hours / STEPS)
    )
    _add_jumps(rng, noise, hours)
    depth = float(np.log1p(-CRASH_DEPTH))
    _add_move(rng, noise[crash], depth)
    _add_move(rng, noise[rebound], -depth * REBOUND_SHARE)
    return Factor(noise + _drifts(moods, noise, hours)[:, None] / STEPS, volatility)


def _lasting(hours: float, hours_a_bar: float) -> int:
    return max(1, round(hours / hours_a_bar))


def _moods(rng: np.random.Generator, bars: int, hours: float) -> Ints:
    """Return the mood of every bar."""
    moods = np.empty(bars, np.int64)
    row, mood = 0, int(rng.integers(len(_FOLLOWING)))
    while row < bars:
        lasting = _lasting(rng.exponential(_MOODS[mood].mean_hours), hours)
        moods[row : row + lasting] = mood
        row += lasting
        mood = int(rng.choice(len(_FOLLOWING), p=_FOLLOWING[mood]))
    return moods


def _unrest(rng: np.random.Generator, bars: int, hours: float) -> Floats:
    """Return a slowly wandering multiple of volatility, around one."""
    keep = _PERSISTENCE_HOUR**hours
    levels, level = [], 0.0
    for shock in (rng.standard_normal(bars) * _UNREST_HOUR * np.sqrt(hours)).tolist():
        level = keep * level + shock
        levels.append(level)
    multiples: Floats = np.exp(np.array(levels))
    return multiples


def _add_jumps(rng: np.random.Generator, noise: Floats, hours: float) -> None:
    rows = np.flatnonzero(rng.random(len(noise)) < JUMPS_HOUR * hours)
    noise[rows, rng.integers(STEPS, size=len(rows))] += rng.standard_normal(len(rows)) * JUMP_SIZE


def _add_move(rng: np.random.Generator, noise: Floats, move: float) -> None:
    """Spread *move* unevenly over the steps of *noise*, which it then comes to exactly."""
    if noise.size:
        shares = rng.gamma(0.7, size=noise.shape)
        noise += move * shares / shares.sum() - noise.mean()


def _drifts(moods: Ints, noise: Floats, hours: float) -> Floats:
    """Return each bar's drift: the mood's own, and its pull to where the mood began."""
    drifts, level, anchor, before = [], 0.0, 0.0, -1
    moves = noise.sum(axis=1).tolist()
    for mood, move in zip(moods.tolist(), moves, strict=True):
        if mood != before:
            anchor, before = level, mood
        rule = _MOODS[mood]
        drift = (rule.drift_hour - rule.pull_hour * (level - anchor)) * hours
        level += drift + move
        drifts.append(drift)
    return np.array(drifts)
