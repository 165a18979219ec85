"""Tests lie where their source lies, and say of what kind they are."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.sources import ROOT, files, imports_of, name_of, tree_of

pytestmark = pytest.mark.unit

# What the tests of a folder are; elsewhere each file says for itself.
MARKER_OF: Final = {"unit": "unit", "integration": "integration", "scenario": "scenario"}


def collected(*folders: str) -> list[Path]:
    """Return every file of tests below *folders*."""
    where = (f"tests/{folder}" for folder in folders) if folders else ("tests",)
    return [p for p in files(*where) if p.name.startswith("test_")]


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


def test_every_file_of_tests_says_of_what_kind_it_is() -> None:
    without = [name_of(p) for p in collected() if not markers_of(p) & set(MARKER_OF.values())]
    assert not without


@pytest.mark.parametrize("folder", MARKER_OF)
def test_the_tests_of_a_folder_are_of_its_kind(folder: str) -> None:
    strangers = [name_of(p) for p in collected(folder) if MARKER_OF[folder] not in markers_of(p)]
    assert not strangers


def test_unit_tests_lie_where_their_source_lies_and_bear_its_name() -> None:
    lost = [
        name_of(p) for p in collected("unit") if not _mirrors(p.relative_to(ROOT / "tests/unit"))
    ]
    assert not lost


def _mirrors(path: Path) -> bool:
    """Tell whether `area/test_<module>.py`, or `test_<module>_<theme>.py`, has its module."""
    folder, name = ROOT / path.parent, path.stem.removeprefix("test_")
    modules = {p.stem for p in folder.glob("*.py")} | {p.name for p in folder.glob("[a-z]*/")}
    return any(name == m or name.startswith(f"{m}_") for m in modules)


def test_every_module_of_the_domain_that_decides_anything_has_a_test_of_its_name() -> None:
    untested = [
        name_of(p)
        for p in files("domain")
        if p.name not in {"__init__.py", "messages.py"}
        and any(isinstance(node, ast.FunctionDef) for node in tree_of(p).body)
        and not _has_test(p)
    ]
    assert not untested


def _has_test(source: Path) -> bool:
    folder = ROOT / "tests/unit" / source.relative_to(ROOT).parent
    if source.parent.name == "decision":
        return any(folder.glob("test_step*.py"))  # its parts are told through `step`
    return (folder / f"test_{source.stem}.py").exists()


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {p.parent for p in files("tests")}
    assert not [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_no_test_replaces_the_real_by_a_mock() -> None:
    found = [
        name_of(p)
        for p in files("tests")
        if any(module.partition(".")[2] == "mock" or module == "mock" for module in imports_of(p))
    ]
    assert not found
