"""`quantum-trader run --venue`: what is shown of a run at a venue beyond a wire."""

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from application.learning import Progress
    from bootstrap.plan import RunPlan
    from bootstrap.settings import Settings

INTEGRITY = 3


def run_remote(
    settings: "Settings", plan: "RunPlan", progress: "Progress", began_s: float, *, as_json: bool
) -> None:
    """Trade, and show how it began and ended."""
    from bootstrap.remote import execute_remote  # noqa: PLC0415 - it takes a moment to import

    took: dict[str, float] = {}

    def reached(phase: str, seconds: float) -> None:
        took[f"{phase}_s"] = seconds
        told = json.dumps(took) if as_json else f"{phase} after {seconds:.2f} s"
        sys.stderr.write(told + "\n")
        sys.stderr.flush()

    outcome = execute_remote(settings, plan, progress, reached, began_s)
    if as_json:
        sys.stdout.write(json.dumps(outcome.summary) + "\n")
    else:
        for name, value in outcome.summary.items():
            sys.stdout.write(f"{name:>16}  {value}\n")
        sys.stdout.write(f"stopped; go on with --venue --run-dir {outcome.run_dir}\n")
    if not outcome.audit_ok:
        sys.exit(INTEGRITY)
