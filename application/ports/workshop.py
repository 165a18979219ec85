"""Where models are trained and made ready, beside the loop that trades. Nothing here waits."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from application.ports.model_registry import ModelStandings, StandingChange
from application.ports.predictor import VoteColumns


class Pairs(NamedTuple):
    """What two models on the same ticks came to, a row each, sorted by bar.

    `bar` numbers the bars of an interval since 1970. `known_ms` is when the outcome was known.
    Results are net, in units of the barrier; scores are Brier's.
    """

    bar: Sequence[int]
    known_ms: Sequence[int]
    new_net: Sequence[float]
    new_brier: Sequence[float]
    old_net: Sequence[float]
    old_brier: Sequence[float]


class Trained(NamedTuple):
    """What a training came to: a model that waits, or a problem.

    `walked` are mean differences to the champion, walk-forward and net of costs, a block each.
    """

    name: str
    model_id: str
    walked: tuple[float, ...]
    problem: str | None = None


class Ready(NamedTuple):
    """A model that was verified, proved and has voted on the run's market, or a problem.

    `pairs` hold it (new) against the model `against` (old).
    """

    name: str
    model_id: str
    against: str
    votes: Mapping[str, VoteColumns]
    pairs: Pairs
    trained_until_ms: int
    horizon: int
    problem: str | None = None


class Swapped(NamedTuple):
    """What became of a promotion or a roll-back that was asked for."""

    name: str
    change: StandingChange | None
    problem: str | None = None


class Drifted(NamedTuple):
    """A measure that left its bound."""

    name: str
    model_id: str
    measure: str
    value: float
    limit: float


Finished = Trained | Ready | Swapped | Drifted


class Workshop(Protocol):
    """Does one thing at a time; what is asked for meanwhile waits its turn."""

    def train(self, name: str, until_ms: int) -> None:
        """Train a successor of the voter *name* on bars closed by *until_ms*."""

    def prepare(self, name: str, model_id: str, against: str) -> None:
        """Verify *model_id*, let it vote on the run's market, and hold it against another."""

    def swap(self, name: str, model_id: str | None, actor: str, reason: str) -> None:
        """Let *model_id* vote, or with None the one before; durable when it is told of."""

    def finished(self) -> Sequence[Finished]:
        """Return what came to an end since the last call."""


class Watchpost(Protocol):
    """Looks at what others change, and at drift, without waiting."""

    def standings(self) -> ModelStandings | None:
        """Return who votes if that may have changed since the last call, else None."""

    def refuse(self, model_id: str) -> None:
        """Note that *model_id* had its chance."""

    def survey(self, name: str, model_id: str, at_ms: int) -> None:
        """Look for drift at *at_ms* of the market; what is found comes with what is finished."""
