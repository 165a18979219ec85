"""What two voters on the same ticks would have come to, pair by pair."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from application.ports.predictor import VoteColumns
from application.ports.workshop import Pairs
from domain.market.bars import BarColumns, Column

CALL_COST: Final = 0.1
"""What a call costs, in units of the barrier: 0.1 % both ways, the barrier 1 % away."""

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def pairs_of(
    bars: Mapping[str, BarColumns],
    labels: Mapping[str, Column],
    new: Mapping[str, VoteColumns],
    old: Mapping[str, VoteColumns],
    horizon: int,
) -> Pairs:
    """Return the pairs of all rows on which both voted and whose outcome is in *labels*."""
    columns: list[list[Floats]] = []
    for symbol, one in bars.items():
        outcome = np.asarray(labels[symbol], np.float64)
        scored = [_scored(votes[symbol], outcome) for votes in (new, old)]
        opened = np.asarray(one.open_time, np.float64)
        known = opened + (horizon + 1) * one.interval_ms
        number = np.floor(opened / one.interval_ms)
        both = np.isfinite(outcome)
        for _, brier in scored:
            both &= np.isfinite(brier)
        columns.append([c[both] for c in (number, known, *scored[0], *scored[1])])
    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)] if columns else []
    if not joined:
        return Pairs([], [], [], [], [], [])
    order = np.argsort(joined[0], kind="stable")
    number, known, *rest = (column[order] for column in joined)
    nets = [column.tolist() for column in rest]
    return Pairs(number.astype(np.int64).tolist(), known.astype(np.int64).tolist(), *nets)


def _scored(votes: VoteColumns, outcome: Floats) -> tuple[Floats, Floats]:
    """Return net result and Brier score of each vote; the latter is NaN where it abstained."""
    action = np.asarray(votes.action, np.float64)
    called = np.where(np.abs(action) == 1, action, 0.0)
    net = called * outcome - CALL_COST * (called != 0)
    brier = (np.asarray(votes.confidence, np.float64) - (outcome == called)) ** 2
    return net, brier
