"""The audit trail from the command line: exit codes, JSON, and what is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.audit.chain import files_in
from application.errors import BadInput
from bootstrap.cli.main import app
from tests.audited import LAST, a_trail, write

pytestmark = pytest.mark.integration


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the directory of a run with a trail, exported to `out` in it."""
    a_trail(tmp_path)
    return tmp_path


def told(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *map(str, words)], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_trail_is_verified_against_what_was_exported(run: Path) -> None:
    proof = ("--checkpoint", run / "out" / "a-run.ckpt", "--key", run / "audit/signed/key.pub")
    code, output = told("verify", run, *proof, "--json")
    assert (code, json.loads(output)["records"]) == (0, LAST)
    for path in files_in(run / "audit"):
        path.unlink()
    (run / "audit" / "HEAD.json").unlink()
    for path in (run / "audit" / "signed").glob("*.txt"):
        path.unlink()
    write(run / "audit", None, changed=17)
    assert told("verify", run, "--json")[0] == 0
    code, output = told("verify", run, *proof, "--json")
    found = json.loads(output)
    assert (code, found["kind"], found["first_bad"]["seq"]) == (3, "rewrite", 17)


@pytest.mark.parametrize("option", ["--checkpoint", "--key"])
def test_a_proof_that_is_not_there_is_bad_input(run: Path, option: str) -> None:
    with pytest.raises(BadInput, match="none"):
        told("verify", run, option, run / "none")


def test_records_are_searched_by_page_and_shown(run: Path) -> None:
    code, output = told("search", run, "--type", "policy.changed", "--limit", 2, "--json")
    assert (code, [json.loads(line)["seq"] for line in output.splitlines()]) == (0, [5, 10])
    code, output = told("search", run, "--type", "policy.changed", "--limit", 2)
    assert "go on with --after 10" in output
    assert json.loads(told("show", run, 10, "--json")[1])["type"] == "policy.changed"


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--trace", "../../etc/passwd"),
        ("search", "--type", "(a+)+$"),
        ("search", "--symbol", "' OR 1=1"),
        ("search", "--from", "yesterday"),
        ("show", "61"),
    ],
)
def test_what_cannot_be_looked_for_is_bad_input(run: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        told(words[0], run, *words[1:])


def test_a_trail_is_exported_signed_and_pruned(run: Path) -> None:
    key = run / "own.key"
    code, output = told("export", run, "--to", run / "there", "--key", key, "--json")
    assert (code, json.loads(output)["size"]) == (0, str(LAST))
    exported = json.loads(output)
    assert told("verify", run, "--checkpoint", exported["file"])[0] == 0
    code, output = told("prune", run, "--dry-run", "--json")
    assert (code, len(json.loads(output)["dropped"])) == (0, 6)  # all but the last of each class
