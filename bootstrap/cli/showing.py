"""What the runs show of themselves: how far they are, and what they came to."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from application.learning import Progress
    from bootstrap.lifecycle import Outcome


@contextmanager
def progress_shown(*, quiet: bool) -> Iterator["Progress"]:
    """Show what is being done and how far it is; nothing where a machine reads."""
    from rich.console import Console  # noqa: PLC0415 - `--help` shall not wait for libraries
    from rich.progress import Progress as Bars  # noqa: PLC0415 - see above

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _what, _done, _total: None
        return
    with Bars(console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def progress(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total)

        yield progress


def show(outcome: "Outcome", *, as_json: bool) -> None:
    """Print what a run came to."""
    if as_json:
        sys.stdout.write(json.dumps(outcome.summary) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - see above

    from adapters.reporting.summary import print_summary  # noqa: PLC0415 - see above

    print_summary(outcome.result, outcome.report, outcome.audit_ok, Console())
    if outcome.result.interrupted:
        sys.stdout.write(f"stopped early; go on with --resume {outcome.run_dir}\n")
