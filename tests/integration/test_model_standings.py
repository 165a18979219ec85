"""Who votes: first, promoted, rolled back; old copies, old versions and lost files are seen."""

from pathlib import Path
from shutil import copy

import pytest

from adapters.models.registry import FileModelRegistry
from application.errors import BadInput, IntegrityFailure
from domain.ai.continuous_learning import Step
from tests.contracts.test_model_registry import artefact

pytestmark = pytest.mark.integration

ARTEFACTS = [artefact(until_ms) for until_ms in (1_000, 2_000, 3_000)]
FIRST, SECOND, THIRD = (one.manifest.model_id for one in ARTEFACTS)
NAME = ARTEFACTS[0].manifest.name


@pytest.fixture
def registry(tmp_path: Path) -> FileModelRegistry:
    made = FileModelRegistry(tmp_path)
    for one in ARTEFACTS:
        made.save(one)
    return made


def test_versions_and_parents_are_written_down(registry: FileModelRegistry) -> None:
    kept = [registry.manifest(model_id).provenance for model_id in (FIRST, SECOND, THIRD)]

    assert [one.version for one in kept] == [1, 2, 3]
    assert [one.parent for one in kept] == ["", FIRST, FIRST]


def test_a_promotion_is_a_swap_that_others_see_and_a_rollback_undoes(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    change = registry.promote(SECOND, "ann", "better")
    other = FileModelRegistry(tmp_path)

    assert (change.action, change.old, change.new) == ("promote", FIRST, SECOND)
    assert other.active() == {NAME: SECOND}
    assert other.standings().stages[FIRST] == "retired"

    other.rollback(NAME, "ben", "worse")
    assert registry.active() == {NAME: FIRST}
    assert registry.standings().stages[SECOND] == "failed"
    assert [one.actor for one in registry.standings().changes] == ["training", "ann", "ben"]


def test_what_is_older_than_what_may_come_back_is_not_loaded(registry: FileModelRegistry) -> None:
    registry.promote(SECOND, "ann", "better")
    registry.promote(THIRD, "ann", "better still")

    assert registry.load(SECOND, "schema")
    with pytest.raises(IntegrityFailure, match="older than 2"):
        registry.load(FIRST, "schema")
    with pytest.raises(IntegrityFailure, match="older than 2"):
        registry.promote(FIRST, "ann", "nostalgia")


def test_an_old_copy_of_the_standings_put_back_is_seen(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    copy(tmp_path / "standing.signed", tmp_path / "old")
    registry.promote(SECOND, "ann", "better")
    copy(tmp_path / "old", tmp_path / "standing.signed")

    with pytest.raises(IntegrityFailure, match="old copy"):
        registry.active()


def test_standings_that_are_gone_or_altered_are_seen(
    registry: FileModelRegistry, tmp_path: Path
) -> None:
    path = tmp_path / "standing.signed"
    text = path.read_text()
    path.write_text(text.replace(FIRST, SECOND))
    with pytest.raises(IntegrityFailure, match="not what was signed"):
        registry.active()
    path.unlink()
    with pytest.raises(IntegrityFailure, match="is gone"):
        registry.active()


@pytest.mark.parametrize(("actor", "reason"), [("", "why"), ("ann", " "), ("", "")])
def test_nothing_changes_without_actor_and_reason(
    registry: FileModelRegistry, actor: str, reason: str
) -> None:
    registry.promote(SECOND, "ann", "better")
    with pytest.raises(BadInput, match="is empty"):
        registry.promote(THIRD, actor, reason)
    with pytest.raises(BadInput, match="is empty"):
        registry.rollback(NAME, actor, reason)
    with pytest.raises(BadInput, match="is empty"):
        registry.approve(THIRD, actor, reason)
    assert registry.active() == {NAME: SECOND}


def test_what_cannot_be_is_refused(registry: FileModelRegistry) -> None:
    with pytest.raises(BadInput, match="nothing voted before"):
        registry.rollback(NAME, "ann", "why")
    with pytest.raises(BadInput, match="votes already"):
        registry.promote(FIRST, "ann", "why")
    registry.stage(SECOND, Step.REFUSED)
    with pytest.raises(BadInput, match="is failed"):
        registry.promote(SECOND, "ann", "why")


def test_a_model_that_does_not_prove_itself_does_not_vote(tmp_path: Path) -> None:
    def refuse(_: object) -> None:
        raise IntegrityFailure("it crashed")

    for one in ARTEFACTS:
        FileModelRegistry(tmp_path).save(one)
    before = (tmp_path / "standing.signed").read_bytes()
    with pytest.raises(IntegrityFailure, match="it crashed"):
        FileModelRegistry(tmp_path, proof=refuse).promote(SECOND, "ann", "better")

    assert (tmp_path / "standing.signed").read_bytes() == before


def test_a_mute_model_gives_way_to_one_that_speaks(tmp_path: Path) -> None:
    registry = FileModelRegistry(tmp_path)
    mute = ARTEFACTS[0]._replace(manifest=ARTEFACTS[0].manifest._replace(degenerate=True))
    registry.save(mute)
    registry.save(ARTEFACTS[1])

    assert registry.active() == {NAME: SECOND}
