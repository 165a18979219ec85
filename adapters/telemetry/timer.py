"""A timer: how long something took, as a distribution of seconds.

`MetricsTimer("execution.order_place")` is a context, plain or asynchronous, and a decorator of
functions of both kinds. It measures what fails, too. One timer may be used by many at once.
"""

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from application.ports.telemetry import NO_LABELS, Telemetry

_IN_FORCE: Final[ContextVar[Telemetry | None]] = ContextVar("telemetry in force", default=None)
Timed = TypeVar("Timed", bound=Callable[..., Any])


@contextmanager
def timing_into(telemetry: Telemetry) -> Iterator[None]:
    """Let timers within that name no telemetry record to *telemetry*."""
    before = _IN_FORCE.set(telemetry)
    try:
        yield
    finally:
        _IN_FORCE.reset(before)


class MetricsTimer:
    """Measures from entering to leaving; where no telemetry is in force it measures nothing."""

    def __init__(
        self,
        name: str,
        telemetry: Telemetry | None = None,
        labels: Mapping[str, str] = NO_LABELS,
        steady_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Record under *name* to *telemetry*, or to what is in force when it is left."""
        self._name = name
        self._telemetry = telemetry
        self._labels = labels
        self._steady_s = steady_s
        self._began: ContextVar[tuple[float, ...]] = ContextVar("began", default=())

    def __enter__(self) -> Self:
        """Begin to measure."""
        self._began.set((*self._began.get(), self._steady_s()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record what was measured."""
        *outer, began = self._began.get()
        self._began.set(tuple(outer))
        self._record(self._steady_s() - began)

    async def __aenter__(self) -> Self:
        """Begin to measure."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record what was measured."""
        self.__exit__(kind, error, trace)

    def __call__(self, function: Timed) -> Timed:
        """Return *function*, measured at every call."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as wrapped
                async with self:
                    return await function(*args, **named)

            return cast("Timed", awaited)

        @functools.wraps(function)
        def called(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as wrapped
            with self:
                return function(*args, **named)

        return cast("Timed", called)

    def _record(self, took_s: float) -> None:
        telemetry = self._telemetry if self._telemetry is not None else _IN_FORCE.get()
        if telemetry is not None:
            telemetry.record_histogram(self._name, took_s, self._labels)
