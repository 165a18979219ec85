"""Deliberate faults, one at a time: a line of the source is another one for one child process.

Nothing is patched: the child's importer reads the module, replaces the line, and runs what that
gives; whether the simulation notices is then counted in schedules. A line that is not in the source
exactly once is an error, so that this table cannot go stale.

Run as `python -m tests.planting NAME [FIRST SEEDS_MAX]`: prints a JSON object; without a name, all
of them, one after the other, as a table.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

SEEDS_MAX: Final = 1_000
TEXT_MAX: Final = 300
TIMEOUT_S: Final = 600
ROOT: Final = Path(__file__).parents[1]


class Bug(NamedTuple):
    """A fault: in `module`, the text `old` reads `new`.

    It is looked for in `scenario`; there the schedule of `seed` is known to catch it.
    """

    module: str
    old: str
    new: str
    scenario: str = "swarm"
    seed: int = 0


class _Planter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads it with its fault."""

    def __init__(self, bug: Bug) -> None:
        self._bug = bug

    def find_spec(
        self, name: str, path: Sequence[str] | None, _: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for the module with the fault, None for every other."""
        if name != self._bug.module:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(name)
        return importlib.util.spec_from_file_location(name, found.origin, loader=self)

    def create_module(self, _: importlib.machinery.ModuleSpec) -> None:
        """Leave it to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the source with the fault in it."""
        bug = self._bug
        with open(module.__file__ or "", encoding="utf-8") as file:  # noqa: PTH123 - as the importer
            source = file.read()
        if source.count(bug.old) != 1:
            raise ValueError(f"{bug.module}: {source.count(bug.old)} times {bug.old!r}, not once")
        planted = source.replace(bug.old, bug.new)
        exec(compile(planted, module.__file__ or "", "exec"), module.__dict__)  # noqa: S102 - ours


def caught(bug: Bug, first: int, seeds_max: int) -> dict[str, object]:
    """Return by what *bug* is caught, and after how many schedules; in this very process."""
    sys.meta_path.insert(0, _Planter(bug))
    from bootstrap.simulation.runs import run_seeds  # noqa: PLC0415 - after the fault is planted

    result = run_seeds(first, first + seeds_max - 1, bug.scenario, until_broken=True)
    told: dict[str, object] = {"schedules": result.schedules, "seed": None, "by": None}
    for broken in result.broken[:1]:
        told |= {"seed": broken.seed, "by": str(broken.broken)[:TEXT_MAX]}
    return told


def planted(name: str, first: int, seeds_max: int) -> dict[str, object]:
    """Return the same of the bug *name*, planted in a process of its own."""
    command = [sys.executable, "-m", "tests.planting", name, str(first), str(seeds_max)]
    ended = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if not ended.stdout:
        raise RuntimeError(ended.stderr[-2000:])
    told: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return told


def main(arguments: Sequence[str]) -> int:
    """Play schedules with the fault that the first argument names, until it is caught."""
    from tests.planted import PLANTED  # noqa: PLC0415 - the table is large

    if arguments:
        first, seeds_max = map(int, arguments[1:] or ("0", str(SEEDS_MAX)))
        told = caught(PLANTED[arguments[0]], first, seeds_max)
        sys.stdout.write(json.dumps({"bug": arguments[0], **told}) + "\n")
        return 0 if told["by"] else 1
    missed = 0
    for name, bug in PLANTED.items():
        told = planted(name, 0, SEEDS_MAX)
        missed += told["by"] is None
        how = f"{told['schedules']:>5} of {bug.scenario}: {told['by']}"
        sys.stdout.write(f"{name:<48} {how[:160]}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(PLANTED) - missed} of {len(PLANTED)} caught\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
