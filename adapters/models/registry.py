"""The model registry as a folder.

    <id>.<format>.model   the content     <id>.golden   rows to know it by
    <id>.json             the manifest    standing.signed   who votes

Rule 1: the manifest is written last and by rename, so an artefact is there whole or not at all.
Rule 2: who signed the manifest is trusted, its signature holds, its version is not too old, and the
        content is what it says: all that is verified before a byte of the content is interpreted.
Rule 3: then the first bytes must be those of the format, and the proof (if there is one: it runs in
        a process of its own) must have loaded the model and seen its golden rows again.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from adapters.models import manifests
from adapters.models.bench import Bench
from adapters.models.formats import BYTES_MAX, format_of, require_format
from adapters.models.keys import ModelKeys
from adapters.models.manifests import Signed
from adapters.models.safe_files import locked, read_plain, write_whole
from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from application.ports.model_registry import (
    Artefact,
    ModelBench,
    ModelManifest,
    ModelRegistry,
    ModelStandings,
    Provenance,
    StandingChange,
)
from domain.ai.continuous_learning import Step

_ID: Final = re.compile(r"[a-z0-9_]+-\d+-[0-9a-f]{12}")
_MANIFEST_MAX: Final = 1 << 20
_GOLDEN_MAX: Final = 8 << 20
Proof = Callable[[Artefact], None]
"""Loads an artefact where that can do no harm. Raises `IntegrityFailure` when it is not right."""


class FileModelRegistry:
    """Keeps artefacts in one folder, which is made when first needed."""

    def __init__(
        self,
        folder: Path,
        keys: Path | None = None,
        proof: Proof | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Keep them in *folder*, signed by those in *keys* (its own `keys`, if None).

        *proof* is asked of every artefact that is loaded, after it was verified.
        """
        self._folder = folder
        self._keys = ModelKeys(keys or folder / "keys")
        self._proof = proof
        self._now_ms = now_ms
        self._bench = Bench(folder, self._keys, now_ms)

    def save(self, artefact: Artefact) -> None:
        """Keep *artefact*, whole or not at all. Raises `StoreUnavailable`."""
        manifest = artefact.manifest
        if not _ID.fullmatch(manifest.model_id):
            raise BadInput(f"model {manifest.name!r}: use only a-z, 0-9 and _ in its name")
        wanted = format_of(manifest.kind)
        require_format(manifest.model_id, artefact.content, wanted)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with locked(self._folder):
                if (self._folder / f"{manifest.model_id}.json").exists():
                    if self.manifest(manifest.model_id).manifest == manifest:
                        return
                    raise BadInput(f"{manifest.model_id}: is kept already, with another manifest")
                self._write(artefact)
        except OSError as error:
            raise StoreUnavailable(f"{self._folder}: cannot be written ({error})") from error

    def _write(self, artefact: Artefact) -> None:
        manifest, golden = artefact.manifest, manifests.golden_text(artefact.golden)
        known, active = self.signed(), self._bench.standings().active
        versions = [one.provenance.version for one in known if one.manifest.name == manifest.name]
        provenance = Provenance(
            max(versions, default=0) + 1,
            self._now_ms(),
            active.get(manifest.name, ""),
            format_of(manifest.kind).name,
            "",
        )
        kept = Signed(manifest, provenance, hashlib.sha256(golden).hexdigest())
        write_whole(self.content_path(manifest), artefact.content)
        write_whole(self._folder / f"{manifest.model_id}.golden", golden)
        text = manifests.signed(self._keys, manifests.body_of(kept))
        write_whole(self._folder / f"{manifest.model_id}.json", text)
        voting = {one.manifest.model_id: one.manifest for one in known}
        self._bench.joined(manifest, voting.get(provenance.parent))

    def list(self) -> tuple[ModelManifest, ...]:
        """Return all manifests, oldest training first."""
        found = [one.manifest for one in self.signed()]
        return tuple(sorted(found, key=lambda one: (one.trained_until_ms, one.model_id)))

    def signed(self) -> tuple[Signed, ...]:
        """Return all manifests with where they come from."""
        return tuple(self.manifest(path.stem) for path in sorted(self._folder.glob("*.json")))

    def load(self, model_id: str, schema_hash: str) -> Artefact:
        """Return the artefact *model_id*, verified before any of it is parsed, then proved."""
        manifest = self.manifest(model_id).manifest
        if manifest.schema_hash != schema_hash:
            raise BadInput(
                f"model {model_id}: trained on features {manifest.schema_hash[:12]}, but this"
                f" version has {schema_hash[:12]}; train it anew"
            )
        artefact = self.verified(model_id)
        if self._proof is not None:
            self._proof(artefact)
        return artefact

    def verified(self, model_id: str) -> Artefact:
        """Return the artefact *model_id*: signed, not too old, unaltered, of its format."""
        kept = self.manifest(model_id)
        manifest, version = kept.manifest, kept.provenance.version
        floor = self._bench.standings().floor.get(manifest.name, 0)
        if version < floor:
            raise IntegrityFailure(
                f"model {model_id}: version {version} is older than {floor}, the least that may "
                "be loaded; promote a later one"
            )
        content = read_plain(self.content_path(manifest), BYTES_MAX)
        if hashlib.sha256(content).hexdigest() != manifest.sha256:
            raise IntegrityFailure(
                f"model {model_id}: its content is not what was saved; remove it and train anew"
            )
        golden = read_plain(self._folder / f"{model_id}.golden", _GOLDEN_MAX)
        if hashlib.sha256(golden).hexdigest() != kept.golden_sha256:
            raise IntegrityFailure(
                f"model {model_id}: its golden rows are not what was saved; train anew"
            )
        require_format(model_id, content, format_of(manifest.kind))
        return Artefact(manifest, content, manifests.golden_in(model_id, golden))

    def manifest(self, model_id: str) -> Signed:
        """Return the manifest of *model_id*. Raises `IntegrityFailure` when it was altered."""
        path = self._folder / f"{model_id}.json"
        if not _ID.fullmatch(model_id) or not path.is_file():
            raise BadInput(f"no model {model_id!r} in {self._folder}; train it first")
        body = manifests.opened(self._keys, str(path), read_plain(path, _MANIFEST_MAX))
        kept = manifests.manifest_in(str(path), body)
        if kept.manifest.model_id != model_id:
            raise IntegrityFailure(f"{path}: is not what was saved; remove it and train anew")
        return kept

    def content_path(self, manifest: ModelManifest) -> Path:
        """Return where the content of *manifest* lies."""
        return self._folder / f"{manifest.model_id}.{format_of(manifest.kind).value}.model"

    def active(self) -> Mapping[str, str]:
        """Return the ids of the models that vote, by name."""
        return self._bench.standings().active

    def standings(self) -> ModelStandings:
        """Return who votes."""
        return self._bench.standings()

    def stage(self, model_id: str, step: Step) -> None:
        """Let *step* happen to a model that does not vote."""
        self._bench.stage(self.manifest(model_id).manifest, step)

    def approve(self, model_id: str, actor: str, reason: str) -> StandingChange:
        """Let the daemon promote *model_id* when its other gates are open."""
        return self._bench.approve(self.manifest(model_id).manifest, actor, reason)

    def promote(self, model_id: str, actor: str, reason: str) -> StandingChange:
        """Let *model_id* vote from now on: it is verified and proved first."""
        kept = self.manifest(model_id)
        self.load(model_id, kept.manifest.schema_hash)
        versions = {one.manifest.model_id: one.provenance.version for one in self.signed()}
        return self._bench.promote(kept.manifest, versions, actor, reason)

    def rollback(self, name: str, actor: str, reason: str) -> StandingChange:
        """Let the model that voted before do so again: it is verified and proved first."""
        before = self._bench.standings().previous.get(name)
        if before is None:
            raise BadInput(f"{name}: nothing voted before it; promote another instead")
        self.load(before, self.manifest(before).manifest.schema_hash)
        return self._bench.rollback(name, actor, reason)


_: tuple[type[ModelRegistry], type[ModelBench]] = (FileModelRegistry, FileModelRegistry)
