"""`quantum-trader run` (paper) and `quantum-trader backtest`."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput
from bootstrap.cli.remote import run_remote
from bootstrap.cli.showing import progress_shown, show
from domain.shared.enums import RunMode

if TYPE_CHECKING:
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
Venue = Annotated[
    str | None, typer.Option(help="Trade at a venue beyond a wire: http://127.0.0.1:PORT.")
]
TokenFile = Annotated[
    Path | None, typer.Option(help="File with the token that the venue asks for, mode 600.")
]
Config = Annotated[
    Path | None, typer.Option(help="TOML file of settings; `quantum-trader init` writes one.")
]
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
    config: Config = None,
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
    _go(RunMode.BACKTEST, plan, deposit, {}, config, as_json=as_json)


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
    venue: Venue = None,
    token_file: TokenFile = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Run the daemon on paper: a simulated venue, and a simulated market or files.

    With --venue it trades at a venue of its own process (see `quantum-trader venue`), goes on with
    the run in --run-dir at every start, and leaves stops at the venue when it ends.

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
        venue=venue,
        token_file=token_file,
    )
    market = {name: value for name, value in (("seed", seed), ("days", days)) if value is not None}
    _go(mode, plan, deposit, market, config, as_json=as_json)


def _house_models(wish: bool | None, stored: Path | None, *, others: bool) -> bool:  # noqa: FBT001 - the option's own three values
    """Tell whether the house's voters learn in this run: as wished, else if nobody else votes."""
    if stored is not None and wish is not None:
        raise BadInput("--models names who votes; leave out --with-models and --no-models")
    return wish if wish is not None else stored is None and not others


def _go(
    mode: RunMode,
    plan: "RunPlan",
    deposit: str | None,
    market: dict[str, int],
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    began_s = time.perf_counter()
    from bootstrap.logs import log_as  # noqa: PLC0415 - see above
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
    settings = load_settings(mode, overrides, config)
    log_as(settings)
    if plan.token_file is not None and plan.venue is None:
        raise BadInput("--token-file: is for a venue; name it by --venue")
    if plan.venue is not None:
        if deposit is not None:
            raise BadInput("--deposit: the account at the venue says what it holds; leave it out")
        with progress_shown(quiet=as_json) as progress:
            run_remote(settings, plan, progress, began_s, as_json=as_json)
        return
    from bootstrap.lifecycle import execute  # noqa: PLC0415 - see above

    with progress_shown(quiet=as_json) as progress:
        outcome = execute(settings, plan, progress)
    show(outcome, as_json=as_json)
    if not outcome.audit_ok:
        sys.exit(INTEGRITY)
