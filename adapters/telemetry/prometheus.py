"""The Prometheus text format, version 0.0.4, and OpenMetrics 1.0, which can carry exemplars.

`trades.executed` becomes `quantum_trader_trades_executed_total`: a counter ends in `_total`, a unit
ends the name before that, every character that a name may not hold becomes `_`. Series of one
metric stand together, sorted.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf, isnan
from typing import Final

from adapters.telemetry.catalogue import about
from adapters.telemetry.metric import Distribution, Exemplar, Kind, Metric, Series, Spread

NAMESPACE: Final = "quantum_trader"
PLAIN: Final = "text/plain; version=0.0.4; charset=utf-8"
OPEN: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_]")
_QUANTILES: Final = (0.5, 0.9, 0.99)
# Labels and values of an exemplar may be 128 characters together; this leaves room for the name.
_TRACE_LENGTH_MAX: Final = 100


def accepts_open(accept: str) -> bool:
    """Tell whether who sends the header *accept* reads OpenMetrics."""
    return any(
        one.partition(";")[0].strip() == "application/openmetrics-text" for one in accept.split(",")
    )


def exposition(metrics: Iterable[Metric], *, is_open: bool = False) -> str:
    """Return *metrics* as text. The plain one ends in a newline unless it is empty."""
    write = _Writer(is_open=is_open)
    lines = [line for one in sorted(metrics, key=family_of) for line in write.lines(one)]
    if is_open:
        lines.append("# EOF")
    return "\n".join(lines) + "\n" if lines else ""


def family_of(metric: Metric) -> str:
    """Return the exposed name of *metric*, without what its samples add to it."""
    name = _NOT_IN_NAMES.sub("_", metric.name)
    unit = about(metric.name).unit
    if unit and not name.endswith(f"_{unit}") and name != unit:
        name = f"{name}_{unit}"
    return f"{NAMESPACE}_{name}"


class _Writer:
    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open

    def lines(self, metric: Metric) -> Iterator[str]:
        family, is_counter = family_of(metric), metric.kind is Kind.COUNTER
        sample = f"{family}_total" if is_counter else family
        head = family if self._is_open else sample
        yield f"# HELP {head} {_help(about(metric.name).help or metric.name)}"
        yield f"# TYPE {head} {metric.kind.value}"
        for series, cell in sorted(metric.numbers.items()):
            known = self._exemplar(cell.exemplar)
            yield f"{sample}{_labels(series)} {_number(cell.value)}{known}"
        for series, distribution in sorted(metric.distributions.items()):
            yield from self._distribution(family, series, distribution)
        for series, spread in sorted(metric.spreads.items()):
            yield from _spread(family, series, spread)

    def _distribution(self, family: str, series: Series, one: Distribution) -> Iterator[str]:
        counts = list(accumulate(one.counts))
        for at, (bound, count) in enumerate(zip((*one.bounds, inf), counts, strict=True)):
            limit = repr(bound) if self._is_open and bound != inf else _number(bound)
            labels = _labels((*series, ("le", limit)))
            yield f"{family}_bucket{labels} {count}{self._exemplar(one.exemplars.get(at))}"
        yield f"{family}_sum{_labels(series)} {_number(one.total)}"
        yield f"{family}_count{_labels(series)} {counts[-1]}"

    def _exemplar(self, known: Exemplar | None) -> str:
        if known is None or not self._is_open:
            return ""
        labels = _labels((("trace_id", known.trace[:_TRACE_LENGTH_MAX]),))
        return f" # {labels} {_number(known.value)}"


def _spread(family: str, series: Series, spread: Spread) -> Iterator[str]:
    for share in _QUANTILES:
        value = _number(spread.quantile(share))
        yield f"{family}{_labels((*series, ('quantile', repr(share))))} {value}"
    yield f"{family}_sum{_labels(series)} {_number(spread.total)}"
    yield f"{family}_count{_labels(series)} {spread.count}"


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


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
