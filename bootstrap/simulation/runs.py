"""Schedules by their seeds: one, or many, by as many workers as there are.

What a seed comes to is its own: it does not depend on the workers, nor on the seeds beside it.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final, NamedTuple

from bootstrap.simulation.catalogue import SWARM
from bootstrap.simulation.goals import BATCH_MIN, missed
from bootstrap.simulation.world import Outcome, World

_SHARE: Final = 25
_COLLECT_AFTER: Final = (50_000, 20, 50)

Progress = Callable[[int], None]


class BatchResult(NamedTuple):
    """What seeds `first` to `last` came to.

    `broken` are the schedules in which an invariant broke, by seed; `missed` are the goals that
    none of them hit, empty for a batch too small to be judged. `digest` is of all their traces.
    """

    first: int
    last: int
    scenario: str
    schedules: int
    broken: tuple[Outcome, ...]
    goals: Counter[str]
    missed: tuple[str, ...]
    virtual_s: float

    @property
    def ok(self) -> bool:
        """Tell whether nothing broke and nothing was missed."""
        return not self.broken and not self.missed


def run_seed(seed: int, scenario: str = SWARM, *, keep_trace: bool = False) -> Outcome:
    """Play the schedule of *seed*. Raises `BadInput` for a scenario that there is not."""
    return World(seed, scenario, keep_trace=keep_trace).run()


def run_seeds(
    first: int,
    last: int,
    scenario: str = SWARM,
    *,
    workers: int = 1,
    progress: Progress = lambda _: None,
    until_broken: bool = False,
) -> BatchResult:
    """Play the schedules of seeds *first* to *last*, both included.

    *progress* is told how many are done. *until_broken* ends at the first that breaks.
    """
    broken: list[Outcome] = []
    goals: Counter[str] = Counter()
    done, virtual_s = 0, 0.0
    for outcome in _outcomes(first, last, scenario, workers):
        done += 1
        virtual_s += outcome.virtual_s
        goals.update(outcome.goals)
        if outcome.broken is not None:
            broken.append(outcome)
        progress(done)
        if until_broken and broken:
            break
    judged = scenario == SWARM and done >= BATCH_MIN
    broken.sort(key=lambda one: one.seed)
    return BatchResult(
        first,
        last,
        scenario,
        done,
        tuple(broken),
        goals,
        missed(goals) if judged else (),
        virtual_s,
    )


def _outcomes(first: int, last: int, scenario: str, workers: int) -> Iterator[Outcome]:
    if workers <= 1:
        _collect_rarely()
        for seed in range(first, last + 1):
            yield _light(run_seed(seed, scenario))
        return
    with ProcessPoolExecutor(workers, initializer=_collect_rarely) as pool:
        shares = [
            pool.submit(_share, start, min(start + _SHARE - 1, last), scenario)
            for start in range(first, last + 1, _SHARE)
        ]
        try:
            for share in as_completed(shares):
                yield from share.result()
        finally:
            for share in shares:
                share.cancel()


def _share(first: int, last: int, scenario: str) -> list[Outcome]:
    return [_light(run_seed(seed, scenario)) for seed in range(first, last + 1)]


def _light(outcome: Outcome) -> Outcome:
    """Return *outcome* without its trace where nothing broke."""
    return outcome if outcome.broken is not None else outcome._replace(trace=())


def _collect_rarely() -> None:
    """Let the cyclic collector look rarely: a schedule makes millions of short-lived tuples."""
    gc.set_threshold(*_COLLECT_AFTER)
