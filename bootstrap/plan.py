"""What a run is asked to do: the command line's answer, typed, before anything is opened."""

from pathlib import Path
from typing import NamedTuple

from application.ports.predictor import Predictor
from domain.governance.policy import Policy


class RunPlan(NamedTuple):
    """Inputs and outputs of one run. Paths may be relative; None means not asked for.

    `sources` are bar files, empty for the simulated market. `models`: let the house's own voters
    learn and vote; `models_dir`: let those stored there vote. `plugins` are names of installed
    predictors, `predictors` are predictors themselves. `pace_s` is the pause between bars of a
    paper session. `venue` is the address of a venue beyond a wire, `token_file` has what it asks
    of a client. `ceiling` is the safety policy: hard limits that no change at runtime loosens.
    """

    policy: Policy
    sources: tuple[str, ...] = ()
    funding: Path | None = None
    interval: str | None = None
    instruments: Path | None = None
    signals: Path | None = None
    signals_open_times: bool = False
    models: bool = True
    plugins: tuple[str, ...] = ()
    run_dir: Path | None = None
    resume: Path | None = None
    trades_out: Path | None = None
    fills_out: Path | None = None
    report: bool = True
    skipping: bool = True
    pace_s: float = 0.0
    models_dir: Path | None = None
    predictors: tuple[Predictor, ...] = ()
    ceiling: Policy | None = None
    venue: str | None = None
    token_file: Path | None = None
