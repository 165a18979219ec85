"""A run's directory on the command line: where its parts lie, and which run is the latest."""

from pathlib import Path
from typing import Any, Final

import typer

from application.errors import BadInput

NOT_INTACT: Final = 3
RUNS: Final = Path("runs")
JOURNALS: Final = ("journal.db", "journal")
"""Of a run on a simulated venue in process, and of one at a venue beyond a wire."""
RunDirectory: Any = typer.Argument(metavar="RUN_DIR", help="The directory of a run.")


def part_of(run_dir: Path, name: str) -> Path:
    """Return the part *name* of a run. Raises `BadInput` when it is not there."""
    part = run_dir / name
    if not run_dir.is_dir():
        raise BadInput(f"{run_dir}: there is no such directory; give the directory of a run")
    if not part.exists():
        raise BadInput(f"{run_dir}: no run was kept here: it has no {name}")
    return part


def latest_run(runs: Path = RUNS) -> Path:
    """Return the run under *runs* whose journal was written last. Raises `BadInput`."""
    journals = [path for name in JOURNALS for path in runs.glob(f"*/{name}")]
    found = max(journals, key=lambda path: path.stat().st_mtime_ns, default=None)
    if found is None:
        raise BadInput(f"there is no run under {runs.absolute()}; give --run RUN_DIR")
    return found.parent
