"""Two models on the same ticks: what each would have earned, pair by pair.

Rule 1: a pair is heard when its outcome is known, in the order of the bars it was made on.
Rule 2: neighbours share most of an outcome, and so do symbols at one time. So the pairs of a block
        of bars make one observation, their mean difference, and between blocks lies a gap as long
        as an outcome: what is heard of one block says nothing of the next but by the models' merit.
Rule 3: what lies in a gap counts for calibration, drawdown and number, never as evidence.

A net result is in units of the barrier, after costs: about +1 for a target reached, -1 for a stop.
"""

from collections.abc import Iterable
from typing import NamedTuple

from domain.ai.sequential import Evidence


class Blocks(NamedTuple):
    """How pairs become observations. In bars; `clip` in net results: a block is worth no more."""

    bars: int
    gap: int
    clip: float


class Scored(NamedTuple):
    """What one vote came to: its net result (0 for a vote to stay out), its Brier score."""

    net: float
    brier: float


class Curve(NamedTuple):
    """A sum of net results, its highest value, and the deepest fall below it."""

    level: float = 0.0
    peak: float = 0.0
    fall: float = 0.0

    def after(self, net: float) -> "Curve":
        """Return the curve after one more result."""
        level = self.level + net
        peak = max(self.peak, level)
        return Curve(level, peak, max(self.fall, peak - level))


class Side(NamedTuple):
    """One model's account of the contest."""

    curve: Curve = Curve()
    brier: float = 0.0
    hits: int = 0
    calls: int = 0

    def after(self, scored: Scored) -> "Side":
        """Return the account after one more vote."""
        called = scored.net != 0.0
        return Side(
            self.curve.after(scored.net),
            self.brier + scored.brier,
            self.hits + (scored.net > 0.0),
            self.calls + called,
        )


class Contest(NamedTuple):
    """A challenger (`new`) against a champion (`old`).

    `better` is the evidence that the new one earns more, `worse` that it earns less. `begins` is
    the first bar of the block in progress, which holds `pairs` whose differences sum to `surplus`.
    """

    predictions: int = 0
    new: Side = Side()
    old: Side = Side()
    better: Evidence = Evidence()
    worse: Evidence = Evidence()
    begins: int | None = None
    pairs: int = 0
    surplus: float = 0.0

    def heard(self, blocks: Blocks, bar: int, new: Scored, old: Scored) -> "Contest":
        """Return the contest after the pair of votes made on number *bar*, outcomes known."""
        begins, state = self.begins, self
        if begins is None:
            begins = bar
        elif bar >= begins + blocks.bars + blocks.gap:
            state = self._closed(blocks)
            period = blocks.bars + blocks.gap
            begins += (bar - begins) // period * period
        inside = bar < begins + blocks.bars
        return state._replace(
            predictions=state.predictions + 1,
            new=state.new.after(new),
            old=state.old.after(old),
            begins=begins,
            pairs=state.pairs + inside,
            surplus=state.surplus + (new.net - old.net) * inside,
        )

    def _closed(self, blocks: Blocks) -> "Contest":
        """Return the contest with the block in progress turned into an observation."""
        if not self.pairs:
            return self
        share = self.surplus / self.pairs / blocks.clip
        return self._replace(
            better=self.better.heard(share), worse=self.worse.heard(-share), pairs=0, surplus=0.0
        )

    @property
    def mean_surplus(self) -> float:
        """By how much the new one earned more, a prediction."""
        earned = self.new.curve.level - self.old.curve.level
        return earned / self.predictions if self.predictions else 0.0


def block_means(blocks: Blocks, surpluses: Iterable[tuple[int, float]]) -> tuple[float, ...]:
    """Return the mean surplus of each whole block of (bar, surplus), by the rules above."""
    means: list[float] = []
    begins: int | None = None
    inside: list[float] = []
    period = blocks.bars + blocks.gap
    for bar, surplus in surpluses:
        begins = bar if begins is None else begins
        if bar >= begins + period:
            means += [sum(inside) / len(inside)] if inside else []
            begins, inside = begins + (bar - begins) // period * period, []
        if bar < begins + blocks.bars:
            inside.append(surplus)
    return tuple(means)
