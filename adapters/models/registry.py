"""The model registry as a folder: `<id>.model` holds the content, `<id>.json` the manifest.

Rule 1: the manifest is written last and by rename, so an artefact is there whole or not at all.
Rule 2: the manifest carries its own digest and that of the content; both are verified before any
        library sees a byte.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from application.ports.model_registry import Artefact, ModelManifest, ModelRegistry

_ID: Final = re.compile(r"[a-z0-9_]+-\d+-[0-9a-f]{12}")


class FileModelRegistry:
    """Keeps artefacts in one folder, which is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, artefact: Artefact) -> None:
        """Keep *artefact*, whole or not at all. Raises `StoreUnavailable`."""
        manifest = artefact.manifest
        if not _ID.fullmatch(manifest.model_id):
            raise BadInput(f"model {manifest.name!r}: use only a-z, 0-9 and _ in its name")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(f"{manifest.model_id}.model", artefact.content)
            self._write(f"{manifest.model_id}.json", _sealed(manifest))
        except OSError as error:
            raise StoreUnavailable(f"{self._folder}: cannot be written ({error})") from error

    def list(self) -> tuple[ModelManifest, ...]:
        """Return all manifests, oldest training first."""
        manifests = [self._manifest(path) for path in sorted(self._folder.glob("*.json"))]
        return tuple(sorted(manifests, key=lambda one: (one.trained_until_ms, one.model_id)))

    def load(self, model_id: str, schema_hash: str) -> Artefact:
        """Return the artefact *model_id*, verified before any of it is parsed."""
        path = self._folder / f"{model_id}.json"
        if not _ID.fullmatch(model_id) or not path.is_file():
            raise BadInput(f"no model {model_id!r} in {self._folder}; train it first")
        manifest = self._manifest(path)
        if manifest.schema_hash != schema_hash:
            raise BadInput(
                f"model {model_id}: trained on features {manifest.schema_hash[:12]}, but this"
                f" version has {schema_hash[:12]}; train it anew"
            )
        content = self._read(path.with_suffix(".model"))
        if hashlib.sha256(content).hexdigest() != manifest.sha256:
            raise IntegrityFailure(
                f"model {model_id}: its content is not what was saved; remove it and train anew"
            )
        return Artefact(manifest, content)

    def _write(self, name: str, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._folder / name)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise IntegrityFailure(f"{path}: is gone; remove its manifest, train anew") from None
        except OSError as error:
            raise StoreUnavailable(f"{path}: cannot be read ({error})") from error

    def _manifest(self, path: Path) -> ModelManifest:
        """Return the manifest at *path*. Raises `IntegrityFailure` when it was altered."""
        try:
            kept: dict[str, Any] = json.loads(self._read(path))
            seal = kept.pop("seal")
            manifest = ModelManifest(**{**kept, "symbols": tuple(kept["symbols"])})
            intact = seal == _seal(manifest) and path.stem == manifest.model_id
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise IntegrityFailure(f"{path}: not a manifest; remove it and train anew") from error
        if not intact:
            raise IntegrityFailure(f"{path}: is not what was saved; remove it and train anew")
        return manifest


def _seal(manifest: ModelManifest) -> str:
    text = json.dumps(manifest._asdict(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sealed(manifest: ModelManifest) -> bytes:
    kept = {**manifest._asdict(), "seal": _seal(manifest)}
    return (json.dumps(kept, sort_keys=True, indent=1) + "\n").encode()


_: type[ModelRegistry] = FileModelRegistry
