"""The first load of a model: in a process that can do no harm, and only after the signature."""

import sys
import textwrap
from pathlib import Path

import pytest

from adapters.features.feature_set import OhlcvFeatures
from adapters.models.registry import FileModelRegistry
from adapters.models.sandbox import SandboxedProof
from adapters.models.standard import standard_trainers
from application.errors import IntegrityFailure
from application.learning import WalkForwardPlan
from application.ports.model_registry import Artefact
from application.training import load_voters, train_final
from tests.fakes.bars import random_bars

pytestmark = pytest.mark.integration

NAMES = ("gradient_boosting", "logistic", "extra_trees", "momentum_rule")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    features = OhlcvFeatures()
    plan = WalkForwardPlan(train_bars_min=1_500, train_bars_max=None)
    trainers = standard_trainers(features.names)
    train_final({"BTCUSDT": random_bars(4, 8_000)}, features, trainers, plan,
                FileModelRegistry(made))  # fmt: skip
    return made


@pytest.fixture(scope="module")
def artefacts(folder: Path) -> dict[str, Artefact]:
    registry = FileModelRegistry(folder)
    return {one.name: registry.verified(one.model_id) for one in registry.list()}


def test_every_voter_of_the_house_proves_itself_and_votes(folder: Path) -> None:
    proof, features = SandboxedProof(), OhlcvFeatures()
    registry = FileModelRegistry(folder, proof=proof)
    voters = load_voters(registry, standard_trainers(features.names), features)

    assert {voter.name for voter in voters} == set(NAMES)
    assert proof.started == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_one_bit_changed_and_no_process_is_even_started(
    artefacts: dict[str, Artefact], folder: Path, tmp_path: Path, name: str
) -> None:
    parser = tmp_path / "parser ran"
    command = (sys.executable, "-c", f"open({str(parser)!r}, 'w')")
    proof = SandboxedProof(command)
    registry = FileModelRegistry(folder, proof=proof)
    manifest = artefacts[name].manifest
    path = registry.content_path(manifest)
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(IntegrityFailure, match="not what was saved"):
            registry.load(manifest.model_id, manifest.schema_hash)
    finally:
        path.write_bytes(whole)

    assert proof.started == 0
    assert not parser.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_answers_otherwise_than_at_its_training_is_refused(
    artefacts: dict[str, Artefact], name: str
) -> None:
    one = artefacts[name]
    assert one.golden is not None
    sure = tuple(None if c is None else c + 1e-3 for c in one.golden.confidence)
    other = one.golden._replace(confidence=sure)
    if not one.manifest.degenerate:
        with pytest.raises(IntegrityFailure, match="golden rows"):
            SandboxedProof()(one._replace(golden=other))
    flipped = one.golden._replace(action=tuple(2 for _ in one.golden.action))
    with pytest.raises(IntegrityFailure, match="golden rows"):
        SandboxedProof()(one._replace(golden=flipped))


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_model_that_is_malformed_is_refused_before_its_library(
    artefacts: dict[str, Artefact], name: str
) -> None:
    one = artefacts[name]
    with pytest.raises(IntegrityFailure, match="refused"):
        SandboxedProof()(one._replace(content=one.content[: len(one.content) * 2 // 3]))


def test_a_voter_nobody_knows_is_refused(artefacts: dict[str, Artefact]) -> None:
    one = artefacts["logistic"]
    stranger = one._replace(manifest=one.manifest._replace(name="oracle"))
    with pytest.raises(IntegrityFailure, match="no voter is called 'oracle'"):
        SandboxedProof()(stranger)


HARM = {
    "opens a file": "open('/etc/passwd')",
    "writes a file": "open('/tmp/x', 'w')",
    "opens a socket": "__import__('socket').socket()",
    "runs a program": "os.execv('/bin/true', ['true'])",
    "forks by the old call": "ctypes.CDLL(None).syscall(58) < 0 and fail()",
    "takes memory": "bytearray(8 << 30)",
    "kills": "os.kill(os.getppid(), 0)",
    "renames": "os.rename('/tmp', '/tmp2')",
}


@pytest.mark.parametrize("harm", HARM)
def test_a_confined_process_can_do_no_harm(artefacts: dict[str, Artefact], harm: str) -> None:
    script = textwrap.dedent(f"""
        import ctypes, json, os, socket, sys
        from adapters.models.confinement import confine_calls, confine_resources
        def fail(): raise OSError
        confine_resources()
        filtered = confine_calls()
        try:
            {HARM[harm]}
            problem = "it could"
        except (OSError, MemoryError) as error:
            problem = "it could not"
        os.write(1, json.dumps({{"ok": False, "problem": problem}}).encode())
    """)
    proof = SandboxedProof((sys.executable, "-c", script))
    with pytest.raises(IntegrityFailure, match="it could not"):
        proof(artefacts["logistic"])


ENDS = {
    "crashes": "import os; os.abort()",
    "says nothing": "",
    "says nonsense": "print('ok')",
    "takes memory": "import adapters.models.confinement as c; c.confine_resources(); x = b'1' << 9",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_process_that_ends_badly_is_a_refusal(artefacts: dict[str, Artefact], end: str) -> None:
    with pytest.raises(IntegrityFailure, match="its process ended"):
        SandboxedProof((sys.executable, "-c", ENDS[end]))(artefacts["logistic"])


def test_a_process_that_hangs_is_a_refusal(artefacts: dict[str, Artefact]) -> None:
    proof = SandboxedProof((sys.executable, "-c", "import time; time.sleep(60)"), deadline_s=0.5)
    with pytest.raises(IntegrityFailure, match=r"within 0.5 s"):
        proof(artefacts["logistic"])
