"""Deliberate faults, one at a time: a line of the source is another one for one child process.

Nothing is patched: the child's importer reads the module, replaces the line, and runs what that
gives; whether the simulation notices is then counted in schedules. A line that is not in the source
exactly once is an error, so that this table cannot go stale.

Run as `python -m tests.planting NAME [SEEDS_MAX [SCENARIO ...]]`; prints one JSON object.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final, NamedTuple

SEEDS_MAX: Final = 1_000


class Bug(NamedTuple):
    """A fault: in `module`, the text `old` reads `new`. `scenarios` are where to look first."""

    module: str
    old: str
    new: str
    scenarios: tuple[str, ...] = ("swarm",)


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


def caught(bug: Bug, seeds_max: int) -> dict[str, object]:
    """Return by what *bug* is caught, and after how many schedules; in this very process."""
    sys.meta_path.insert(0, _Planter(bug))
    from bootstrap.simulation.runs import run_seeds  # noqa: PLC0415 - after the fault is planted

    played = 0
    for scenario in bug.scenarios:
        share = seeds_max // len(bug.scenarios)
        result = run_seeds(0, share - 1, scenario, until_broken=True)
        played += result.schedules
        if result.broken:
            broken = result.broken[0]
            return {"schedules": played, "seed": broken.seed, "by": str(broken.broken)[:300]}
    return {"schedules": played, "seed": None, "by": None}


def main(arguments: Sequence[str]) -> int:
    """Play schedules with the fault that the first argument names, until it is caught."""
    from tests.planted import PLANTED  # noqa: PLC0415 - the table is large

    bug = PLANTED[arguments[0]]
    seeds_max = int(arguments[1]) if len(arguments) > 1 else SEEDS_MAX
    told = caught(bug, seeds_max)
    sys.stdout.write(json.dumps({"bug": arguments[0], **told}) + "\n")
    return 0 if told["by"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
