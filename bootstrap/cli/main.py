"""`quantum-trader`: the command line.

Exit codes: 0 done, 1 failed, 2 bad input, 3 integrity, 130 interrupted before there was a result.
"""

import sys
from importlib.metadata import version as version_of
from typing import Annotated

import typer

from application.errors import ApplicationError, BadInput, IntegrityFailure
from bootstrap.cli import (
    alerts,
    api,
    audit,
    data,
    doctor,
    evaluate,
    init,
    models,
    operate,
    policy,
    replay,
    report,
    run,
    scenario,
    simulate,
    token,
    train,
    venue,
    why,
)

FAILED, BAD_INPUT, INTEGRITY = 1, 2, 3

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An autonomous, risk-governed trading daemon for crypto perpetual futures.",
)
app.command("run")(run.run)
app.command("backtest")(run.backtest)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.command("replay")(replay.replay)
app.command("why")(why.why)
app.command("report")(report.report)
app.add_typer(audit.app, name="audit")
app.add_typer(alerts.app, name="alerts")
app.add_typer(policy.app, name="policy")
app.add_typer(scenario.app, name="scenario")
app.command("simulate")(simulate.simulate)
app.command("venue")(venue.venue)
app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.add_typer(token.app, name="token")
app.command("api")(api.api)
operate.register(app)


@app.command()
def version(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Print the version."""
    number = version_of("quantum-trader")
    sys.stdout.write(f'{{"version": "{number}"}}\n' if as_json else f"quantum-trader {number}\n")


def main() -> None:
    """Run the command line; turn errors into a message and an exit code."""
    try:
        app()
    except BadInput as error:
        _tell(error.problems)
        sys.exit(BAD_INPUT)
    except IntegrityFailure as error:
        _tell((str(error),))
        sys.exit(INTEGRITY)
    except ApplicationError as error:
        _tell((str(error),))
        sys.exit(FAILED)
    except OSError as error:
        _tell((f"{error.filename or 'the file system'}: {error.strerror}",))
        sys.exit(FAILED)


def _tell(problems: tuple[str, ...]) -> None:
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")
