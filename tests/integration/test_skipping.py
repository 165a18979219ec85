"""Skipping quiet bars and visiting every one must give the same run, to the last decimal."""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from adapters.exchange.simulated.rules import VenueRules
from adapters.market_data.columns import bar_columns, rows_of, take
from adapters.market_data.files import FileHistory
from adapters.market_data.layout import Voter
from adapters.market_data.sources import parse_source
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from domain.decision.facts import SessionBegan
from domain.governance.policy import Policy
from domain.shared.enums import RunMode
from tests.played import Played, play, play_paper
from tests.storm import Storm, storm

pytestmark = pytest.mark.integration

STORMS: Final = 400 if os.environ.get("QT_STORM") else 40
BATCH: Final = 20
DATA: Final = Path(__file__).parents[2].parent / "shared" / "data"
# Storms in which what is rare happens: a liquidation, losses of a day, emergencies.
RARE: Final = (18, 68, 80, 93, 94)
# Each of these once told the two ways apart, by a fault of its own kind:
FOUND: Final = {
    9: "the peak of equity was taken from a bar whose fill had changed the exposure",
    11: "a cancel that arrives at a symbol without a bar was not awaited",
    33: "the venue judged a moved stop by the mark of an earlier bar",
    102: "an emergency in the middle of a bar could not close what was not being played",
    1858: "a stop that triggered where there was no volume was forgotten",
}


def require_same(wild: Storm) -> Played:
    """Play *wild* both ways, hold one against the other, and return the skipping run."""
    skipped, visited = play(wild, skipping=True), play(wild, skipping=False)
    pairs = zip(skipped.facts, visited.facts, strict=False)
    first = next((at for at, (one, other) in enumerate(pairs) if repr(one) != repr(other)), None)
    assert first is None, (
        f"seed {wild.seed}: fact {first} is {skipped.facts[first]} when skipping, "
        f"{visited.facts[first]} when visiting"
    )
    assert skipped.digest == visited.digest, f"seed {wild.seed}: decisions"
    assert skipped.decisions == visited.decisions, f"seed {wild.seed}: number of decisions"
    assert skipped.fills == visited.fills, f"seed {wild.seed}: fills"
    assert skipped.recorder.trades == visited.recorder.trades, f"seed {wild.seed}: trades"
    assert skipped.ledger == visited.ledger, f"seed {wild.seed}: ledger"
    assert skipped.positions == visited.positions, f"seed {wild.seed}: positions"
    assert skipped.events <= visited.events
    return skipped


@pytest.mark.parametrize("seed", FOUND)
def test_what_once_told_skipping_from_visiting_no_longer_does(seed: int) -> None:
    require_same(storm(seed))


@pytest.mark.parametrize("first", range(0, STORMS, BATCH))
def test_skipping_and_visiting_every_bar_are_the_same_run(first: int) -> None:
    for seed in range(first, first + BATCH):
        require_same(storm(seed))


def test_the_storms_are_storms() -> None:
    """What is compared above is worth comparing: everything that can happen, does."""
    reasons: Counter[str] = Counter()
    modes: Counter[tuple[str, str]] = Counter()
    causes: Counter[str] = Counter()
    deepest = events = 0  # positions at once; what was heard
    for seed in (*range(24), *RARE):
        run = play(storm(seed), skipping=True)
        reasons.update(str(trade.reason) for trade in run.recorder.trades)
        modes.update((change.old, change.new) for change in run.recorder.modes)
        causes.update(c for change in run.recorder.modes for c in change.causes)
        held = [len(exposure.held) for _, exposure in run.recorder.changes]
        deepest = max(deepest, *held)
        events += run.events
    assert {"stop", "trailing_stop", "target", "liquidation", "emergency"} <= reasons.keys()
    assert {"flat_signal", "opposite_signal", "holding_limit", "unprotected"} <= reasons.keys()
    assert {"drawdown", "daily_loss", "stop_out_storm"} <= causes.keys()
    assert modes["NORMAL", "EMERGENCY"]
    assert modes["EMERGENCY", "PROTECTIVE"]
    assert modes["PROTECTIVE", "CAUTIOUS"]
    assert modes["CAUTIOUS", "NORMAL"]
    assert deepest >= 4
    assert events > 5_000


@pytest.mark.parametrize("names", ["1m-20250504-20250624", "5m-20241231-20250126"])
def test_skipping_and_visiting_are_the_same_run_over_real_markets(names: str) -> None:
    paths = sorted((DATA / "klines").glob(f"*-{names}.parquet"))
    if not paths:
        pytest.skip(f"needs the recorded market history, which is not at {DATA}")
    funding = DATA / "funding" / "funding.parquet"
    whole = FileHistory([parse_source(str(path)) for path in paths], funding).load()
    run = require_same(_real(whole, rows=4_000, seed=len(names)))
    assert len(run.recorder.trades) > 20


def test_paper_and_back_test_are_one_desk() -> None:
    """Inbox, dispatcher and tasks change nothing: told the same, they decide the same."""
    for seed in (*range(6), *FOUND, *RARE):
        wild = storm(seed)
        visited, live = play(wild, skipping=False), play_paper(wild, RunMode.BACKTEST)
        assert live.digest == visited.digest, f"seed {seed}"
        assert live.ledger == visited.ledger, f"seed {seed}"
        assert live.events == visited.events, f"seed {seed}"


def test_paper_differs_from_back_test_in_nothing_but_the_name_of_its_mode() -> None:
    """The digest covers the opening fact, which names the mode; no other fact differs."""
    for seed in range(4):
        wild = storm(seed)
        back, paper = play(wild, skipping=True), play_paper(wild)
        assert back.digest != paper.digest
        opening = back.facts[0]
        assert isinstance(opening, SessionBegan)
        assert opening._replace(mode=RunMode.PAPER) == paper.facts[0]
        assert repr(back.facts[1:]) == repr(paper.facts[1:]), f"seed {seed}"
        assert back.ledger == paper.ledger, f"seed {seed}"


def _real(whole: History, rows: int, seed: int) -> Storm:
    """Return a part of a real history, with random votes and a policy that lets them through."""
    noise = np.random.default_rng(seed)
    bars, votes = {}, {}
    for symbol, columns in whole.bars.items():
        length = min(rows, len(columns.open_time))
        part = take(rows_of(columns), slice(len(columns.open_time) - length, None))
        bars[symbol] = bar_columns(symbol, columns.interval_ms, part)
        confidence = np.where(noise.random(length) < 0.01, 0.8, np.nan)
        votes[symbol] = VoteColumns(noise.choice(np.array([1, -1], np.int8), length), confidence)
    policy = Policy(
        quorum=1,
        cooldown_minutes=0,
        round_trips_per_day_max=1_000,
        losses_in_row_max=1_000,
        symbol_daily_loss_max=Decimal(1),
        drawdown_cautious=0.04,
        drawdown_protective=0.10,
        drawdown_emergency=0.20,
        dwell_minutes=60,
        position_usd_normal=Decimal(100_000),
        cluster_exposure_max=Decimal(1_000),
        value_at_risk_max=1_000.0,
        weak_symbol_size=Decimal(1),
        suspend_losses=1_000,
        funding_edge_share=1_000.0,
    )
    voter = Voter("random", fallback=False, votes=votes)
    history = History(bars, whole.funding)
    return Storm(seed, history, (voter,), policy, VenueRules(), Decimal(10_000))
