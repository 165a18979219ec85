"""A reward goes to what was done for that trade, once."""

import pytest

from domain.ai.rl.memory import NO_MEMORY, PENDING_MAX, Taken, noted, taught
from domain.ai.rl.trust import Cell

pytestmark = pytest.mark.unit
TAKEN = Taken("RANGE/high/full", "RANGE/planned")


def test_a_reward_teaches_both_tables_once() -> None:
    once = taught(noted(NO_MEMORY, "t", TAKEN), "t", 1.0)
    assert once.sizes == {TAKEN.size: Cell(1, 0.0)}
    assert once.exits == {TAKEN.exit: Cell(1, 0.0)}
    assert taught(once, "t", 1.0) is once


def test_a_trade_nobody_noted_teaches_nothing() -> None:
    assert taught(NO_MEMORY, "t", 1.0) is NO_MEMORY


def test_what_never_came_to_be_is_forgotten_oldest_first() -> None:
    memory = NO_MEMORY
    for number in range(PENDING_MAX + 2):
        memory = noted(memory, f"t{number}", TAKEN)
    assert len(memory.pending) == PENDING_MAX
    assert "t1" not in memory.pending
