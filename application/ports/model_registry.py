"""Fitted models, kept: each with a manifest that says what it is and what it was made from."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from domain.ai.continuous_learning import Step


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


class Golden(NamedTuple):
    """Rows kept at training with the votes on them, by which a loaded model is known again.

    `rows` are of `features`, in order. A confidence of None is an abstention.
    """

    features: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    action: tuple[int, ...]
    confidence: tuple[float | None, ...]


class Artefact(NamedTuple):
    """A manifest, the bytes that it describes, and rows to know it by."""

    manifest: ModelManifest
    content: bytes
    golden: Golden | None = None


class Provenance(NamedTuple):
    """Where an artefact comes from. `version` counts those of its name, from 1; UTC ms.

    `parent` is the model that voted when it was made, `signer` names the key that vouches for it.
    """

    version: int
    created_ms: int
    parent: str
    format: str
    signer: str


class StandingChange(NamedTuple):
    """One change of who votes, by whom and why. `old` and `new` are model ids, or empty."""

    at_ms: int
    action: str
    name: str
    old: str
    new: str
    actor: str
    reason: str


class ModelStandings(NamedTuple):
    """Who votes. Maps are by voter's name, `stages` by model id.

    `floor` is the least version that may still be loaded. `serial` rises with every change.
    """

    serial: int = 0
    active: Mapping[str, str] = {}
    previous: Mapping[str, str] = {}
    floor: Mapping[str, int] = {}
    stages: Mapping[str, str] = {}
    approved: tuple[str, ...] = ()
    changes: tuple[StandingChange, ...] = ()


class ModelRegistry(Protocol):
    """Keeps artefacts. All methods raise `StoreUnavailable` when the store cannot be used."""

    def save(self, artefact: Artefact) -> None:
        """Keep *artefact*, whole or not at all. The first of its name votes, later ones wait."""

    def list(self) -> tuple[ModelManifest, ...]:
        """Return all manifests, oldest training first.

        Raises `IntegrityFailure` when one is not what was saved.
        """

    def load(self, model_id: str, schema_hash: str) -> Artefact:
        """Return the artefact *model_id*, verified before any of it is parsed.

        Raises `BadInput` when there is none or it was trained on features other than
        *schema_hash*, `IntegrityFailure` when it is not what was saved.
        """

    def active(self) -> Mapping[str, str]:
        """Return the ids of the models that vote, by name."""


class ModelBench(Protocol):
    """Who votes and who waits. Changes are one atomic swap, durable when they return."""

    def standings(self) -> ModelStandings:
        """Return who votes. Raises `IntegrityFailure` when it is not what was written."""

    def stage(self, model_id: str, step: Step) -> None:
        """Let *step* happen to a model that does not vote. Raises `BadInput` if it cannot."""

    def promote(self, model_id: str, actor: str, reason: str) -> StandingChange:
        """Let *model_id* vote from now on. Raises `BadInput` when it cannot."""

    def rollback(self, name: str, actor: str, reason: str) -> StandingChange:
        """Let the model that voted before do so again. Raises `BadInput` when there is none."""
