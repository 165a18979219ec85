"""A workshop that does at once, or never, what it is asked for."""

from collections.abc import Sequence

from application.ports.model_registry import ModelStandings, StandingChange
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

HORIZON = 12


class FakeWorkshop:
    """Holds pairs by model id. `down` names what fails."""

    def __init__(self, pairs: dict[str, Pairs], active: dict[str, str]) -> None:
        self.pairs = pairs
        self.active = dict(active)
        self.before: dict[str, str] = {}
        self.approved: tuple[str, ...] = ()
        self.changes: tuple[StandingChange, ...] = ()
        self.down: set[str] = set()
        self.asked: list[str] = []
        self.trained_ms = 0
        self.refused: list[str] = []
        self.drifts: list[Drifted] = []
        self._done: list[Finished] = []

    def train(self, name: str, until_ms: int) -> None:
        """Make the next model."""
        self.asked.append("train")
        self.trained_ms = until_ms
        if "hang" in self.down:
            return
        problem = "killed" if "train" in self.down else None
        walked = (0.1, 0.2, 0.15, 0.05, 0.12, 0.2)
        self._done.append(Trained(name, f"{name}-new", () if problem else walked, problem))

    def prepare(self, name: str, model_id: str, against: str) -> None:
        """Hand out the pairs."""
        self.asked.append("prepare")
        problem = "corrupt" if "prepare" in self.down else None
        pairs = self.pairs.get(model_id, Pairs([], [], [], [], [], []))
        self._done.append(Ready(name, model_id, against, {}, pairs, 0, HORIZON, problem))

    def swap(self, name: str, model_id: str | None, actor: str, reason: str) -> None:
        """Swap at once."""
        self.asked.append("swap")
        if "swap" in self.down:
            self._done.append(Swapped(name, None, "out of memory"))
            return
        old, new = self.active[name], model_id or self.before[name]
        action = "promote" if model_id else "rollback"
        self.active[name], self.before[name] = new, old
        change = StandingChange(0, action, name, old, new, actor, reason)
        self._done.append(Swapped(name, change))

    def finished(self) -> Sequence[Finished]:
        """Return what was done."""
        done, self._done = [*self._done, *self.drifts], []
        self.drifts = []
        return done

    def standings(self) -> ModelStandings | None:
        """Return who votes."""
        return ModelStandings(
            active=dict(self.active), approved=self.approved, changes=self.changes
        )

    def refuse(self, model_id: str) -> None:
        """Note it."""
        self.refused.append(model_id)

    def survey(self, name: str, model_id: str, at_ms: int) -> None:
        """Find nothing."""


_: tuple[type[Workshop], type[Watchpost]] = (FakeWorkshop, FakeWorkshop)
