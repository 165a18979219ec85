"""What linters cannot hold: purity, sizes, and the few things that may stand in one place only."""

import ast
import re
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.sources import (
    HEXAGON,
    PACKAGES,
    ROOT,
    calls_of,
    files,
    imports_of,
    name_of,
    text_of,
    tree_of,
)

pytestmark = pytest.mark.unit

LINES_MAX: Final = 250
FUNCTION_LINES_MAX: Final = 40

# What may be longer, and why.
LONG_FILES: Final[dict[str, str]] = {
    "bootstrap/containers.py": "the composition of everything: a line or two for each part",
    "tests/unit/domain/decision/denials.py": "a table: what brings about each objection",
}
LONG_FUNCTIONS: Final[dict[str, str]] = {
    "bootstrap/remote_session.py joined": "a composition: a line or two for each part",
    "bootstrap/simulation/driver.py run": "a composition: a line or two for each part",
    "domain/decision/scene.py scene_of": "one value of many fields, a line for each",
    "tests/storm_policy.py a_random_policy": "a table: a line for each field of a random policy",
    "benchmarks/rivals.py main": "another engine's idioms, told in one place",
    "bootstrap/outcome.py result_of": "one value of many fields, a line for each",
}

# Clocks, chance and the outside world. `domain` may not even import what gives them.
IMPURE_CALL: Final = re.compile(
    r"(datetime\.)*(datetime|date)\.(now|utcnow|today)"
    r"|time\.\w+|random\.\w+|secrets\.\w+|(uuid\.)?uuid[14]|os\.urandom|print|open|input"
)
# fmt: off
IMPURE_MODULES: Final = frozenset({
    "asyncio", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "shutil", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib",
    "uuid", "warnings",
})
UNSAFE_MODULES: Final = frozenset({
    "pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve",
})
# fmt: on
SHARED_BY_ADAPTERS: Final = {
    "adapters.bar_arrays": "the shape in which bars pass from one adapter to another through ports",
    "adapters.signing": "one way of signing for all that must be believed later",
}
BANNED_NAME: Final = re.compile(r"(Manager|Helper|Helpers|Utils?|Service|Base|Data)$")
SILENCED: Final = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?!\[[a-z, -]+\]|: [A-Z]+\d)")
REASONLESS: Final = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ?ignore\[[a-z, -]+\])\s*$"
)

EVERYWHERE: Final = (*PACKAGES, "tests", "benchmarks")
NO_BANNED_WORD: Final = re.compile("TO" + r"DO|FIX" + r"ME|X" + "XX|HA" + r"CK\b")


def offenders(found: dict[Path, list[str]]) -> str:
    """Return what was *found*, a line each, empty when nothing was."""
    return "\n".join(f"{name_of(path)}: {what}" for path, whats in found.items() for what in whats)


def test_the_domain_imports_the_pure_standard_library_and_itself_only() -> None:
    allowed = (sys.stdlib_module_names - IMPURE_MODULES) | {"domain"}
    found = {
        p: [m for m in imports_of(p) if m.partition(".")[0] not in allowed] for p in files("domain")
    }
    assert not offenders(found)


def test_the_application_imports_the_standard_library_and_the_hexagon_only() -> None:
    allowed = sys.stdlib_module_names | set(HEXAGON)
    found = {
        p: [m for m in imports_of(p) if m.partition(".")[0] not in allowed]
        for p in files("application")
    }
    assert not offenders(found)


def test_the_hexagon_reads_no_clock_draws_no_lots_and_opens_nothing() -> None:
    found = {p: [c for c in calls_of(p) if IMPURE_CALL.fullmatch(c)] for p in files(*HEXAGON)}
    assert not offenders(found)


def test_the_domain_never_waits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = {
        p: ["waits" for node in ast.walk(tree_of(p)) if isinstance(node, waiting)]
        for p in files("domain")
    }
    assert not offenders(found)


def test_only_the_judge_approves() -> None:
    made_in = {
        name_of(p)
        for p in files(*PACKAGES)
        if any(call.rpartition(".")[2] == "Approved" for call in calls_of(p))
    }
    assert made_in == {"domain/risk/verdict.py"}


def test_nothing_that_can_execute_code_when_loaded_is_imported() -> None:
    found = {
        p: [m for m in imports_of(p) if m.partition(".")[0] in UNSAFE_MODULES]
        for p in files(*PACKAGES)
    }
    assert not offenders(found)


def test_the_container_is_known_to_bootstrap_alone() -> None:
    found = {
        p: [m for m in imports_of(p) if m.partition(".")[0] == "dependency_injector"]
        for p in files(*HEXAGON, "adapters")
    }
    assert not offenders(found)


def test_no_adapter_imports_another() -> None:
    found = {}
    for path in files("adapters"):
        own = ".".join(path.relative_to(ROOT).with_suffix("").parts[:2])
        foreign = [
            m
            for m in imports_of(path)
            if m.startswith("adapters.")
            and not (m == own or m.startswith(f"{own}."))
            and m not in SHARED_BY_ADAPTERS
        ]
        found[path] = foreign
    assert not offenders(found)


def test_files_are_short_or_say_why_not() -> None:
    sizes = {name_of(p): text_of(p).count("\n") for p in files(*EVERYWHERE)}
    long = {name for name, lines in sizes.items() if lines > LINES_MAX}
    assert long == set(LONG_FILES)


def test_functions_are_short_or_say_why_not() -> None:
    long = {
        f"{name_of(path)} {node.name}"
        for path in files(*EVERYWHERE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _body_lines(node) > FUNCTION_LINES_MAX
    }
    assert long == set(LONG_FUNCTIONS)


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its signature and docstring."""
    first, last = node.body[0], node.body[-1]
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        first = node.body[1]
    assert last.end_lineno is not None
    return last.end_lineno - first.lineno + 1


def test_no_file_puts_work_off() -> None:
    found = {p: NO_BANNED_WORD.findall(text_of(p)) for p in files(*EVERYWHERE)}
    assert not offenders(found)


def test_no_class_has_a_name_that_says_nothing() -> None:
    found = {
        p: [
            node.name
            for node in ast.walk(tree_of(p))
            if isinstance(node, ast.ClassDef) and BANNED_NAME.search(node.name)
        ]
        for p in files(*EVERYWHERE)
    }
    assert not offenders(found)


def test_a_silenced_warning_names_itself_and_carries_its_reason() -> None:
    found = {
        p: [
            f"line {number}: {line.strip()}"
            for number, line in enumerate(text_of(p).splitlines(), 1)
            if SILENCED.search(line) or REASONLESS.search(line)
        ]
        for p in files(*PACKAGES)
    }
    assert not offenders(found)
