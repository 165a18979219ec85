"""Scenario 12: other models vote from one bar on, while twenty symbols are traded.

What is shown is what this version has: artefacts verified by the registry before they vote, and
the identity of each voter in every decision. Watching a model in the shadow, finding its drift,
promoting it and rolling it back are not part of it.
"""

import hashlib
import json
from decimal import Decimal
from typing import Final

from adapters.models.registry import FileModelRegistry
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from application.errors import IntegrityFailure
from application.ports.model_registry import Artefact, ModelManifest
from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.market import BUY, FLAT, INTERVAL_MS, Line, Look, level_of, market_of
from bootstrap.scenarios.script import Script, close_of
from bootstrap.scenarios.stage import Stage
from domain.decision.facts import EntryApproved, StopPlaced, TradeClosed
from domain.decision.messages import Candidate, MarketAdvanced
from domain.governance.policy import Policy

_SYMBOLS: Final = tuple(f"COIN{n:02}USDT" for n in range(20))
_KINDS: Final = ("trees", "linear", "forest", "momentum")
_SCHEMA: Final = "scenario"
_BARS: Final = 40
_FIRST_BAR: Final = 2
# BUY, two bars later out again, and so on: nine times in every symbol.
_CYCLE_BARS: Final = 4
_OUT_AFTER: Final = 2
_BEATS: Final = (0, _OUT_AFTER)
# At so many bars of the story the models speak.
_SPOKEN: Final = sum((bar - _FIRST_BAR) % _CYCLE_BARS in _BEATS for bar in range(_FIRST_BAR, _BARS))


def policy() -> Policy:
    """Return a policy with room for all symbols, under which quick trades are no churn."""
    return Policy(
        positions_max=20,
        cluster_exposure_max=Decimal(5),
        losses_in_row_max=99,
        round_trips_per_day_max=99,
        cooldown_minutes=0,
        entries_per_minute_max=100,
    )


def artefact_of(kind: str, generation: int, confidence: float) -> Artefact:
    """Return a model of *kind* whose content is how sure it is."""
    content = json.dumps({"confidence": confidence}).encode()
    until_ms = close_of(-1) - (2 - generation) * INTERVAL_MS
    manifest = ModelManifest(
        name=kind,
        kind="json",
        sha256=hashlib.sha256(content).hexdigest(),
        schema_hash=_SCHEMA,
        symbols=_SYMBOLS,
        interval_ms=INTERVAL_MS,
        trained_from_ms=0,
        trained_until_ms=until_ms,
        rows=1_000,
        data_digest="scenario",
        horizon=72,
        barrier_atr=4.0,
        calibration={},
        metrics={},
        degenerate=False,
    )
    return Artefact(manifest, content)


def show(stage: Stage) -> None:
    """Show that each decision is of one generation, and that open trades outlive the update."""
    dice, ledger = stage.dice, stage.ledger
    update = _FIRST_BAR + _CYCLE_BARS * dice.randint(3, 5) + 1
    folder = stage.where / "models"
    registry = FileModelRegistry(folder)
    generations = [
        [artefact_of(kind, n, dice.uniform(0.7, 0.9)) for kind in _KINDS] for n in range(2)
    ]
    for artefact in (*generations[0], *generations[1]):
        registry.save(artefact)
    ledger.same("models in the registry", len(registry.list()), 2 * len(_KINDS))
    voters: dict[str, list[Line]] = {}
    for number, generation in enumerate(generations):
        bars = range(update) if number == 0 else range(update, _BARS)
        for artefact in generation:
            model_id = artefact.manifest.model_id
            sure = json.loads(registry.load(model_id, _SCHEMA).content)["confidence"]
            voters[model_id] = _lines(bars, float(sure))
    look = {s: Look(level_of(s, dice), dice.uniform(0.018, 0.022), 0.0001) for s in _SYMBOLS}
    bars_of = {s: market_of(s, [1.0] * _BARS, look[s], dice) for s in _SYMBOLS}
    ended = stage.play("update", Script(bars_of, voters, policy()))
    old, new = ({a.manifest.model_id for a in generation} for generation in generations)
    _unmixed(stage, ended, (old, new), update)
    _held(stage, ended, update)
    _tampered(stage, registry, generations[1][0].manifest)


def _lines(bars: range, sure: float) -> list[Line]:
    """Return what a model says at *bars* of all symbols, in the rhythm of the story."""
    lines = []
    for bar in bars:
        beat = (bar - _FIRST_BAR) % _CYCLE_BARS
        if bar >= _FIRST_BAR and beat in _BEATS:
            action = BUY if beat == 0 else FLAT
            lines += [Line(bar, symbol, action, sure) for symbol in _SYMBOLS]
    return lines


def _unmixed(stage: Stage, ended: Ended, generations: tuple[set[str], set[str]], bar: int) -> None:
    ledger, (old, new) = stage.ledger, generations
    update_ms = close_of(bar)
    approved = ended.told(EntryApproved)
    ledger.at_least("entries before the update", sum(a.at_ms < update_ms for a in approved), 60)
    ledger.at_least("entries from it on", sum(a.at_ms >= update_ms for a in approved), 60)
    first = ended.first(EntryApproved, lambda a: a.at_ms >= update_ms)
    ledger.key = first.trace
    ledger.same("models of the first decision after it", set(first.models), new)
    voices = [(a.at_ms, set(a.models)) for a in approved]
    heard = [(at_ms, {vote.model for vote in c.votes}) for at_ms, c in _candidates(ended)]
    ledger.same("closes with votes heard, of all symbols", len(heard), len(_SYMBOLS) * _SPOKEN)
    for name, seen in (("entries", voices), ("candidates in the journal", heard)):
        wrong = sum(models != (new if at_ms >= update_ms else old) for at_ms, models in seen)
        ledger.same(f"{name} of a mixture, or of the other generation", wrong, 0)


def _candidates(ended: Ended) -> list[tuple[int, Candidate]]:
    codec = MsgpackCodec()
    with SqliteJournal(ended.run_dir / "journal.db", codec, read_only=True) as journal:
        return [
            (entry.heard.at_ms, candidate)
            for entry in journal.entries()
            if isinstance(entry.heard, MarketAdvanced)
            for candidate in entry.heard.candidates
        ]


def _held(stage: Stage, ended: Ended, bar: int) -> None:
    """Note that what old models opened is held through the update, under its stop."""
    ledger, update_ms = stage.ledger, close_of(bar)
    across = [c for c in ended.told(TradeClosed) if c.entry_ms < update_ms < c.at_ms]
    ledger.same("trades held through the update", len(across), len(_SYMBOLS))
    stopped = {s.trade_id for s in ended.told(StopPlaced) if s.at_ms < update_ms}
    guarded = sum(c.trade_id in stopped for c in across)
    ledger.same("of them under a stop at the venue", guarded, len(across))
    closed = sum(c.at_ms == update_ms for c in ended.told(TradeClosed))
    ledger.same("trades closed by the update", closed, 0)
    ledger.same("audit trail verified", ended.audit_ok, True)  # noqa: FBT003 - a value to compare


def _tampered(stage: Stage, registry: FileModelRegistry, manifest: ModelManifest) -> None:
    """Change one byte of an artefact: it is refused before any of it is parsed."""
    content = registry.content_path(manifest)
    data = bytearray(content.read_bytes())
    data[0] ^= 1
    content.write_bytes(bytes(data))
    try:
        registry.load(manifest.model_id, _SCHEMA)
    except IntegrityFailure:
        outcome = "refused"
    else:
        outcome = "loaded"
    stage.ledger.same("an artefact with one bit changed", outcome, "refused")
