"""The contracts on imports, as the project declares them, are kept."""

from pathlib import Path

import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.cli import lint_imports

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.integration


def test_every_contract_on_imports_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    failed = lint_imports(config_filename="pyproject.toml", cache_dir=str(tmp_path))
    assert not failed, capsys.readouterr().out


def test_the_contracts_are_those_of_the_house() -> None:
    options = read_user_options(str(ROOT / "pyproject.toml"))
    kinds = sorted(contract["type"] for contract in options.contracts_options)
    assert kinds == ["acyclic_siblings", "forbidden", "independence", "layers", "layers"]
