"""Learning without looking ahead: walk forward over history, or train on all of it.

Rule 1: a model fitted at time T has seen only outcomes known at T: of the rows before T, the last
        `horizon` are purged, as what followed them was not over yet.
Rule 2: it votes on bars from T + embargo on, until its successor does; before the first fit, every
        voter abstains.
Rule 3: the newest part of its window (the tail) is kept from learning, purged likewise, and used to
        calibrate and to judge.
Rule 4: rows of all symbols are pooled; what is learnt is of the shape of markets, not of names.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from application.errors import BadInput
from application.ports.features import FeatureSource
from application.ports.predictor import VoteColumns
from application.ports.trainer import Sample, Trainer, TrainingSet
from domain.market.bars import BarColumns, Column

Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


class WalkForwardPlan(NamedTuple):
    """When to learn, and from what. All in bars, but for `barrier_atr` and the share.

    `train_bars_max` None lets the window grow without end. Every `stride`-th row is learnt from:
    neighbours share most of their outcome.
    """

    train_bars_min: int = 25_000
    refit_bars: int = 30_000
    train_bars_max: int | None = 60_000
    horizon: int = 72
    embargo: int = 12
    barrier_atr: float = 4.0
    stride: int = 4
    tail_share: float = 0.25

    @classmethod
    def spread_over(cls, bars: int) -> "WalkForwardPlan":
        """Return a plan whose first fit comes after a fifth of *bars*, with four more to follow."""
        first = max(bars // 5, 1_500)
        return cls(train_bars_min=first, refit_bars=max(-(-(bars - first) // 5), 500))


class FitWindow(NamedTuple):
    """One fit of one voter, and the bars it votes on, by opening time.

    Times in UTC ms; both `until` are exclusive.
    """

    voter: str
    trained_from_ms: int
    trained_until_ms: int
    applies_from_ms: int
    applies_until_ms: int
    rows: int
    metrics: Mapping[str, float]
    degenerate: bool


class Studied(NamedTuple):
    """One symbol's bars with their features and outcomes."""

    bars: BarColumns
    table: Any
    labels: Column

    def rows(self, from_ms: int, until_ms: int) -> slice:
        """Return the rows that opened in [*from_ms*, *until_ms*)."""
        opens = self.bars.open_time
        return slice(bisect_left(opens, from_ms), bisect_left(opens, until_ms))

    def sample(self, from_ms: int, until_ms: int, stride: int) -> Sample:
        """Return every *stride*-th row that opened in [*from_ms*, *until_ms*)."""
        rows = self.rows(from_ms, until_ms)
        kept = slice(rows.start, rows.stop, stride)
        return Sample(self.table[kept], self.labels[kept])


