"""`quantum-trader audit search` and `show`: records by what they are about."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from application.errors import BadInput
from bootstrap.cli.run_directory import RunDirectory, part_of
from domain.shared.identity import is_symbol

_WORD: Final = re.compile(r"[A-Za-z0-9._:@+-]{1,200}")
_LIMIT_MAX: Final = 1_000
Json = Annotated[bool, typer.Option("--json", help="Print the records as they are stored.")]


def search(
    run_dir: Annotated[Path, RunDirectory],
    *,
    kind: Annotated[str | None, typer.Option("--type", help="As in `trade.closed`.")] = None,
    symbol: Annotated[str | None, typer.Option(help="As in BTCUSDT.")] = None,
    trace: Annotated[str | None, typer.Option(help="The trace id of a decision.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who did it.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="ISO 8601, UTC; inclusive.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="ISO 8601, UTC; exclusive.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Go on after the record of this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=_LIMIT_MAX, help="Records at most.")] = 100,
    as_json: Json = False,
) -> None:
    """Print the records that are all of what is asked for, oldest first, a page at a time."""
    from adapters.audit.index import AuditIndex, Query  # noqa: PLC0415 - `--help` need not load it

    words = {"type": kind, "trace": trace, "actor": actor}
    wrong = [f"--{name}: {word!r} cannot be one" for name, word in words.items() if not _is(word)]
    if symbol is not None and not is_symbol(symbol):
        wrong.append(f"--symbol: {symbol!r} is not 2-17 capitals and digits")
    if wrong:
        raise BadInput(*wrong)
    index = AuditIndex(part_of(run_dir, "audit"))
    try:
        index.catch_up()
        asked = Query(
            kind, symbol, trace, actor, _ms("from", since), _ms("to", until), after, limit
        )
        found = index.search(asked)
    finally:
        index.close()
    for line in found:
        _print(line, as_json=as_json)
    if len(found) == limit and not as_json:
        last = _number(found[-1])
        typer.echo(f"there may be more; go on with --after {last}", err=True)


def show(
    run_dir: Annotated[Path, RunDirectory],
    number: Annotated[int, typer.Argument(min=1, help="The number of a record, its `seq`.")],
    *,
    as_json: Json = False,
) -> None:
    """Print one record, whole, and whether its bytes are those of its hash."""
    from adapters.audit.index import AuditIndex  # noqa: PLC0415 - `--help` need not load it

    index = AuditIndex(part_of(run_dir, "audit"))
    try:
        index.catch_up()
        line = index.record(number)
    finally:
        index.close()
    if line is None:
        raise BadInput(f"{run_dir}: there is no record {number}; it may be past its time")
    if as_json:
        _print(line, as_json=True)
        return
    import json  # noqa: PLC0415 - what only this branch needs

    typer.echo(json.dumps(json.loads(line), indent=1))


def _is(word: str | None) -> bool:
    return word is None or _WORD.fullmatch(word) is not None


def _ms(name: str, text: str | None) -> int | None:
    """Return *text* as UTC ms. Raises `BadInput`."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--{name}: {text!r} is no time; give it as 2024-05-01T12:00:00Z") from None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _number(line: bytes) -> int:
    return int(line[len(b'{"seq":') : line.index(b",")])


def _print(line: bytes, *, as_json: bool) -> None:
    echo: Callable[[str], None] = typer.echo
    if as_json:
        echo(line.decode().rstrip())
        return
    head, _, _ = line.decode().rpartition(',"prev":')
    echo(head.replace('{"seq":', "", 1).replace('"', ""))
