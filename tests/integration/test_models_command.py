"""`models`: list, show, compare, promote, approve, roll back, verify; and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.models.registry import FileModelRegistry
from application.ports.model_registry import Artefact
from tests.contracts.test_model_registry import artefact

pytestmark = pytest.mark.integration

ARTEFACTS = [artefact(until_ms)._replace(golden=None) for until_ms in (1_000, 2_000)]
FIRST, SECOND = (one.manifest.model_id for one in ARTEFACTS)
NAME = ARTEFACTS[0].manifest.name
SAID = ("--actor", "ann", "--reason", "better")
INTEGRITY, BAD_INPUT = 3, 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    registry = FileModelRegistry(tmp_path)
    for one in ARTEFACTS:
        registry.save(one)
    return tmp_path


def ran(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from bootstrap.cli.main import main; main()", "models"]
    command += [*words, "--models-dir", str(folder)]
    return subprocess.run(  # noqa: S603 - our own command, no shell
        command, capture_output=True, text=True, check=False
    )


def told(folder: Path, *words: str) -> dict[str, Any]:
    ended = ran(folder, *words, "--json")
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def test_a_life_from_the_command_line(folder: Path) -> None:
    stages = {one["model_id"]: one["stage"] for one in told(folder, "list")["models"]}
    assert stages == {FIRST: "active", SECOND: "shadow"}

    assert told(folder, "approve", SECOND, *SAID)["action"] == "approve"
    assert told(folder, "show", SECOND)["approved"]
    assert told(folder, "promote", SECOND, *SAID)["old"] == FIRST
    assert told(folder, "rollback", NAME, *SAID)["new"] == FIRST

    actors = [one["actor"] for one in told(folder, "show", SECOND)["changes"]]
    assert actors == ["ann", "ann", "ann"]
    assert told(folder, "compare", FIRST, SECOND)["differs"]["trained_until_ms"] == [1_000, 2_000]
    assert told(folder, "verify")["ok"]
    for words in (("list",), ("show", FIRST), ("compare", FIRST, SECOND), ("verify", FIRST)):
        assert FIRST in ran(folder, *words).stdout or words[0] == "compare"


def altered(folder: Path, one: Artefact) -> None:
    FileModelRegistry(folder).content_path(one.manifest).write_bytes(b"{}")


@pytest.mark.parametrize("words", [("verify",), ("promote", SECOND, *SAID)])
def test_what_was_altered_is_told_by_the_exit_code(folder: Path, words: tuple[str, ...]) -> None:
    altered(folder, ARTEFACTS[1])
    ended = ran(folder, *words)

    assert ended.returncode == INTEGRITY
    assert SECOND in ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("promote", SECOND),
        ("promote", SECOND, "--actor", "", "--reason", "x"),
        ("promote", "no-such-model", *SAID),
        ("rollback", NAME, *SAID),
        ("show", "../../etc/passwd"),
        ("list", "--models-dir", "no such folder"),
    ],
)
def test_bad_input_is_told_with_its_remedy(folder: Path, words: tuple[str, ...]) -> None:
    ended = ran(folder, *words) if "--models-dir" not in words else ran(folder / "none", *words[:1])

    assert ended.returncode == BAD_INPUT
    assert ended.stderr
