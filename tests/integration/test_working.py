"""Entries worked off on the simulated venue: every style, over storms, both ways of playing."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from domain.governance.execution_policy import EntryStyle
from tests.played import play
from tests.storm import Storm, storm

pytestmark = pytest.mark.integration


def worked_off(seed: int, style: EntryStyle) -> Storm:
    """Return the storm of *seed*, whose entries are worked off in *style*, somehow."""
    wild, dice = storm(seed), random.Random(seed)
    bar_ms = next(iter(wild.history.bars.values())).interval_ms
    policy = replace(
        wild.policy,
        entry_style=style,
        entry_ttl_ms=bar_ms * dice.randint(1, 4),
        passive_seconds=dice.randint(1, 3600),
        passive_takes=dice.random() < 0.7,
        passive_offset_ticks=dice.choice((0, 0, 3)),
        reprice_seconds=dice.randint(1, 600),
        twap_slices_max=dice.randint(2, 10),
        twap_seconds=dice.randint(10, 3600),
        taking_spread_max=dice.choice((0.0, 0.0005)),
    )
    return wild._replace(policy=policy)


@pytest.mark.parametrize("style", sorted(EntryStyle))
def test_every_style_balances_to_the_last_decimal_and_skipping_changes_nothing(
    style: EntryStyle,
) -> None:
    trades, seen = 0, Counter[str]()
    for seed in range(12):
        wild = worked_off(seed, style)
        skipped, visited = play(wild, skipping=True), play(wild, skipping=False)
        pairs = zip(skipped.facts, visited.facts, strict=False)
        apart = next(((a, b) for a, b in pairs if repr(a) != repr(b)), None)
        assert apart is None, f"seed {seed}: {apart}"
        assert skipped.digest == visited.digest, f"seed {seed}"
        assert skipped.ledger == visited.ledger, f"seed {seed}"
        assert skipped.positions == visited.positions, f"seed {seed}"
        seen.update(type(fact).__name__ for fact in skipped.facts)
        trades += len(skipped.recorder.trades)
    assert trades > 20, seen
