"""Votes at the door: they fit the bars they are about, or are refused by name."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from application.errors import BadInput
from application.ports.predictor import Predictor, VoteColumns
from domain.market.bars import BarColumns

_ACTIONS: Final = (-1, 0, 1, 2)


def votes_of(predictor: Predictor, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
    """Return what *predictor* votes on *market*.

    Raises `BadInput` with every column that is not a vote a bar, and every symbol nobody asked for.
    """
    votes = predictor.predict(market)
    problems = [
        f"{predictor.name}: votes on {symbol}, which is not in the market it was given"
        for symbol in sorted(set(votes) - set(market))
    ]
    for symbol in sorted(set(votes) & set(market)):
        length = len(market[symbol].open_time)
        problems += [
            f"{predictor.name}: {symbol}: {problem}" for problem in _faults(votes[symbol], length)
        ]
    if problems:
        raise BadInput(*problems)
    return votes


def _faults(votes: VoteColumns, length: int) -> list[str]:
    columns = {name: column for name, column in votes._asdict().items() if column is not None}
    wrong = [
        f"{name} has {len(column)} rows for {length} bars; give one a bar"
        for name, column in columns.items()
        if len(column) != length
    ]
    if wrong:
        return wrong
    speaks = ~np.isnan(np.asarray(votes.confidence, np.float64))
    said = np.asarray(votes.action)[speaks]
    strange = said[~np.isin(said, _ACTIONS)]
    if len(strange):
        return [f"action {strange[0]} is none of {', '.join(map(str, _ACTIONS))}"]
    return []
