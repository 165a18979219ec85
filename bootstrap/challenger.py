"""`python -m bootstrap.challenger`: trains one challenger in a process of its own.

The request comes as one JSON object on standard input. Progress and the answer go to standard
output, a JSON object a line; the last one is the answer. The process is nice, its memory is
bounded, and it knows no bar that closed after the time it was given.
"""

import json
import os
import resource
import sys
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from adapters.features.feature_set import OhlcvFeatures
from adapters.models.scoring import pairs_of
from adapters.models.standard import standard_trainers
from application.errors import ApplicationError, BadInput
from application.learning import WalkForwardPlan, study, walk_forward
from application.ports.trainer import Trainer
from application.training import load_voter, train_final
from bootstrap.model_store import proved_registry
from bootstrap.plan import RunPlan
from bootstrap.settings import load_settings
from bootstrap.wiring import history_of
from domain.ai.contest import block_means
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from domain.shared.enums import RunMode

_REFITS: Final = 3
_BARS_MIN: Final = 1_500


def main() -> int:
    """Train what the request asks for."""
    request: dict[str, Any] = json.load(sys.stdin)
    os.nice(int(request["nice"]))
    most = int(request["memory_gib"]) << 30
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = _trained(request)
    except (ApplicationError, MemoryError) as error:
        answer = {"problem": str(error) or type(error).__name__}
    _say(answer)
    return 0


def _say(what: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _trained(request: Mapping[str, Any]) -> dict[str, Any]:
    features = OhlcvFeatures()
    trainers = {one.name: one for one in standard_trainers(features.names)}
    trainer = trainers.get(request["name"])
    if trainer is None:
        raise BadInput(f"no voter is called {request['name']!r}")
    market = _market(request)
    plan = WalkForwardPlan(train_bars_min=_BARS_MIN, train_bars_max=None)
    keys = request["keys"]
    registry = proved_registry(Path(request["models_dir"]), keys and Path(keys))

    def progress(what: str, done: int, total: int) -> None:
        _say({"progress": what, "done": done, "total": total})

    walked = _walked(request, market, features, trainer, plan)
    (manifest,) = train_final(
        market, features, [trainer], plan, registry,
        until_ms=int(request["until_ms"]), progress=progress,
    )  # fmt: skip
    if manifest.degenerate:
        return {"problem": f"{manifest.model_id} says nothing: constant, one-sided or too alike"}
    return {"model_id": manifest.model_id, "walked": walked}


def _market(request: Mapping[str, Any]) -> dict[str, BarColumns]:
    """Return the bars that closed by the time of the request, and no later ones."""
    settings = load_settings(RunMode(request["mode"]), {"market": request["market"]})
    plan = RunPlan(
        Policy(),
        sources=tuple(request["sources"]),
        interval=request["interval"],
        models_dir=Path(request["models_dir"]),
    )
    history = history_of(settings, plan).load()
    return {symbol: cut(bars, int(request["until_ms"])) for symbol, bars in history.bars.items()}


def cut(bars: BarColumns, until_ms: int) -> BarColumns:
    """Return the bars that closed by *until_ms*."""
    rows = bisect_right(bars.open_time, until_ms - bars.interval_ms)
    columns = {
        name: value[:rows]
        for name, value in bars._asdict().items()
        if name not in ("symbol", "interval_ms")
    }
    return bars._replace(**columns)


def _walked(
    request: Mapping[str, Any],
    market: Mapping[str, BarColumns],
    features: OhlcvFeatures,
    trainer: Trainer,
    plan: WalkForwardPlan,
) -> list[float]:
    """Return the challenger's advantage over the champion, block by block, out of sample for both.

    The champion has learnt until its training's end; from there on the challenger's kind is walked
    forward. Nothing when the champion is unknown or too little time has passed.
    """
    champion, keys = request["champion"], request["keys"]
    if not champion:
        return []
    registry = proved_registry(Path(request["models_dir"]), keys and Path(keys))
    old = load_voter(registry, trainer, features, champion)
    from_ms = old.manifest.trained_until_ms
    first = min(int(bars.open_time[0]) for bars in market.values() if len(bars.open_time))
    interval_ms = next(iter(market.values())).interval_ms
    before = (from_ms - first) // interval_ms
    after = (int(request["until_ms"]) - from_ms) // interval_ms
    if before < _BARS_MIN or after < 2 * (plan.horizon + plan.embargo):
        return []
    walk = plan._replace(train_bars_min=before, refit_bars=max(after // _REFITS, 1))
    (voter,) = walk_forward(market, features, [trainer], walk).voters
    labels = {one.bars.symbol: one.labels for one in study(market, features, plan)}
    pairs = pairs_of(market, labels, voter.predict(market), old.predict(market), plan.horizon)
    surpluses = (
        (bar, new - old_net)
        for bar, new, old_net in zip(pairs.bar, pairs.new_net, pairs.old_net, strict=True)
    )
    blocks = load_settings(RunMode(request["mode"])).learning.policy.blocks(plan.horizon)
    return list(block_means(blocks, surpluses))


if __name__ == "__main__":
    sys.exit(main())
