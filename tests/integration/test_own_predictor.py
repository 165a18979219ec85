"""The documentation's example runs, and an installed predictor is found by its name."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.models.plugins import installed_plugins, load_plugin
from application.errors import BadInput
from application.ports.predictor import Predictor

pytestmark = pytest.mark.integration

DOCUMENT = Path(__file__).parents[2] / "docs" / "own-predictor.md"
PLUGINS = """
class Quiet:
    name, version, fallback = "quiet", "1", False
    def predict(self, market):
        return {}

def broken():
    raise OSError("no licence")
"""
ENTRIES = """[quantum_trader.predictors]
quiet = own_voters:Quiet
broken = own_voters:broken
gone = own_voters:gone
number = builtins:int
"""


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[None]:
    """Install a distribution with entry points, as a package installer would."""
    (tmp_path / "own_voters.py").write_text(PLUGINS)
    information = tmp_path / "own_voters-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: own-voters\nVersion: 1\n")
    (information / "entry_points.txt").write_text(ENTRIES)
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("own_voters", None)


def test_the_example_of_the_documentation_runs_and_keeps_its_promises() -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict[str, Any] = {"__name__": "example"}
    for block in blocks:
        exec(block, scope)  # noqa: S102 - our own document
    predictor: Predictor = scope["predictor"]

    assert len(blocks) == 3
    assert (predictor.name, predictor.fallback) == ("crossover", False)


@pytest.mark.usefixtures("installed")
def test_an_installed_predictor_is_loaded_by_its_name() -> None:
    assert "quiet" in installed_plugins()
    assert load_plugin("quiet").name == "quiet"


@pytest.mark.usefixtures("installed")
def test_an_unknown_name_is_answered_with_the_names_that_are_installed() -> None:
    with pytest.raises(BadInput, match=r"no predictor 'quite' is installed.*quiet"):
        load_plugin("quite")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken", "does not load: no licence"),
        ("gone", "does not load"),
        ("number", "lacks name, version, fallback, predict"),
    ],
)
def test_a_predictor_that_cannot_be_used_is_named_with_the_reason(name: str, told: str) -> None:
    with pytest.raises(BadInput, match=rf"predictor '{name}' \(.*\).*{told}"):
        load_plugin(name)
