"""The registry's files: altered, cut, lost, linked, old, of strangers, or not writable."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.models.formats import BYTES_MAX
from adapters.models.registry import FileModelRegistry
from adapters.signing import Signer
from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from application.ports.model_registry import Artefact
from tests.contracts.test_model_registry import artefact

pytestmark = pytest.mark.integration

SAVED = artefact()
MODEL_ID = SAVED.manifest.model_id
CONTENT = f"{MODEL_ID}.json.model"


class Asked:
    """A proof that remembers what it was asked."""

    def __init__(self) -> None:
        self.given: list[Artefact] = []

    def __call__(self, one: Artefact) -> None:
        """Find nothing wrong."""
        self.given.append(one)


@pytest.fixture
def proof() -> Asked:
    return Asked()


@pytest.fixture
def registry(tmp_path: Path, proof: Asked) -> FileModelRegistry:
    made = FileModelRegistry(tmp_path, proof=proof)
    made.save(SAVED)
    return made


def test_the_content_is_kept_as_the_library_wrote_it(
    registry: FileModelRegistry, tmp_path: Path, proof: Asked
) -> None:
    assert registry.list() == (SAVED.manifest,)
    assert (tmp_path / CONTENT).read_bytes() == SAVED.content
    assert registry.load(MODEL_ID, "schema") == SAVED
    assert proof.given == [SAVED]


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Let *change* alter the JSON at *path*."""
    kept = json.loads(path.read_text())
    change(kept)
    path.write_text(json.dumps(kept))


def linked(path: Path) -> None:
    """Put a link to the very same bytes in the place of *path*."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def replaced(path: Path, make: Callable[[Path], object]) -> None:
    """Let *make* put something else in the place of *path*."""
    path.unlink()
    make(path)


WRONGS: dict[str, Callable[[Path], object]] = {
    "empty": lambda at: (at / CONTENT).write_bytes(b""),
    "cut": lambda at: (at / CONTENT).write_bytes(SAVED.content[:-1]),
    "longer": lambda at: (at / CONTENT).write_bytes(SAVED.content + b"\n"),
    "other": lambda at: (at / CONTENT).write_bytes(b'{"trees": 2}'),
    "gone": lambda at: (at / CONTENT).unlink(),
    "link": lambda at: linked(at / CONTENT),
    "pipe": lambda at: replaced(at / CONTENT, os.mkfifo),
    "folder": lambda at: replaced(at / CONTENT, os.mkdir),
    "huge": lambda at: os.truncate(at / CONTENT, BYTES_MAX + 1),
    "golden": lambda at: (at / f"{MODEL_ID}.golden").write_bytes(b"{}"),
    "signature": lambda at: rewritten(
        at / f"{MODEL_ID}.json", lambda kept: kept.update(signature="00" * 64)
    ),
    "no hex": lambda at: rewritten(
        at / f"{MODEL_ID}.json", lambda kept: kept.update(signature="zz")
    ),
    "stranger": lambda at: rewritten(
        at / f"{MODEL_ID}.json", lambda kept: kept.update(signer="0123456789abcdef")
    ),
    "revoked": lambda at: (at / "keys/revoked").write_text(
        json.loads((at / f"{MODEL_ID}.json").read_text())["signer"] + "\n"
    ),
    "untrusted": lambda at: (at / "keys/signer.key.pub").unlink(),
    **{
        f"manifest {name}": lambda at, name=name: rewritten(  # type: ignore[misc]  # defaults bind the loop
            at / f"{MODEL_ID}.json", lambda kept: kept["manifest"].update({name: "x"})
        )
        for name in SAVED.manifest._fields
    },
    **{
        f"provenance {name}": lambda at, name=name: rewritten(  # type: ignore[misc]  # likewise
            at / f"{MODEL_ID}.json", lambda kept: kept["provenance"].update({name: 7})
        )
        for name in ("version", "created_ms", "parent", "format")
    },
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_is_not_as_it_was_signed_is_refused_before_anything_parses_it(
    registry: FileModelRegistry, tmp_path: Path, proof: Asked, wrong: str
) -> None:
    WRONGS[wrong](tmp_path)

    with pytest.raises(IntegrityFailure):
        registry.load(MODEL_ID, "schema")
    assert proof.given == []


def test_a_model_signed_by_another_house_loads_once_its_key_is_trusted(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    keys = tmp_path / "other keys"
    other = FileModelRegistry(tmp_path, keys)
    with pytest.raises(IntegrityFailure, match="not trusted"):
        other.load(MODEL_ID, "schema")
    (keys / "trusted").mkdir(parents=True)
    own = (tmp_path / "keys/signer.key.pub").read_text()
    (keys / "trusted/ours.pub").write_text(own)

    assert other.load(MODEL_ID, "schema") == registry.load(MODEL_ID, "schema")


def test_a_key_that_others_may_read_signs_nothing(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    (tmp_path / "keys/signer.key").chmod(0o644)

    with pytest.raises(BadInput, match="chmod 600"):
        registry.save(artefact(5_000))
    assert Signer.at(tmp_path / "new.key").verifier.pem


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"signature": 1}'])
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


def test_the_same_model_with_another_manifest_is_refused(registry: FileModelRegistry) -> None:
    with pytest.raises(BadInput, match="another manifest"):
        registry.save(SAVED._replace(manifest=SAVED.manifest._replace(rows=8)))


def test_a_folder_that_cannot_be_made_is_an_unavailable_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        FileModelRegistry(tmp_path / "file").save(SAVED)


def test_a_name_that_is_no_file_name_is_refused(registry: FileModelRegistry) -> None:
    with pytest.raises(BadInput, match="a-z"):
        registry.save(SAVED._replace(manifest=SAVED.manifest._replace(name="../x")))
