"""Alerts by webhook, off the trading path: a bounded queue, and a thread that empties it.

Rule 1: to notify is to put into the queue; it neither waits nor raises. A full queue drops what is
least severe, the oldest of it first, and counts it.
Rule 2: what could not be delivered is told in the log, without the URL, and goes nowhere else.
"""

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from loguru import logger

from adapters.notifier.webhook.delivery import Delivery, Result, Route
from adapters.notifier.webhook.throttle import Throttle
from application.ports.notifier import Notifier
from domain.decision.messages import Page, Severity

QUEUE_MAX: Final = 256
CLOSE_S: Final = 5.0
_LADDER: Final = tuple(Severity)


class WebhookNotifier:
    """Satisfies `Notifier`. The thread begins with the first alert."""

    def __init__(
        self,
        routes: Sequence[Route],
        delivery: Callable[[], Delivery],
        *,
        dedup_s: float = 300.0,
        per_minute: int = 20,
        queue_max: int = QUEUE_MAX,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send to *routes* by what *delivery* makes."""
        self._routes = tuple(routes)
        self._delivery = delivery
        self._throttle = Throttle(dedup_s, per_minute, steady_s)
        self._queue_max = queue_max
        self._waiting: deque[tuple[Page, Route]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._over = self._busy = False
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many letters were delivered, failed and dropped, and how many alerts held back."""
        with self._changed:
            return {**self._counts, "held_back": self._throttle.held_back}

    def notify(self, page: Page) -> None:
        """Let *page* go out, some time soon."""
        routes = [route for route in self._routes if route.takes(page)]
        if not routes:
            return
        with self._changed:
            told = self._throttle.let(page)
            if told is None or self._over:
                return
            for route in routes:
                self._put(told, route)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _put(self, page: Page, route: Route) -> None:
        if len(self._waiting) >= self._queue_max:
            least = min(self._waiting, key=lambda one: _LADDER.index(one[0].severity))
            self._counts["dropped"] += 1
            if _LADDER.index(least[0].severity) > _LADDER.index(page.severity):
                return
            self._waiting.remove(least)
        self._waiting.append((page, route))

    def close(self, within_s: float = CLOSE_S) -> None:
        """Deliver what still waits, within bounds, and take no more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not (self._waiting or self._busy), within_s)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with self._delivery() as delivery:
            while (one := await asyncio.to_thread(self._next)) is not None:
                page, route = one
                result = await delivery.send(page, route)
                self._note(route, result)

    def _next(self) -> tuple[Page, Route] | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: bool(self._waiting) or self._over)
            if not self._waiting:
                return None
            self._busy = True
            return self._waiting.popleft()

    def _note(self, route: Route, result: Result) -> None:
        with self._changed:
            self._counts["delivered" if result.delivered else "failed"] += 1
        if not result.delivered:
            logger.warning(
                "an alert was not delivered to {} after {} tries: {}",
                route, result.tries, result.problem,
            )  # fmt: skip


_: type[Notifier] = WebhookNotifier
