"""Momentum or mean reversion: one classic rule, chosen and given its probability by the data.

Each rule is a fixed score of a few features. The fit sorts the rows by a rule's score into bins,
counts how often a long won in each, makes the counts monotone in the score (rising for momentum,
falling for reversion; pool adjacent violators), and keeps the rule and direction with the smallest
log-loss. Every row also counts mirrored, score and outcome: the rules know no preferred side, so a
drift of the window cannot make one. Kept as JSON.
"""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.models.voting import Floats, Scorer, Table, log_odds

_BINS: Final = 20
# Every bin begins with this many wins and losses: a handful of rows proves nothing.
_PRIOR_ROWS: Final = 100.0
RULES: Final = {
    "trend": ("return_48", "distance_sma_200", "direction_14"),
    "swing": ("return_12", "distance_sma_20", "macd_histogram"),
    "breakout": ("channel_96", "return_96"),
    "stretch": ("bollinger_20", "rsi_14", "channel_20"),
}


class _Fit(NamedTuple):
    logloss: float
    rule: str
    scale: Floats
    edges: Floats
    scores: Floats


class MomentumRule:
    """A rule of the time-series momentum / mean-reversion family."""

    def __init__(self, features: Sequence[str]) -> None:
        self._columns = {
            rule: [features.index(name) for name in names] for rule, names in RULES.items()
        }

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return "momentum_rule"

    @property
    def kind(self) -> str:
        """Return the format of the bytes."""
        return "rule-json"

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        """Return the best rule with its bins as JSON."""
        fits = [
            _fitted(rule, table[:, columns], won, rising=rising)
            for rule, columns in self._columns.items()
            for rising in (True, False)
        ]
        best = min(fits, key=lambda fit: fit.logloss)
        kept = {
            "rule": best.rule,
            "columns": self._columns[best.rule],
            "scale": best.scale.tolist(),
            "edges": best.edges.tolist(),
            "scores": best.scores.tolist(),
        }
        return json.dumps(kept, sort_keys=True).encode()

    def scorer(self, content: bytes) -> Scorer:
        """Return the scorer of the rule in *content*."""
        kept = json.loads(content)
        columns = [int(column) for column in kept["columns"]]
        scale, edges, scores = (
            np.asarray(kept[name], np.float64) for name in ("scale", "edges", "scores")
        )

        def score(table: Table) -> Floats:
            level = _level(table[:, columns], scale)
            # Between the middles of the bins the score runs straight: no cliffs to trade on.
            return np.interp(level, edges, scores)

        return score

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* adds to the score, a straight share of it."""
        kept = json.loads(content)
        columns = [int(column) for column in kept["columns"]]
        pull = np.tanh(row[0, columns] / np.asarray(kept["scale"], np.float64))
        total = float(self.scorer(content)(row)[0])
        parts = np.zeros(row.shape[1])
        if float(pull.sum()):
            parts[columns] = total * pull / pull.sum()
        return parts


def _level(part: Table, scale: Floats) -> Floats:
    """Return the mean of the features of *part*, each in units of its usual size."""
    level = np.zeros(len(part))
    for column, size in enumerate(scale):
        level += np.tanh(part[:, column] / size)
    return level / len(scale)


def _fitted(rule: str, part: Table, won: NDArray[np.bool_], *, rising: bool) -> _Fit:
    """Return *rule* with the monotone chance of its bins."""
    size = np.sqrt((part.astype(np.float64) ** 2).mean(axis=0))
    scale = np.where(size > 0, size, 1.0)
    level = _level(part, scale)
    level, won = np.concatenate([level, -level]), np.concatenate([won, ~won])
    order = np.argsort(level, kind="stable")
    bins = np.array_split(order, _BINS)
    middles = np.array([float(level[rows].mean()) for rows in bins])
    sizes = np.array([float(len(rows)) for rows in bins])
    wins = np.array([float(won[rows].sum()) for rows in bins])
    chance = (wins + _PRIOR_ROWS) / (sizes + 2 * _PRIOR_ROWS)
    chance = monotone(chance, sizes) if rising else monotone(chance[::-1], sizes[::-1])[::-1]
    loss = -(wins * np.log(chance) + (sizes - wins) * np.log(1 - chance)).sum() / sizes.sum()
    return _Fit(float(loss), rule, scale, middles, log_odds(chance))


def monotone(values: Floats, weights: Floats) -> Floats:
    """Return the non-decreasing column nearest to *values* (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (high, heavy, some), (low, light, more) = pools[-2:]
            total = heavy + light
            pools[-2:] = [((high * heavy + low * light) / total, total, some + more)]
    return np.concatenate([np.full(count, value) for value, _, count in pools])
