"""A run's directory: its records, and whether it stands halted."""

from pathlib import Path

from adapters.audit.verify import verify
from adapters.persistence.latch import FileLatch
from bootstrap.doctor.finding import Findings
from domain.risk.emergency_stop import EMERGENCY


def examine_run(run_dir: Path, found: Findings) -> None:
    """Examine the run in *run_dir*, which may be going on."""
    if not run_dir.is_dir():
        found.fail("run", f"{run_dir}: is no directory", "name the directory of a run by --run")
        return
    with found.failing("run: audit", "keep the directory as evidence, and begin another run"):
        verdict = verify(run_dir / "audit")
        if verdict.ok:
            found.ok("run: audit", f"{run_dir}: verified, {verdict.records} records")
        else:
            found.fail(
                "run: audit",
                f"{run_dir}: {verdict.problem}",
                "keep the directory as evidence, and begin another run",
            )
    with found.failing("run: emergency stop", "restore the latch, or begin another run"):
        kept = FileLatch(run_dir / "latch").read()
        if kept is None:
            found.fail(
                "run: emergency stop",
                "its latch is missing or damaged: the run counts as halted",
                "look at the account, then resume by hand with a reason",
            )
        elif kept.mode is EMERGENCY:
            causes = ", ".join(kept.causes) or "recovering"
            found.warn("run: emergency stop", f"EMERGENCY ({causes})", "see `quantum-trader why`")
        else:
            found.ok("run: emergency stop", kept.mode.name)
