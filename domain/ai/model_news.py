"""What is heard of models, and written down as it was heard: who votes, who drifts, who trains.

Changes of who votes were made durable before they are told: the desk only hears of them.
"""

from typing import NamedTuple


class ModelPromoted(NamedTuple):
    """The voter `name` is the model `new` from now on. `old` may be empty.

    `share` is the part of the decisions that it takes; the others stay with `old` (A/B).
    """

    at_ms: int
    name: str
    old: str
    new: str
    share: float
    actor: str
    reason: str


class ModelRolledBack(NamedTuple):
    """The voter `name` is the model `new` again, which voted before `old` did."""

    at_ms: int
    name: str
    old: str
    new: str
    actor: str
    reason: str


class ModelDrifted(NamedTuple):
    """What `model` is asked, or what comes of it, is no longer as it was learnt from.

    `measure` names the feature or the outcome; `value` exceeds `limit`, in the measure's unit.
    """

    at_ms: int
    name: str
    model: str
    measure: str
    value: float
    limit: float


class RetrainRequested(NamedTuple):
    """The voter `name` is trained anew, for these reasons."""

    at_ms: int
    name: str
    model: str
    triggers: tuple[str, ...]


ModelNews = ModelPromoted | ModelRolledBack | ModelDrifted | RetrainRequested
