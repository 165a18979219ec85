"""From votes to the whole answer: strategies, their rivals, and what they prove."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.evaluation.statistics import (
    deflated_sharpe,
    overfitting_probability,
    reliability,
    sharpe,
    sharpe_interval,
)
from adapters.evaluation.trading import (
    Floats,
    Lane,
    Terms,
    Trade,
    bar_returns,
    by_day,
    held_returns,
    random_trades,
    trades_of,
)
from application.evaluation import Calibrated, Figures, Part
from application.ports.predictor import VoteColumns

QUORUM: Final = 2
AGREEMENT: Final = 0.6
RANDOM_RUNS: Final = 20
# No honest voter ranks the outcomes of a liquid market this well: it has seen them.
AUC_SUSPICIOUS: Final = 0.65
# What was tried: agreement wanted, and the least mean confidence.
_VARIANTS: Final = tuple((share, least) for share in (0.6, 0.8, 1.0) for least in (0.0, 0.52))
_TREND_BARS: Final = 200

Sides = NDArray[np.int8]


class Traded(NamedTuple):
    """What a strategy did on each lane, and what each day earned."""

    name: str
    trades: tuple[list[Trade], ...]
    days: Floats


def combined(
    votes: Sequence[VoteColumns], *, agreement: float = AGREEMENT, confidence: float = 0.0
) -> Sides:
    """Return the side that the voters agree on, a row a bar; 0 for none or without a quorum."""
    actions = np.array([np.asarray(vote.action) for vote in votes], np.float64)
    sure = np.array([np.asarray(vote.confidence) for vote in votes], np.float64)
    speaks = np.isfinite(sure)
    actions = np.where(speaks & (np.abs(actions) == 1), actions, 0.0)
    count = speaks.sum(axis=0)
    total = actions.sum(axis=0)
    side = np.sign(total)
    same = (actions == side) & speaks
    behind = same.sum(axis=0)
    mean = np.where(same, np.nan_to_num(sure), 0.0).sum(axis=0) / np.maximum(behind, 1)
    goes = (count >= QUORUM) & (behind >= agreement * count) & (mean >= confidence)
    return np.where(goes, side, 0).astype(np.int8)


class Assessor:
    """Judges strategies on the same lanes, days and terms."""

    def __init__(self, lanes: Sequence[Lane], terms: Terms, from_ms: int, until_ms: int) -> None:
        self._lanes = list(lanes)
        self._terms = terms
        self._span = (from_ms, until_ms)

    def traded(self, name: str, sides: Sequence[Sides]) -> Traded:
        """Return what the wishes *sides*, one column a lane, lead to."""
        return self._earned(
            name,
            [
                trades_of(lane, wish, self._terms)
                for lane, wish in zip(self._lanes, sides, strict=True)
            ],
        )

    def _earned(self, name: str, made: list[list[Trade]]) -> Traded:
        earned = [
            bar_returns(lane, trades, self._terms)
            for lane, trades in zip(self._lanes, made, strict=True)
        ]
        return Traded(name, tuple(made), by_day(self._lanes, earned, *self._span))

    def variants(self, votes: Mapping[str, Mapping[str, VoteColumns]]) -> list[Traded]:
        """Return all that is tried, the one that is judged first.

        *votes* (voter, symbol) are combined strictly or loosely, and each voter stands alone.
        """
        symbols = [lane.symbol for lane in self._lanes]
        made = [
            self.traded(
                "voters" if (share, least) == (AGREEMENT, 0.0) else f"voters {share:g} {least:g}",
                [
                    combined(
                        [one[symbol] for one in votes.values()], agreement=share, confidence=least
                    )
                    for symbol in symbols
                ],
            )
            for share, least in _VARIANTS
        ]
        made += [
            self.traded(name, [_alone(one[symbol]) for symbol in symbols])
            for name, one in votes.items()
        ]
        return made

    def trend(self) -> Traded:
        """Return the simplest rule: long above the mean of 200 closes, short below."""
        wishes = []
        for lane in self._lanes:
            sides = np.zeros(len(lane.close), np.int8)
            if len(lane.close) >= _TREND_BARS:
                summed = np.cumsum(np.concatenate([[0.0], lane.close]))
                mean = (summed[_TREND_BARS:] - summed[:-_TREND_BARS]) / _TREND_BARS
                sides[_TREND_BARS - 1 :] = np.sign(lane.close[_TREND_BARS - 1 :] - mean)
            wishes.append(sides)
        return self.traded("trend rule", wishes)

    def held(self) -> Traded:
        """Return buy and hold."""
        earned = [held_returns(lane, self._terms) for lane in self._lanes]
        return Traded("buy and hold", (), by_day(self._lanes, earned, *self._span))

    def random(self, like: Traded) -> list[Traded]:
        """Return runs that enter as often as *like* does, at random, with the same exits."""
        return [
            self._earned(
                "random entries",
                [
                    random_trades(lane, trades, self._terms, seed * 1_000 + place)
                    for place, (lane, trades) in enumerate(
                        zip(self._lanes, like.trades, strict=True)
                    )
                ],
            )
            for seed in range(RANDOM_RUNS)
        ]

    def flat(self, like: Traded) -> Traded:
        """Return what doing nothing earns."""
        return Traded("always flat", (), np.zeros(len(like.days)))

    def figures(self, traded: Traded) -> Figures:
        """Return the figures of one strategy."""
        days, symbols = traded.days, max(len(self._lanes), 1)
        nets = np.array([trade.net for made in traded.trades for trade in made])
        low, high = sharpe_interval(days)
        curve = np.cumsum(days)
        peak = np.maximum.accumulate(np.maximum(curve, 0.0))
        count = len(nets)
        return Figures(
            name=traded.name,
            net_return=float(days.sum()),
            sharpe=sharpe(days),
            sharpe_low=low,
            sharpe_high=high,
            drawdown=float((peak - curve).max(initial=0.0)),
            trades=count,
            hit_rate=float((nets > 0).mean()) if count else float("nan"),
            mean_net=float(nets.mean()) if count else float("nan"),
            turnover=2 * count / symbols / max(len(days), 1),
        )

    def by_symbol(self, traded: Traded) -> tuple[Part, ...]:
        """Return the trades of each symbol."""
        return tuple(
            _part(lane.symbol, [trade.net for trade in trades], len(self._lanes))
            for lane, trades in zip(self._lanes, traded.trades, strict=True)
        )

    def by_regime(
        self, traded: Traded, regimes: Mapping[str, NDArray[np.int8]], names: Sequence[str]
    ) -> tuple[Part, ...]:
        """Return the trades by the regime (an index into *names*) at their signal."""
        nets: dict[int, list[float]] = {}
        for lane, trades in zip(self._lanes, traded.trades, strict=True):
            for trade in trades:
                nets.setdefault(int(regimes[lane.symbol][trade.signal]), []).append(trade.net)
        return tuple(_part(names[code], nets[code], len(self._lanes)) for code in sorted(nets))


def proof(judged: Traded, tried: Sequence[Traded]) -> tuple[float, float]:
    """Return the deflated Sharpe of *judged* and the probability of over-fitting of *tried*."""
    sharpes = np.array([sharpe(one.days) for one in tried])
    deflated = deflated_sharpe(judged.days, sharpes)
    return deflated, overfitting_probability(np.column_stack([one.days for one in tried]))


def calibrated(
    voter: str, votes: Mapping[str, VoteColumns], labels: Mapping[str, Floats]
) -> Calibrated:
    """Return how the answers of *voter* came true, given what followed each bar."""
    actions = np.concatenate([np.asarray(votes[symbol].action) for symbol in labels])
    sure = np.concatenate([np.asarray(votes[symbol].confidence, np.float64) for symbol in labels])
    outcome = np.concatenate([labels[symbol] for symbol in labels])
    known = np.isfinite(sure) & np.isfinite(outcome)
    acts = known & (np.abs(actions) == 1)
    told = reliability(sure[acts], outcome[acts] == actions[acts])
    clear = known & (outcome != 0)
    score = np.where(np.abs(actions) == 1, actions * sure, 0.0)
    auc = _area(score[clear], outcome[clear] > 0)
    curve = tuple((one.claimed, one.came_true, one.answers) for one in told.curve)
    return Calibrated(voter, int(acts.sum()), auc, told.brier, told.ece, curve)


def _area(scores: Floats, won: NDArray[np.bool_]) -> float:
    wins, losses = int(won.sum()), int((~won).sum())
    if not wins or not losses:
        return float("nan")
    _, place, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(sizes) - (sizes - 1) / 2
    return float((rank[place][won].sum() - wins * (wins + 1) / 2) / (wins * losses))


def _alone(votes: VoteColumns) -> Sides:
    action = np.asarray(votes.action)
    speaks = np.isfinite(np.asarray(votes.confidence, np.float64)) & (np.abs(action) == 1)
    return np.where(speaks, action, 0).astype(np.int8)


def _part(name: str, nets: list[float], symbols: int) -> Part:
    if not nets:
        return Part(name, 0, float("nan"), 0.0, float("nan"))
    won = sum(1 for net in nets if net > 0)
    total = sum(nets)
    return Part(name, len(nets), won / len(nets), total / symbols, total / len(nets))
