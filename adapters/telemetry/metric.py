"""One metric and its series, as they are held in memory."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

Series = tuple[tuple[str, str], ...]
RECENT_MAX: Final = 512


class Kind(StrEnum):
    """What a metric is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"


class Exemplar(NamedTuple):
    """One value that was counted, and the trace of the decision that it came from."""

    trace: str
    value: float


class Number:
    """What a counter or a gauge stands at, and the last trace that it was raised for."""

    __slots__ = ("exemplar", "value")

    def __init__(self) -> None:
        self.value = 0.0
        self.exemplar: Exemplar | None = None


class Distribution:
    """How many values fell at or below each of `bounds`, above the one before; their sum."""

    __slots__ = ("bounds", "counts", "exemplars", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0
        self.exemplars: dict[int, Exemplar] = {}


class Spread:
    """How many values there were, their sum, and the last of them, from which quantiles are."""

    __slots__ = ("count", "recent", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.recent: deque[float] = deque(maxlen=RECENT_MAX)

    def quantile(self, share: float) -> float:
        """Return the nearest-rank quantile at *share* of the last values; NaN of none."""
        ranked = sorted(self.recent)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


@dataclass(slots=True)
class Metric:
    """One metric: `numbers` of a counter or gauge, else `distributions` or `spreads`."""

    name: str
    kind: Kind
    numbers: dict[Series, Number] = field(default_factory=dict)
    distributions: dict[Series, Distribution] = field(default_factory=dict)
    spreads: dict[Series, Spread] = field(default_factory=dict)
