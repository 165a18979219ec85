"""What one voter says of one symbol."""

from typing import NamedTuple

from domain.shared.enums import Action


class Prediction(NamedTuple):
    """One voter's answer. `confidence` is a calibrated probability in [0, 1]; NaN abstains.

    A `fallback` is a rule standing in for a model: it never counts toward the quorum.
    """

    model: str
    action: Action
    confidence: float
    fallback: bool = False
