"""Who votes, as one signed file: a change is a rename, so it is there whole or not at all.

Its serial number is kept beside the keys, too: an older copy put back is seen.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from adapters.models import manifests
from adapters.models.keys import ModelKeys
from adapters.models.safe_files import locked, read_plain, write_whole
from application.errors import BadInput, IntegrityFailure, StoreUnavailable
from application.ports.model_registry import ModelManifest, ModelStandings, StandingChange
from domain.ai.continuous_learning import RETIRED, SHADOW, Stage, Step, next_stage

_FILE: Final = "standing.signed"
_BYTES_MAX: Final = 4 << 20
_CHANGES_MAX: Final = 200


class Bench:
    """The standings of one folder of models."""

    def __init__(self, folder: Path, keys: ModelKeys, now_ms: Callable[[], int]) -> None:
        """Keep them in *folder*, signed by *keys*."""
        self._folder = folder
        self._keys = keys
        self._now_ms = now_ms

    def standings(self) -> ModelStandings:
        """Return who votes. Raises `IntegrityFailure` when it is not what was written last."""
        path = self._folder / _FILE
        last = self._keys.serial()
        if not path.exists():
            if last:
                raise IntegrityFailure(f"{path}: is gone; restore it, or train into a new folder")
            return ModelStandings()
        body = manifests.opened(self._keys, str(path), read_plain(path, _BYTES_MAX))
        found = manifests.standings_in(str(path), body)
        if found.serial < last:
            raise IntegrityFailure(
                f"{path}: is change {found.serial}, but change {last} was made: an old copy was "
                "put back; restore the latest"
            )
        return found

    def joined(self, manifest: ModelManifest, voting: ModelManifest | None) -> None:
        """Take in a new model; the lock is held.

        It votes at once where nothing better does: nothing at all, a model that abstains always,
        or one of features that this version no longer makes.
        """
        known = self.standings()
        known = known._replace(stages={**known.stages, manifest.model_id: SHADOW.value})
        if voting is None or _is_useless(voting, manifest):
            change = self._change("first", manifest.name, known, manifest.model_id, "training", "")
            self._write(_promoted(known, change, {}))
        else:
            self._write(known)

    def stage(self, manifest: ModelManifest, step: Step) -> None:
        """Let *step* happen to a model. Raises `BadInput` when it cannot."""
        with self._held():
            known = self.standings()
            self._write(_stepped(known, manifest.model_id, step))

    def approve(self, manifest: ModelManifest, actor: str, reason: str) -> StandingChange:
        """Note that a person lets the daemon promote a model."""
        _require_said(actor, reason)
        with self._held():
            known, model_id = self.standings(), manifest.model_id
            change = self._change("approve", manifest.name, known, model_id, actor, reason)
            approved = (*(one for one in known.approved if one != model_id), model_id)
            self._write(_noted(known, change)._replace(approved=approved))
            return change

    def promote(
        self, manifest: ModelManifest, versions: Mapping[str, int], actor: str, reason: str
    ) -> StandingChange:
        """Let a model vote from now on. *versions* are of all models."""
        _require_said(actor, reason)
        with self._held():
            known, model_id = self.standings(), manifest.model_id
            if known.active.get(manifest.name) == model_id:
                raise BadInput(f"{model_id}: votes already")
            change = self._change("promote", manifest.name, known, model_id, actor, reason)
            self._write(_promoted(known, change, versions))
            return change

    def rollback(self, name: str, actor: str, reason: str) -> StandingChange:
        """Let the model that voted before do so again."""
        _require_said(actor, reason)
        with self._held():
            known = self.standings()
            before = known.previous.get(name)
            if before is None:
                raise BadInput(f"{name}: nothing voted before it; promote another instead")
            change = self._change("rollback", name, known, before, actor, reason)
            after = _stepped(_stepped(known, change.old, Step.ROLLED_BACK), before, Step.RESTORED)
            previous = {key: value for key, value in known.previous.items() if key != name}
            after = after._replace(active={**known.active, name: before}, previous=previous)
            self._write(_noted(after, change))
            return change

    def _held(self) -> AbstractContextManager[None]:
        if not self._folder.is_dir():
            raise BadInput(f"{self._folder}: there are no models; train some")
        return locked(self._folder)

    def _change(
        self, action: str, name: str, known: ModelStandings, new: str, actor: str, reason: str
    ) -> StandingChange:
        old = known.active.get(name, "")
        return StandingChange(self._now_ms(), action, name, old, new, actor, reason)

    def _write(self, standings: ModelStandings) -> None:
        """Write *standings* as the next change. Raises `StoreUnavailable`."""
        fresh = standings._replace(serial=standings.serial + 1)
        text = manifests.signed(self._keys, manifests.standings_body(fresh))
        try:
            write_whole(self._folder / _FILE, text)
            self._keys.note_serial(fresh.serial)
        except OSError as error:
            raise StoreUnavailable(f"{self._folder}: cannot be written ({error})") from error


def _is_useless(voting: ModelManifest, fresh: ModelManifest) -> bool:
    """Tell whether nothing is lost when *fresh* votes instead of *voting*."""
    mute = voting.degenerate and not fresh.degenerate
    return mute or voting.schema_hash != fresh.schema_hash


def _promoted(
    known: ModelStandings, change: StandingChange, versions: Mapping[str, int]
) -> ModelStandings:
    after = _stepped(known, change.new, Step.PROMOTED)
    previous = dict(known.previous)
    if change.old:
        after = _stepped(after, change.old, Step.SUPERSEDED)
        previous[change.name] = change.old
    # What was replaced may come back, what is older than both may not.
    least = min(versions.get(change.old, 0), versions.get(change.new, 0))
    floor = max(known.floor.get(change.name, 0), least)
    return _noted(after, change)._replace(
        active={**known.active, change.name: change.new},
        previous=previous,
        floor={**known.floor, change.name: floor},
    )


def _noted(known: ModelStandings, change: StandingChange) -> ModelStandings:
    return known._replace(changes=(*known.changes, change)[-_CHANGES_MAX:])


def _stepped(known: ModelStandings, model_id: str, step: Step) -> ModelStandings:
    stage = Stage(known.stages.get(model_id, RETIRED.value))
    after = next_stage(stage, step)
    if after is None:
        raise BadInput(f"{model_id}: is {stage}, which cannot become {step}; train another")
    return known._replace(stages={**known.stages, model_id: after.value})


def _require_said(actor: str, reason: str) -> None:
    problems = [
        f"{name}: is empty; say {what}"
        for name, value, what in (("actor", actor, "who"), ("reason", reason, "why"))
        if not value.strip()
    ]
    if problems:
        raise BadInput(*problems)
