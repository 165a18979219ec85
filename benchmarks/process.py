"""A command in a fresh process, and what it cost."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
# The console script's own words, so that no installed script has to be found.
TRADER: Final = (sys.executable, "-c", "from bootstrap.cli.main import main; main()")


class Cost(NamedTuple):
    """What a process cost: CPU (user and system) and wall seconds, peak resident megabytes."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    printed: str

    @property
    def answer(self) -> dict[str, Any]:
        """Return the JSON object that the process printed last."""
        found: dict[str, Any] = json.loads(self.printed.strip().splitlines()[-1])
        return found


class CommandFailed(Exception):
    """A measured command did not end well."""


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run *command* and return what it cost. Raises `CommandFailed`."""
    launcher = [sys.executable, "-m", "benchmarks.measured", *command]
    done = subprocess.run(  # noqa: S603 - commands of this package, no shell
        launcher,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    if told["exit"]:
        raise CommandFailed(f"{' '.join(command)}: exit {told['exit']}\n{done.stderr[-2000:]}")
    return Cost(told["cpu_s"], told["wall_s"], told["peak_mb"], told["printed"])
