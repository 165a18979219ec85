"""The Prometheus text format, version 0.0.4.

`trades.executed` becomes `quantum_trader_trades_executed_total`: a counter ends in `_total`, every
character that a name may not hold becomes `_`. Series of one metric stand together, sorted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import inf, isnan
from typing import Final

NAMESPACE: Final = "quantum_trader"
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_]")
Series = tuple[tuple[str, str], ...]


class Kind(StrEnum):
    """What a metric is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Distribution:
    """How many values fell at or below each of `bounds`, above the one before; their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0


@dataclass(slots=True)
class Metric:
    """One metric and its series: `numbers` of a counter or gauge, else `distributions`."""

    name: str
    kind: Kind
    numbers: dict[Series, list[float]] = field(default_factory=dict)
    distributions: dict[Series, Distribution] = field(default_factory=dict)


def exposition(metrics: Iterable[Metric]) -> str:
    """Return *metrics* as text. It ends in a newline unless it is empty."""
    lines = [line for metric in sorted(metrics, key=_name) for line in _lines(metric)]
    return "\n".join(lines) + "\n" if lines else ""


def _lines(metric: Metric) -> Iterator[str]:
    name = _name(metric)
    yield f"# HELP {name} {_help(metric.name)}"
    yield f"# TYPE {name} {metric.kind.value}"
    for series, cell in sorted(metric.numbers.items()):
        yield f"{name}{_labels(series)} {_number(cell[0])}"
    for series, distribution in sorted(metric.distributions.items()):
        counts = list(accumulate(distribution.counts))
        for bound, count in zip((*distribution.bounds, inf), counts, strict=True):
            yield f"{name}_bucket{_labels((*series, ('le', _number(bound))))} {count}"
        yield f"{name}_sum{_labels(series)} {_number(distribution.total)}"
        yield f"{name}_count{_labels(series)} {counts[-1]}"


def _name(metric: Metric) -> str:
    name = f"{NAMESPACE}_{_NOT_IN_NAMES.sub('_', metric.name)}"
    return f"{name}_total" if metric.kind is Kind.COUNTER else name


def _help(name: str) -> str:
    return name.replace("\\", "\\\\").replace("\n", "\\n")


def _labels(series: Series) -> str:
    if not series:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in series) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if isnan(value):
        return "NaN"
    if value in (inf, -inf):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value)) if value != int(value) else str(int(value))
