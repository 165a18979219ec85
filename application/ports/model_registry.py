"""Fitted models, kept: each with a manifest that says what it is and what it was made from."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class ModelManifest(NamedTuple):
    """What an artefact is. Times in UTC ms; `sha256` is of its content, in hex.

    `schema_hash` names the features it was trained on. `data_digest` is of the bars of the
    training window. `rows` were learnt from; `metrics` were measured on the held-out tail.
    """

    name: str
    kind: str
    sha256: str
    schema_hash: str
    symbols: tuple[str, ...]
    interval_ms: int
    trained_from_ms: int
    trained_until_ms: int
    rows: int
    data_digest: str
    horizon: int
    barrier_atr: float
    calibration: Mapping[str, float]
    metrics: Mapping[str, float]
    degenerate: bool

    @property
    def model_id(self) -> str:
        """Return the identity of the artefact: its name, its training's end and its digest."""
        return f"{self.name}-{self.trained_until_ms}-{self.sha256[:12]}"


class Artefact(NamedTuple):
    """A manifest and the bytes that it describes."""

    manifest: ModelManifest
    content: bytes


class ModelRegistry(Protocol):
    """Keeps artefacts. All methods raise `StoreUnavailable` when the store cannot be used."""

    def save(self, artefact: Artefact) -> None:
        """Keep *artefact*, whole or not at all."""

    def list(self) -> tuple[ModelManifest, ...]:
        """Return all manifests, oldest training first.

        Raises `IntegrityFailure` when one is not what was saved.
        """

    def load(self, model_id: str, schema_hash: str) -> Artefact:
        """Return the artefact *model_id*, verified before any of it is parsed.

        Raises `BadInput` when there is none or it was trained on features other than
        *schema_hash*, `IntegrityFailure` when it is not what was saved.
        """
