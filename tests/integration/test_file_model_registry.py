"""The registry's files: altered, cut, lost, or not writable."""

import json
from pathlib import Path

import pytest

from adapters.models.registry import FileModelRegistry
from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from tests.contracts.test_model_registry import artefact

pytestmark = pytest.mark.integration

SAVED = artefact()
MODEL_ID = SAVED.manifest.model_id


@pytest.fixture
def registry(tmp_path: Path) -> FileModelRegistry:
    made = FileModelRegistry(tmp_path)
    made.save(SAVED)
    return made


def test_the_content_is_kept_as_the_library_wrote_it(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    assert registry.list() == (SAVED.manifest,)
    assert (tmp_path / f"{MODEL_ID}.model").read_bytes() == SAVED.content
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".model"]


@pytest.mark.parametrize("content", [b"", b"tree", b"treez", b"trees\n"])
def test_altered_content_is_an_integrity_failure(
    registry: FileModelRegistry, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / f"{MODEL_ID}.model").write_bytes(content)

    with pytest.raises(IntegrityFailure, match="train anew"):
        registry.load(MODEL_ID, "schema")


def test_lost_content_is_an_integrity_failure(registry: FileModelRegistry, tmp_path: Path) -> None:
    (tmp_path / f"{MODEL_ID}.model").unlink()

    with pytest.raises(IntegrityFailure, match="is gone"):
        registry.load(MODEL_ID, "schema")


@pytest.mark.parametrize("field", [*SAVED.manifest._fields, "seal"])
def test_an_altered_manifest_is_an_integrity_failure(
    registry: FileModelRegistry, tmp_path: Path, field: str
) -> None:
    path = tmp_path / f"{MODEL_ID}.json"
    kept = json.loads(path.read_text())
    kept[field] = {"slope": 9.0} if isinstance(kept[field], dict) else [kept[field]]
    path.write_text(json.dumps(kept))

    with pytest.raises(IntegrityFailure, match="train anew"):
        registry.load(MODEL_ID, "schema")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"seal": 1}'])
def test_what_is_no_manifest_is_an_integrity_failure(
    registry: FileModelRegistry, tmp_path: Path, text: str
) -> None:
    (tmp_path / f"{MODEL_ID}.json").write_text(text)

    with pytest.raises(IntegrityFailure, match="not a manifest"):
        registry.list()


def test_a_manifest_under_another_name_is_an_integrity_failure(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    other = "extra_trees-2000-0123456789ab"
    (tmp_path / f"{MODEL_ID}.json").rename(tmp_path / f"{other}.json")

    with pytest.raises(IntegrityFailure, match="not what was saved"):
        registry.load(other, "schema")


def test_a_folder_that_cannot_be_made_is_an_unavailable_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        FileModelRegistry(tmp_path / "file").save(SAVED)


def test_a_name_that_is_no_file_name_is_refused(registry: FileModelRegistry) -> None:
    with pytest.raises(BadInput, match="a-z"):
        registry.save(SAVED._replace(manifest=SAVED.manifest._replace(name="../x")))
