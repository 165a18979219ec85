"""What moved each voter: from the models a run used and the bars it saw, as the run noted them."""

import json
from bisect import bisect_left
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.market_data.intervals import interval_ms
from adapters.market_data.sources import Source, parse_source
from application.errors import ApplicationError
from bootstrap.plan import RunPlan

NOTE: Final = "voters.json"
SHOWN: Final = 5


class Explanation(NamedTuple):
    """Lines on what moved each voter, and the links that are missing."""

    lines: tuple[str, ...]
    missing: tuple[str, ...]


def note_voters(run_dir: Path, plan: RunPlan) -> None:
    """Write down, in the directory of a run, which models voted on which files."""
    note = {
        "learning": plan.models and plan.models_dir is None,
        "models_dir": None if plan.models_dir is None else str(plan.models_dir.absolute()),
        "data": [
            [source.symbol, source.interval_ms, str(source.path.absolute())]
            for source in map(parse_source, plan.sources)
        ],
        "funding": None if plan.funding is None else str(plan.funding.absolute()),
        "interval_ms": None if plan.interval is None else interval_ms(plan.interval),
    }
    (run_dir / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def explain(run_dir: Path, symbol: str, born_ms: int) -> Explanation:
    """Return which features moved each stored voter at the bar that closed at *born_ms*."""
    try:
        note: dict[str, Any] = json.loads((run_dir / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Explanation((), (f"what moved the voters: the run has no readable {NOTE}",))
    if note["models_dir"] is None and not note["learning"]:
        return Explanation((), ())
    if note["models_dir"] is None or not note["data"]:
        return Explanation(
            (),
            (
                (
                    "what moved the voters: models that learn during a run are not kept; train"
                    " them with `quantum-trader train` and run with --models"
                ),
            ),
        )
    try:
        return _explained(note, symbol, born_ms)
    except ApplicationError as error:
        return Explanation((), (f"what moved the voters: {error}",))


def _explained(note: dict[str, Any], symbol: str, born_ms: int) -> Explanation:
    # Arrays and models take a second to import; `--help` shall not wait for them.
    from adapters.features.feature_set import OhlcvFeatures  # noqa: PLC0415 - see above
    from adapters.market_data.files import FileHistory  # noqa: PLC0415 - see above
    from adapters.models.registry import FileModelRegistry  # noqa: PLC0415 - see above
    from adapters.models.standard import standard_trainers  # noqa: PLC0415 - see above

    sources = [Source(Path(path), name, step) for name, step, path in note["data"]]
    funding = None if note["funding"] is None else Path(note["funding"])
    history = FileHistory(sources, funding, note["interval_ms"]).load()
    bars = history.bars[symbol]
    row = bisect_left(bars.open_time, born_ms - bars.interval_ms)
    if row >= len(bars.open_time) or int(bars.open_time[row]) + bars.interval_ms != born_ms:
        return Explanation((), (f"what moved the voters: no bar of {symbol} closes at its time",))
    features = OhlcvFeatures(funding=history.funding)
    table = features.tables(history.bars)[symbol][row : row + 1]
    registry = FileModelRegistry(Path(note["models_dir"]))
    voting = registry.active()
    lines = []
    for trainer in standard_trainers(features.names):
        if trainer.name in voting:
            model_id = voting[trainer.name]
            artefact = registry.load(model_id, features.schema_hash)
            parts = trainer.explained(artefact.content, table)
            lines.append(f"{trainer.name} ({model_id}): {_moved(features.names, table[0], parts)}")
    return Explanation(tuple(lines), ())


def _moved(names: tuple[str, ...], values: Any, parts: Any) -> str:  # noqa: ANN401 - arrays
    if not len(parts):
        return "abstains: a feature is not known, or it learnt nothing"
    order = sorted(range(len(parts)), key=lambda place: -abs(parts[place]))[:SHOWN]
    return ", ".join(
        f"{names[place]} = {values[place]:.3g} ({parts[place]:+.4f})"
        for place in order
        if parts[place]
    )
