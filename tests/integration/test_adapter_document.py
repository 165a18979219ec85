"""The documentation's adapter is one: it keeps the contract of its port, and a run can use it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from application.ports.policy_cache import PolicyCache
from bootstrap.containers import Adapters
from bootstrap.plan import RunPlan
from bootstrap.settings import load_settings
from domain.governance.policy import Policy
from domain.shared.enums import RunMode
from tests.contracts import test_policy_cache as contract

pytestmark = pytest.mark.integration

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "writing-an-adapter.md"
HELD: Final = [
    contract.test_an_empty_cache_knows_nothing,
    contract.test_what_was_kept_is_recalled_by_another,
    contract.test_neither_version_nor_epoch_falls,
    contract.test_a_version_is_kept_as_it_was_first_told,
    contract.test_an_emergency_of_the_same_epoch_can_end,
    contract.test_versions_are_compared_as_numbers,
]


@pytest.fixture(scope="module")
def scope() -> dict[str, Any]:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks:
        exec(block, names)  # noqa: S102 - our own document
    return names


@pytest.mark.parametrize("held", HELD)
def test_it_keeps_the_contract_of_its_port(
    scope: dict[str, Any], tmp_path: Path, held: Callable[[Callable[[], PolicyCache]], None]
) -> None:
    held(lambda: scope["FilePolicyCache"](tmp_path / "policy"))


@pytest.mark.parametrize("damage", [b"", b"x", b"a\nb\n", b"\xff\n\n", b"1\n2\n3\n"])
def test_what_is_damaged_is_not_known(scope: dict[str, Any], tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "policy").write_bytes(damage)
    assert scope["FilePolicyCache"](tmp_path / "policy").recall() is None


def test_the_container_takes_it(scope: dict[str, Any], tmp_path: Path) -> None:
    settings = load_settings(RunMode.PAPER)
    adapters = Adapters(settings=settings, plan=RunPlan(Policy()), run_dir=tmp_path, resuming="no")
    path = tmp_path / "policy"
    scope["with_a_file_cache"](adapters, path)
    keeper = adapters.keeper()
    keeper.start(Policy(quorum=2), "test", "because", 1)
    keeper.close()
    assert scope["FilePolicyCache"](path).recall().record.policy.quorum == 2


def test_every_port_and_every_contract_test_that_it_names_is_there() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    root = DOCUMENT.parents[1]
    table = [line for line in text.splitlines() if line.startswith("| `")]
    ports = [name for line in table for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert ports
    assert all((root / "application" / "ports" / f"{port}.py").exists() for port in ports)
    tests = re.findall(r"`(test_\w+)`", text)
    assert all((root / "tests" / "contracts" / f"{name}.py").exists() for name in tests)
