"""Tests lie where their source lies, and say of what kind they are."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.sources import ROOT, files, name_of, tree_of

pytestmark = pytest.mark.unit

TESTS: Final = ROOT / "tests"
UNIT: Final = TESTS / "unit"
# Which marker the tests of a folder carry.
MARKER_OF: Final = {"unit": "unit", "integration": "integration", "scenario": "scenario"}
# Tests of `step` tell stories that cross the modules of its area: `test_step_<story>`.
KNOWN_MARKERS: Final = {"unit", "integration", "scenario"}


def test_files() -> list[Path]:
    """Return every file that pytest collects."""
    return [p for p in files("tests") if p.name.startswith("test_")]


test_files.__test__ = False  # type: ignore[attr-defined]  # it only looks like a test


def markers_of(path: Path) -> set[str]:
    """Return the names of the markers that *path* gives to all its tests."""
    for node in tree_of(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            return {
                n.attr
                for n in ast.walk(node.value)
                if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "pytest.mark"
            }
    return set()
