"""The daemon from Python: back-tests and paper sessions with voters of your own.

    from bootstrap.embed import backtest

    outcome = backtest(data=["BTCUSDT-5m-2024.parquet"], predictors=[Crossover()], policy=policy)
    print(outcome.summary["equity_end"], outcome.run_dir)

A run made here passes through the same composition root as one from the command line: the same
desk, gates, venue, journal and audit. Settings come from the profile and from `QT_` variables, as
there. Every fault of the input raises `BadInput`; its `problems` name each one and its remedy.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from application.learning import Progress, silent
from application.ports.predictor import Predictor
from bootstrap.lifecycle import Outcome, execute
from bootstrap.plan import RunPlan
from bootstrap.settings import load_settings
from domain.governance.policy import Policy
from domain.shared.enums import RunMode

Source = str | Path


def backtest(
    *,
    data: Iterable[Source],
    policy: Policy | None = None,
    predictors: Iterable[Predictor] = (),
    house_models: bool = False,
    models_dir: Path | None = None,
    signals: Path | None = None,
    funding: Path | None = None,
    interval: str | None = None,
    deposit: Decimal | None = None,
    run_dir: Path | None = None,
    resume: Path | None = None,
    report: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """Play *data* (as for `--data`) through the desk and return what it came to.

    Who votes: *predictors*, *signals*, the stored models of *models_dir*, and with *house_models*
    the house's own voters, learning walk-forward. *deposit* is in USD. *run_dir* None makes a new
    directory under the settings' `runs_dir`; *resume* goes on with the run in a directory.

    Raises `BadInput` for input that cannot be used, `IntegrityFailure` when a resumed run is not
    the one that was recorded, `PortError` when the disk fails.
    """
    plan = RunPlan(
        policy=policy or Policy(),
        sources=tuple(map(str, data)),
        funding=funding,
        interval=interval,
        signals=signals,
        models=house_models,
        models_dir=models_dir,
        predictors=tuple(predictors),
        run_dir=run_dir,
        resume=resume,
        report=report,
    )
    return _run(RunMode.BACKTEST, plan, deposit, {}, progress)


def paper(
    *,
    data: Iterable[Source] = (),
    policy: Policy | None = None,
    predictors: Iterable[Predictor] = (),
    house_models: bool = False,
    models_dir: Path | None = None,
    funding: Path | None = None,
    deposit: Decimal | None = None,
    market: Mapping[str, Any] | None = None,
    pace_s: float = 0.0,
    run_dir: Path | None = None,
    resume: Path | None = None,
    report: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """Run a paper session over *data*, or in the simulated market where none is given.

    *market* overrides settings of the simulated market (`seed`, `days`, `symbols`, `crash` ...).
    *pace_s* is the pause between bars in seconds. All else, and the errors, as for `backtest`.

    Must not be called from within a running event loop: it runs one of its own.
    """
    plan = RunPlan(
        policy=policy or Policy(),
        sources=tuple(map(str, data)),
        funding=funding,
        models=house_models,
        models_dir=models_dir,
        predictors=tuple(predictors),
        run_dir=run_dir,
        resume=resume,
        report=report,
        pace_s=pace_s,
    )
    return _run(RunMode.PAPER, plan, deposit, market or {}, progress)


def _run(
    mode: RunMode,
    plan: RunPlan,
    deposit: Decimal | None,
    market: Mapping[str, Any],
    progress: Progress,
) -> Outcome:
    overrides: dict[str, Mapping[str, Any]] = {}
    if deposit is not None:
        overrides["account"] = {"deposit": deposit}
    if market:
        overrides["market"] = market
    return execute(load_settings(mode, overrides), plan, progress)
