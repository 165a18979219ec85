"""The event engine of the textbooks, in plain Python: what the same rules cost without a design.

A frozen object a bar, a queue of events, handlers looked up by type, windows summed anew. No risk,
no record, no audit. It is measured beside ours so that a ratio means something on any machine.
"""

import json
import sys
import time
from collections import deque
from dataclasses import dataclass

from benchmarks.reference import Account
from benchmarks.workloads import DENSE, INTERVAL_MS, START_MS, SYMBOL, Workload, workloads


@dataclass(frozen=True)
class _Bar:
    at_ms: int
    open: float
    high: float
    low: float
    close: float


class _Engine:
    """Market and strategy, each handed every bar."""

    def __init__(self) -> None:
        self.account = Account((SYMBOL,))
        self._window: deque[float] = deque(maxlen=DENSE[1])
        self._above: bool | None = None

    def run(self, workload: Workload) -> int:
        """Play all bars; return how many trades were closed."""
        handlers = {_Bar: [self._on_bar]}
        queue: deque[_Bar] = deque()
        rows = zip(*workload.bars[SYMBOL][:4].tolist(), strict=True)
        for row, (opened, high, low, close) in enumerate(rows):
            queue.append(_Bar(START_MS + row * INTERVAL_MS, opened, high, low, close))
            while queue:
                event = queue.popleft()
                for handle in handlers[type(event)]:
                    handle(event)
        return len(self.account.trades)

    def _on_bar(self, bar: _Bar) -> None:
        way = self._signal(bar.close)
        self.account.bar(SYMBOL, bar.at_ms, bar.open, bar.high, bar.low, bar.close, way)

    def _signal(self, close: float) -> int:
        window = self._window
        window.append(close)
        if len(window) < DENSE[1]:
            return 0
        prices = list(window)
        above = sum(prices[-DENSE[0] :]) / DENSE[0] - sum(prices) / DENSE[1] > 0.0
        was, self._above = self._above, above
        return 0 if was is None or was == above else 1 if above else -1


def main(*, quick: bool) -> None:
    """Print bars, trades and CPU seconds as one JSON object."""
    workload = workloads(quick=quick)[0]
    began = time.process_time()
    trades = _Engine().run(workload)
    took = time.process_time() - began
    json.dump({"bars": workload.size, "trades": trades, "cpu_s": took}, sys.stdout)


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
