"""`quantum-trader report`: what a run came to, whole or in any period, as a page and in figures."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput
from bootstrap.cli.run_directory import latest_run

if TYPE_CHECKING:
    from application.chronicle import Chronicle

INTEGRITY = 3


def report(
    run_dir: Annotated[
        Path | None, typer.Argument(metavar="[RUN_DIR]", help="The run; the latest under ./runs.")
    ] = None,
    *,
    since: Annotated[
        str | None, typer.Option("--from", help="Begin there: 2025-01-31 or 2025-01-31T12:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="End before that, written alike.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The page; RUN_DIR/report[-PERIOD].html if not said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a page of what a run came to, and print its summary. Live runs can be looked at, too.

    Every figure is derived again from the journal; a period begins with the equity it found.
    Exit code 3 when the audit trail of the run is not what was written.
    """
    place = run_dir or latest_run()
    from_ms, until_ms = moment_of("--from", since), moment_of("--until", until)
    if from_ms is not None and until_ms is not None and from_ms >= until_ms:
        raise BadInput("--from: is not before --until; exchange them")
    page = out or place / _name(since, until)
    if page.is_dir():
        raise BadInput(f"--out {page}: is a directory; name a file")
    found = _derived(place, from_ms, until_ms)
    if not found.result.events:
        raise BadInput("--from, --until: nothing happened in that period; widen it")
    audit_ok = _written(found, place, page, whole=since is None and until is None)
    _show(found, page, audit_ok, as_json=as_json)
    if not audit_ok:
        sys.exit(INTEGRITY)


def moment_of(option: str, text: str | None) -> int | None:
    """Return *text*, a day or an ISO-8601 time with a zone, in UTC ms. Raises `BadInput`."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    is_day = moment is not None and "T" not in text and " " not in text
    if moment is None or (moment.tzinfo is None and not is_day):
        raise BadInput(f"{option} {text!r}: write 2025-01-31, or 2025-01-31T12:00:00Z")
    return round((moment.replace(tzinfo=UTC) if is_day else moment).timestamp() * 1000)


def _name(since: str | None, until: str | None) -> str:
    parts = [text.replace(":", "") for text in (since, until) if text is not None]
    return "-".join(("report", *parts)) + ".html"


def _derived(run_dir: Path, from_ms: int | None, until_ms: int | None) -> "Chronicle":
    # The database takes a moment to import; `--help` shall not wait for it.
    from application.chronicle import ALWAYS_MS, chronicle  # noqa: PLC0415 - see above
    from bootstrap.run_record import recorded  # noqa: PLC0415 - see above

    with recorded(run_dir) as entries:
        return chronicle(entries, run_dir.absolute().name, from_ms or 0, until_ms or ALWAYS_MS)


def _written(found: "Chronicle", run_dir: Path, page: Path, *, whole: bool) -> bool:
    """Write the page; tell whether the run's audit trail verifies."""
    from adapters.audit.verify import verify  # noqa: PLC0415 - see above
    from adapters.reporting.page import write_page  # noqa: PLC0415 - see above

    verdict = verify(run_dir / "audit")
    notes = {
        "audit": "verified" if verdict.ok else "BROKEN",
        "period": "the whole run" if whole else "part of the run, with what it found carried in",
        "equity": "marked at each close that the desk heard",
    }
    write_page(found.result, found.closes, page, notes)
    return verdict.ok


def _show(found: "Chronicle", page: Path, audit_ok: bool, *, as_json: bool) -> None:  # noqa: FBT001 - a value of the output
    from adapters.reporting.summary import as_json as summed  # noqa: PLC0415 - see above
    from adapters.reporting.summary import print_summary  # noqa: PLC0415 - see above

    if as_json:
        sys.stdout.write(json.dumps(summed(found.result, page, audit_ok)) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - see above

    print_summary(found.result, page, audit_ok, Console())
