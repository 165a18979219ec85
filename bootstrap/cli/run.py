"""`quantum-trader run` (paper) and `quantum-trader backtest`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput
from domain.shared.enums import RunMode

if TYPE_CHECKING:
    from application.learning import Progress
    from bootstrap.lifecycle import Outcome
    from bootstrap.plan import RunPlan

INTEGRITY = 3

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE", help="Bars, as for --data."),
]
Data = Annotated[
    list[str] | None,
    typer.Option(help="Bars: SYMBOL-INTERVAL-... .parquet or .csv, or SYMBOL:INTERVAL=FILE."),
]
Funding = Annotated[Path | None, typer.Option(help="Funding rates: time, symbol, rate.")]
Interval = Annotated[str | None, typer.Option(help="Aggregate all bars to this: 5m, 1h ...")]
Instruments = Annotated[Path | None, typer.Option(help="TOML file of instrument filters, fees.")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="TOML file of policy fields.")]
Ceiling = Annotated[
    Path | None, typer.Option(help="Safety policy: hard limits that no change may loosen.")
]
Signals = Annotated[
    Path | None, typer.Option(help="Your signals: time, symbol, action, confidence[, stop, target]")
]
OpenTimes = Annotated[
    bool,
    typer.Option(
        "--signals-open-times", help="The signals carry opening times of bars, not closing times."
    ),
]
HouseModels = Annotated[
    bool | None,
    typer.Option(
        "--with-models/--no-models",
        help="Let the house's own voters learn and vote; if not said: unless others are named.",
    ),
]
Models = Annotated[
    Path | None,
    typer.Option(help="Vote with the models that `train` stored there, instead of learning."),
]
Voters = Annotated[
    list[str] | None, typer.Option("--voter", help="An installed predictor plug-in, by name.")
]
Deposit = Annotated[str | None, typer.Option(help="Money to begin with, USD.")]
RunDir = Annotated[Path | None, typer.Option(help="Where to write the run; must not hold one.")]
Resume = Annotated[Path | None, typer.Option(help="Go on with the run in this directory.")]
TradesOut = Annotated[Path | None, typer.Option(help="Write trades as .csv or .parquet.")]
FillsOut = Annotated[Path | None, typer.Option(help="Write fills as .csv or .parquet.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write the HTML report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def backtest(
    files: Files = None,
    *,
    data: Data = None,
    funding: Funding = None,
    interval: Interval = None,
    instruments: Instruments = None,
    policy: PolicyFile = None,
    ceiling: Ceiling = None,
    signals: Signals = None,
    signals_open_times: OpenTimes = False,
    with_models: HouseModels = None,
    models: Models = None,
    voter: Voters = None,
    deposit: Deposit = None,
    run_dir: RunDir = None,
    resume: Resume = None,
    trades_out: TradesOut = None,
    fills_out: FillsOut = None,
    no_report: NoReport = False,
    visit_all: Annotated[
        bool, typer.Option("--visit-all", help="Visit every bar instead of skipping quiet ones.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play history through the whole desk, as fast as what happens in it.

    Ctrl-C stops it cleanly, with all that happened written down and exit code 0; the summary then
    says "interrupted", and --resume goes on to the same end. So it does after a crash. Before
    anything is played, Ctrl-C leaves nothing behind.
    """
    from bootstrap.plan import RunPlan  # noqa: PLC0415 - `--help` shall not wait for libraries
    from bootstrap.policy_file import load_policy  # noqa: PLC0415 - see above

    plan = RunPlan(
        policy=load_policy(policy),
        ceiling=load_policy(ceiling) if ceiling is not None else None,
        sources=(*(data or ()), *(files or ())),
        funding=funding,
        interval=interval,
        instruments=instruments,
        signals=signals,
        signals_open_times=signals_open_times,
        models=_house_models(with_models, models, others=bool(signals or voter)),
        models_dir=models,
        plugins=tuple(voter or ()),
        run_dir=run_dir,
        resume=resume,
        trades_out=trades_out,
        fills_out=fills_out,
        report=not no_report,
        skipping=not visit_all,
    )
    _go(RunMode.BACKTEST, plan, deposit, {}, as_json=as_json)


