"""Where a run is written: checked before anything is read, learnt or played."""

import os
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from adapters.reporting.tables import require_suffix
from application.errors import BadInput
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings

JOURNAL = "journal.db"
SEGMENTS = "journal"


def run_dir_of(settings: Settings, plan: RunPlan) -> Path:
    """Return the directory of the run, which may not exist yet.

    Raises `BadInput` with everything that *plan* wants to write and cannot.
    """
    problems: list[str] = []
    run_dir = _chosen(settings, plan, problems)
    problems += _unwritable("--run-dir" if plan.run_dir else "runs_dir", run_dir / JOURNAL)
    for option, path in (("--trades-out", plan.trades_out), ("--fills-out", plan.fills_out)):
        if path is None:
            continue
        try:
            require_suffix(path)
        except BadInput as error:
            problems += error.problems
        if path.is_dir():
            problems.append(f"{option} {path}: is a directory; name a file")
        problems += _unwritable(option, path)
    if plan.trades_out is not None and plan.trades_out == plan.fills_out:
        problems.append(f"--trades-out and --fills-out are both {plan.trades_out}; name two files")
    if problems:
        raise BadInput(*problems)
    return run_dir


def _chosen(settings: Settings, plan: RunPlan, problems: list[str]) -> Path:
    if plan.resume is not None:
        if plan.run_dir is not None:
            problems.append("--resume goes on in its own directory; leave out --run-dir")
        if (plan.resume / SEGMENTS).is_dir():
            problems.append(
                f"--resume {plan.resume}: was a run at a venue: go on with --venue and --run-dir"
            )
        elif not (plan.resume / JOURNAL).is_file():
            problems.append(f"--resume {plan.resume}: there is no journal to resume from")
        return plan.resume
    if plan.run_dir is not None:
        if plan.venue is None and (plan.run_dir / SEGMENTS).exists():
            problems.append(
                f"--run-dir {plan.run_dir}: holds a run at a venue: go on with --venue, or choose "
                "another"
            )
        elif (plan.run_dir / JOURNAL).exists():
            problems.append(
                f"--run-dir {plan.run_dir}: holds a run already; use --resume or another"
            )
        return plan.run_dir
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return settings.runs_dir / f"{stamp}-{settings.mode}-{token_hex(2)}"


def _unwritable(option: str, path: Path) -> list[str]:
    """Return why the folder of *path* cannot be written to, or made, if it cannot."""
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return [f"{option}: {folder} is not a directory; choose another place"]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"{option}: {folder} may not be written to; choose another place"]
    return []
