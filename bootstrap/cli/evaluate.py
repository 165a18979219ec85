"""`quantum-trader evaluate`: what the voters are worth on real history, honestly."""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.learning import Progress, silent

if TYPE_CHECKING:
    from application.evaluation import Evaluation


def evaluate(
    data: Annotated[
        list[str], typer.Option(help="Bars: a file named SYMBOL-INTERVAL-..., or SYMBOL:5m=FILE.")
    ],
    *,
    funding: Annotated[
        Path | None, typer.Option(help="Funding rates, paid and earned while a trade is open.")
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(help="Judge the models kept here after their training; walk forward if none."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Where to write the page with the plots.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge the voters out of sample, after all costs, against what needs no voter at all."""
    told = _evaluated(data, funding, models, shown=not as_json)
    if page is not None:
        from adapters.reporting.evaluation_page import write_evaluation  # noqa: PLC0415 - as below

        write_evaluation(told, page)
    if as_json:
        named = {**_plain(told), "verdict": told.verdict, "objections": told.objections}
        sys.stdout.write(json.dumps(named) + "\n")
        return
    from adapters.reporting.evaluation_table import show_evaluation  # noqa: PLC0415 - as below

    show_evaluation(told)
    if page is not None:
        sys.stdout.write(f"page: {page}\n")


def _evaluated(
    data: Sequence[str],
    funding: Path | None,
    models: Path | None,
    *,
    shown: bool,
) -> "Evaluation":
    # Arrays and models take a second to import; `--help` shall not wait for them.
    from adapters.market_data.files import FileHistory  # noqa: PLC0415 - see above
    from adapters.market_data.sources import parse_source  # noqa: PLC0415 - see above
    from bootstrap.evaluation import evaluate as judge  # noqa: PLC0415 - see above
    from domain.governance.policy import Policy  # noqa: PLC0415 - see above

    history = FileHistory([parse_source(text) for text in data], funding).load()
    if not shown:
        return judge(history, Policy(), models, silent)
    from rich.console import Console  # noqa: PLC0415 - only where a person looks on
    from rich.progress import Progress as Bar  # noqa: PLC0415 - likewise

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        report: Progress = tell
        return judge(history, Policy(), models, report)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any tree of named tuples
    """Return *value* as JSON holds it; what is not a number there is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
