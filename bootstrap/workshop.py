"""The workshop of a run: two threads beside the loop, one that trains and one for all else.

Training happens in a process of its own, which is killed when it takes too long; loading begins in
a confined process. The threads are nice, too: what they compute is arrays, and waits for no loop.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from adapters.models.registry import FileModelRegistry
from adapters.models.scoring import pairs_of
from application.errors import ApplicationError
from application.learning import WalkForwardPlan, study
from application.ports.features import FeatureSource
from application.ports.model_registry import ModelStandings
from application.ports.predictor import VoteColumns
from application.ports.trainer import Trainer
from application.ports.workshop import (
    Drifted,
    Finished,
    Pairs,
    Ready,
    Swapped,
    Trained,
    Watchpost,
    Workshop,
)
from application.training import SharedTables, load_voter
from bootstrap.drift_survey import DriftSurvey
from domain.ai.continuous_learning import Step
from domain.market.bars import BarColumns

_HOME: Final = Path(__file__).parents[1]
_NO_PAIRS: Final = Pairs([], [], [], [], [], [])
COMMAND: Final = (sys.executable, "-m", "bootstrap.challenger")


class RunWorkshop:
    """Satisfies `Workshop` and `Watchpost`."""

    def __init__(
        self,
        registry: FileModelRegistry,
        folder: Path,
        trainers: Sequence[Trainer],
        features: FeatureSource,
        market: Mapping[str, BarColumns],
        request: Mapping[str, Any],
        log: Path,
        *,
        hours_max: float,
        survey: DriftSurvey,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Train by *command*, told *request* and the name; note its progress in *log*."""
        self._registry = registry
        self._standing_file = folder / "standing.signed"
        self._trainers = {one.name: one for one in trainers}
        self._features = SharedTables(features)
        self._market = market
        self._request = dict(request)
        self._log = log
        self._hours_max = hours_max
        self._survey = survey
        self._command = tuple(command)
        self._seen: tuple[int, int] | None = None
        self._done: deque[Finished] = deque()
        self._jobs: tuple[queue.Queue[Callable[[], Finished | None]], ...] = (
            queue.Queue(), queue.Queue(),
        )  # fmt: skip
        self._votes: dict[str, Mapping[str, VoteColumns]] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        for number, jobs in enumerate(self._jobs):
            name = ("training", "workshop")[number]
            threading.Thread(target=self._work, args=(jobs,), name=name, daemon=True).start()

    def _work(self, jobs: "queue.Queue[Callable[[], Finished | None]]") -> None:
        with suppress(OSError, AttributeError):  # only where threads have a niceness of their own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), int(self._request["nice"]))
        while True:
            done = jobs.get()()
            if done is not None:
                self._done.append(done)

    def train(self, name: str, until_ms: int) -> None:
        """Train a successor of the voter *name*."""
        self._jobs[0].put(lambda: self._train(name, until_ms))

    def prepare(self, name: str, model_id: str, against: str) -> None:
        """Make *model_id* ready."""
        self._jobs[1].put(lambda: self._prepare(name, model_id, against))

    def swap(self, name: str, model_id: str | None, actor: str, reason: str) -> None:
        """Let *model_id* vote, or with None the one before."""
        self._jobs[1].put(lambda: self._swap(name, model_id, actor, reason))

    def survey(self, name: str, model_id: str, at_ms: int) -> None:
        """Look for drift."""
        self._jobs[1].put(lambda: self._drift(name, model_id, at_ms))

    def finished(self) -> Sequence[Finished]:
        """Return what came to an end since the last call."""
        found: list[Finished] = []
        while self._done:
            found.append(self._done.popleft())
        return found

    def standings(self) -> ModelStandings | None:
        """Return who votes if that may have changed since the last call."""
        try:
            now = self._standing_file.stat()
            seen = (now.st_mtime_ns, now.st_ino)
            if seen == self._seen:
                return None
            self._seen = seen
            return self._registry.standings()
        except (OSError, ApplicationError):
            return None  # what votes goes on voting; `models verify` says what is wrong

    def refuse(self, model_id: str) -> None:
        """Note that *model_id* had its chance."""

        def note() -> None:
            with suppress(ApplicationError):
                self._registry.stage(model_id, Step.REFUSED)

        self._jobs[1].put(note)

    def votes_of(self, name: str, model_id: str) -> Mapping[str, VoteColumns]:
        """Return the votes of *model_id* on the run's market; at once if it was prepared."""
        if model_id not in self._votes:
            voter = load_voter(self._registry, self._trainers[name], self._features, model_id)
            self._votes[model_id] = voter.predict(self._market)
        return self._votes[model_id]

    def close(self) -> None:
        """End what trains; nothing waits for it."""
        self._closed = True
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()

    def _train(self, name: str, until_ms: int) -> Trained:
        champion = ""
        with suppress(ApplicationError):
            champion = self._registry.active().get(name, "")
        request = {**self._request, "name": name, "until_ms": until_ms, "champion": champion}
        try:
            answer = self._answer(json.dumps(request).encode())
        except (OSError, ValueError) as error:
            answer = {"problem": f"training: {error}"}
        problem = answer.get("problem")
        if problem is not None:
            return Trained(name, "", (), str(problem))
        return Trained(name, str(answer["model_id"]), tuple(answer["walked"]))

    def _answer(self, request: bytes) -> dict[str, Any]:
        """Return the last line that the process of a training said. Raises `ValueError`."""
        with self._log.open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(_HOME)},
            )  # fmt: skip
            self._child = child
            if self._closed:
                child.kill()
            try:
                child.communicate(request, timeout=self._hours_max * 3_600)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                raise ValueError(f"took longer than {self._hours_max:g} hours; killed") from None
        lines = self._log.read_bytes().strip().splitlines()
        answer = json.loads(lines[-1]) if lines else None
        if child.returncode or not isinstance(answer, dict) or "progress" in answer:
            raise ValueError(f"its process ended with {child.returncode}, see {self._log}")
        return answer

    def _prepare(self, name: str, model_id: str, against: str) -> Ready:
        try:
            manifest = self._registry.manifest(model_id).manifest
            new, old = self.votes_of(name, model_id), self.votes_of(name, against)
            plan = WalkForwardPlan(horizon=manifest.horizon, barrier_atr=manifest.barrier_atr)
            labels = {
                one.bars.symbol: one.labels for one in study(self._market, self._features, plan)
            }
            pairs = pairs_of(self._market, labels, new, old, manifest.horizon)
        except (ApplicationError, ArithmeticError, ValueError, MemoryError) as error:
            return Ready(name, model_id, against, {}, _NO_PAIRS, 0, 0, str(error) or "no memory")
        return Ready(
            name, model_id, against, new, pairs, manifest.trained_until_ms, manifest.horizon
        )

    def _swap(self, name: str, model_id: str | None, actor: str, reason: str) -> Swapped:
        try:
            if model_id is None:
                change = self._registry.rollback(name, actor, reason)
            else:
                change = self._registry.promote(model_id, actor, reason)
            self.votes_of(name, change.new)
        except ApplicationError as error:
            return Swapped(name, None, str(error))
        return Swapped(name, change)

    def _drift(self, name: str, model_id: str, at_ms: int) -> Drifted | None:
        try:
            manifest = self._registry.manifest(model_id).manifest
            found = self._survey(self._market, self._features, manifest, at_ms)
        except (ApplicationError, ValueError):
            return None
        return None if found is None else Drifted(name, model_id, *found)


_: tuple[type[Workshop], type[Watchpost]] = (RunWorkshop, RunWorkshop)