class WalkForwardVoter:
    """Gives the out-of-sample votes of one voter for the history they were made from."""

    def __init__(
        self,
        name: str,
        version: str,
        market: Mapping[str, BarColumns],
        votes: Mapping[str, VoteColumns],
    ) -> None:
        self._name = name
        self._version = version
        self._market = market
        self._votes = votes

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return self._name

    @property
    def version(self) -> str:
        """Return the digest of all artefacts that voted."""
        return self._version

    @property
    def fallback(self) -> bool:
        """Tell that this is a model."""
        return False

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Return the votes. Raises `BadInput` for a history other than the one walked."""
        for symbol, bars in market.items():
            if symbol not in self._market or _extent(bars) != _extent(self._market[symbol]):
                raise BadInput(f"{self._name}: {symbol} is not the history walked; walk it anew")
        return {symbol: self._votes[symbol] for symbol in market}


class WalkForward(NamedTuple):
    """The voters, and every fit behind them."""

    voters: tuple[WalkForwardVoter, ...]
    fits: tuple[FitWindow, ...]


def walk_forward(
    market: Mapping[str, BarColumns],
    features: FeatureSource,
    trainers: Sequence[Trainer],
    plan: WalkForwardPlan,
    progress: Progress = silent,
) -> WalkForward:
    """Return, for each trainer, a voter none of whose votes knew anything of its own future."""
    progress("features", 0, 1)
    histories = study(market, features, plan)
    cuts = cut_times(histories, plan)
    total = len(cuts) * len(trainers)
    votes = {trainer.name: _blank(trainer, market) for trainer in trainers}
    digests = {trainer.name: hashlib.sha256() for trainer in trainers}
    fits: list[FitWindow] = []
    for span in pairwise([*cuts, closing_ms(histories)]):
        for trainer in trainers:
            progress(trainer.name, len(fits), total)
            fit, content = _fit_and_vote(trainer, histories, plan, span, votes[trainer.name])
            fits.append(fit)
            digests[trainer.name].update(content)
    progress("learnt", total, total)
    voters = tuple(
        WalkForwardVoter(
            trainer.name, digests[trainer.name].hexdigest()[:16], market, votes[trainer.name]
        )
        for trainer in trainers
    )
    return WalkForward(voters, tuple(fits))


def study(
    market: Mapping[str, BarColumns], features: FeatureSource, plan: WalkForwardPlan
) -> tuple[Studied, ...]:
    """Return the features and outcomes of all symbols that have bars."""
    tables = features.tables(market)
    return tuple(
        Studied(bars, tables[symbol], features.labels(bars, plan.horizon, plan.barrier_atr))
        for symbol, bars in market.items()
        if len(bars.open_time)
    )


def cut_times(histories: Sequence[Studied], plan: WalkForwardPlan) -> list[int]:
    """Return the times (UTC ms) at which to fit."""
    if not histories:
        return []
    interval_ms = histories[0].bars.interval_ms
    begin = min(int(history.bars.open_time[0]) for history in histories)
    first = begin + plan.train_bars_min * interval_ms
    return list(range(first, closing_ms(histories), plan.refit_bars * interval_ms))


def training_set(
    histories: Sequence[Studied], plan: WalkForwardPlan, at_ms: int
) -> tuple[TrainingSet, int]:
    """Return what may be learnt from at *at_ms*, and the opening time of its first bar."""
    interval_ms = histories[0].bars.interval_ms
    begin = min(int(history.bars.open_time[0]) for history in histories)
    if plan.train_bars_max is not None:
        begin = max(begin, at_ms - plan.train_bars_max * interval_ms)
    # Of the bar that opened before this, the last bar of its outcome had closed by `at_ms`.
    known_until = at_ms - (plan.horizon + 1) * interval_ms + 1
    tail_bars = int((known_until - begin) // interval_ms * plan.tail_share)
    tail_from = known_until - tail_bars * interval_ms
    fit_until = tail_from - (plan.horizon + plan.embargo) * interval_ms
    fit = tuple(one.sample(begin, fit_until, plan.stride) for one in histories)
    tail = tuple(one.sample(tail_from, known_until, plan.stride) for one in histories)
    # Neighbours in time share most of an outcome, and so do symbols at one time.
    return TrainingSet(fit, tail, plan.horizon / plan.stride * len(histories)), begin


def _fit_and_vote(
    trainer: Trainer,
    histories: Sequence[Studied],
    plan: WalkForwardPlan,
    span: tuple[int, int],
    votes: Mapping[str, Any],
) -> tuple[FitWindow, bytes]:
    """Fit at the beginning of *span* and write the votes of the bars that it applies to."""
    at_ms = span[0]
    from_ms, until_ms = (ms + plan.embargo * histories[0].bars.interval_ms for ms in span)
    training, begin = training_set(histories, plan, at_ms)
    fitted = trainer.fit(training)
    classifier = trainer.load(fitted.content, fitted.calibration)
    for history in histories:
        rows, written = history.rows(from_ms, until_ms), votes[history.bars.symbol]
        said = classifier.vote(history.table[rows])
        written.action[rows] = said.action
        written.confidence[rows] = said.confidence
    window = FitWindow(
        voter=trainer.name,
        trained_from_ms=begin,
        trained_until_ms=at_ms,
        applies_from_ms=from_ms,
        applies_until_ms=until_ms,
        rows=sum(len(sample.labels) for sample in training.fit),
        metrics=fitted.metrics,
        degenerate=fitted.degenerate,
    )
    return window, fitted.content


def _blank(trainer: Trainer, market: Mapping[str, BarColumns]) -> dict[str, VoteColumns]:
    return {symbol: trainer.abstain(len(bars.open_time)) for symbol, bars in market.items()}


def closing_ms(histories: Sequence[Studied]) -> int:
    """Return the time at which the last bar closes."""
    if not histories:
        return 0
    return max(int(one.bars.open_time[-1]) + one.bars.interval_ms for one in histories)


def _extent(bars: BarColumns) -> tuple[int, int, int]:
    opens = bars.open_time
    return (len(opens), int(opens[0]), int(opens[-1])) if len(opens) else (0, 0, 0)
