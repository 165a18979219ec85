"""The project's own source files, parsed once, for the tests that hold the rules of the house."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
HEXAGON: Final = ("domain", "application")
PACKAGES: Final = (*HEXAGON, "adapters", "bootstrap")


@cache
def files(*packages: str) -> tuple[Path, ...]:
    """Return every Python file of *packages*, in order."""
    found = (p for package in packages for p in (ROOT / package).rglob("*.py"))
    return tuple(sorted(found))


@cache
def text_of(path: Path) -> str:
    """Return the source of *path*."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of *path*."""
    return ast.parse(text_of(path))


def name_of(path: Path) -> str:
    """Return *path* as the project spells it."""
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted name of every module that *path* imports, wherever in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import hides where it points"
            yield node.module or ""


def calls_of(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that *path* calls by name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