def run(
    files: Files = None,
    *,
    mode: Annotated[RunMode, typer.Option(help="Where orders go.")] = RunMode.PAPER,
    data: Data = None,
    funding: Funding = None,
    interval: Interval = None,
    instruments: Instruments = None,
    policy: PolicyFile = None,
    ceiling: Ceiling = None,
    signals: Signals = None,
    signals_open_times: OpenTimes = False,
    with_models: HouseModels = None,
    models: Models = None,
    voter: Voters = None,
    deposit: Deposit = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the simulated market.")] = None,
    days: Annotated[int | None, typer.Option(min=2, help="Of the simulated market.")] = None,
    pace: Annotated[float, typer.Option(min=0, help="Seconds between bars; 0: at once.")] = 0.0,
    run_dir: RunDir = None,
    resume: Resume = None,
    trades_out: TradesOut = None,
    fills_out: FillsOut = None,
    no_report: NoReport = False,
    as_json: AsJson = False,
) -> None:
    """Run the daemon on paper: a simulated venue, and a simulated market or files.

    Ctrl-C stops it cleanly, with all that happened written down and exit code 0; the summary then
    says "interrupted", and --resume goes on to the same end. So it does after a crash. Before
    anything is played, Ctrl-C leaves nothing behind.
    """
    from bootstrap.plan import RunPlan  # noqa: PLC0415 - `--help` shall not wait for libraries
    from bootstrap.policy_file import load_policy  # noqa: PLC0415 - see above

    plan = RunPlan(
        policy=load_policy(policy),
        ceiling=load_policy(ceiling) if ceiling is not None else None,
        sources=(*(data or ()), *(files or ())),
        funding=funding,
        interval=interval,
        instruments=instruments,
        signals=signals,
        signals_open_times=signals_open_times,
        models=_house_models(with_models, models, others=bool(signals or voter)),
        models_dir=models,
        plugins=tuple(voter or ()),
        run_dir=run_dir,
        resume=resume,
        trades_out=trades_out,
        fills_out=fills_out,
        report=not no_report,
        pace_s=pace,
    )
    market = {name: value for name, value in (("seed", seed), ("days", days)) if value is not None}
    _go(mode, plan, deposit, market, as_json=as_json)


def _house_models(wish: bool | None, stored: Path | None, *, others: bool) -> bool:  # noqa: FBT001 - the option's own three values
    """Tell whether the house's voters learn in this run: as wished, else if nobody else votes."""
    if stored is not None and wish is not None:
        raise BadInput("--models names who votes; leave out --with-models and --no-models")
    return wish if wish is not None else stored is None and not others


def _go(
    mode: RunMode, plan: "RunPlan", deposit: str | None, market: dict[str, int], *, as_json: bool
) -> None:
    from bootstrap.settings import load_settings  # noqa: PLC0415 - see above

    if market and plan.sources:
        raise BadInput(
            *(f"--{name}: is of the simulated market; leave out --data" for name in market)
        )
    overrides: dict[str, object] = {}
    if deposit is not None:
        overrides["account"] = {"deposit": deposit}
    if market:
        overrides["market"] = market
    settings = load_settings(mode, overrides)
    from bootstrap.lifecycle import execute  # noqa: PLC0415 - see above

    with _progress(quiet=as_json) as progress:
        outcome = execute(settings, plan, progress)
    _show(outcome, as_json=as_json)
    if not outcome.audit_ok:
        sys.exit(INTEGRITY)


@contextmanager
def _progress(*, quiet: bool) -> Iterator["Progress"]:
    """Show what is being done and how far it is; nothing where a machine reads."""
    from rich.console import Console  # noqa: PLC0415 - see above
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


def _show(outcome: "Outcome", *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(outcome.summary) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - see above

    from adapters.reporting.summary import print_summary  # noqa: PLC0415 - see above

    print_summary(outcome.result, outcome.report, outcome.audit_ok, Console())
    if outcome.result.interrupted:
        sys.stdout.write(f"stopped early; go on with --resume {outcome.run_dir}\n")
