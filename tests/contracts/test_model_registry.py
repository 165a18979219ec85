"""What every model registry does, the fake included."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.models.registry import FileModelRegistry
from application.errors import BadInput
from application.ports.model_registry import Artefact, Golden, ModelManifest, ModelRegistry
from tests.fakes.learning import FakeModelRegistry

pytestmark = pytest.mark.integration

MAKERS: dict[str, Callable[[Path], ModelRegistry]] = {
    "fake": lambda _: FakeModelRegistry(),
    "file": lambda path: FileModelRegistry(path / "models"),
}


@pytest.fixture(params=MAKERS)
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> ModelRegistry:
    return MAKERS[request.param](tmp_path)


def artefact(until_ms: int = 1_000, content: bytes = b'{"trees": 1}') -> Artefact:
    manifest = ModelManifest(
        name="extra_trees",
        kind="trees-json",
        sha256=hashlib.sha256(content).hexdigest(),
        schema_hash="schema",
        symbols=("BTCUSDT", "ETHUSDT"),
        interval_ms=300_000,
        trained_from_ms=0,
        trained_until_ms=until_ms,
        rows=7,
        data_digest="digest",
        horizon=72,
        barrier_atr=4.0,
        calibration={"slope": 0.1 + 0.2},
        metrics={"auc": 0.51},
        degenerate=False,
    )
    golden = Golden(("a", "b"), ((0.1, 0.25), (1e-9, -3.0)), (1, 0), (0.1 + 0.2, None))
    return Artefact(manifest, content, golden)


def test_what_was_saved_is_loaded_unchanged(registry: ModelRegistry) -> None:
    saved = artefact()
    registry.save(saved)

    assert registry.load(saved.manifest.model_id, "schema") == saved


def test_manifests_are_listed_oldest_training_first(registry: ModelRegistry) -> None:
    assert registry.list() == ()
    for until_ms in (2_000, 10_000, 1_000):
        registry.save(artefact(until_ms))

    assert [manifest.trained_until_ms for manifest in registry.list()] == [1_000, 2_000, 10_000]


def test_saving_the_same_again_changes_nothing(registry: ModelRegistry) -> None:
    registry.save(artefact())
    registry.save(artefact())

    assert len(registry.list()) == 1


def test_an_unknown_model_is_refused(registry: ModelRegistry) -> None:
    for name in ("extra_trees-1-0123456789ab", "../../etc/passwd"):
        with pytest.raises(BadInput, match="no model"):
            registry.load(name, "schema")


def test_a_model_of_other_features_is_refused(registry: ModelRegistry) -> None:
    saved = artefact()
    registry.save(saved)

    with pytest.raises(BadInput, match=saved.manifest.model_id):
        registry.load(saved.manifest.model_id, "other")


def test_the_first_of_a_name_votes_and_later_ones_wait(registry: ModelRegistry) -> None:
    for until_ms in (2_000, 10_000, 1_000):
        registry.save(artefact(until_ms))

    assert registry.active() == {"extra_trees": artefact(2_000).manifest.model_id}
