"""What the learning advisors remember: their tables, and what awaits its reward, by trade id."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.ai.rl.trust import UNSEEN, Cell, rewarded

# Entries that never came to be leave no reward: the oldest of them are forgotten.
PENDING_MAX: Final = 256


class Taken(NamedTuple):
    """The keys (state/action) of what was done for one trade."""

    size: str
    exit: str


class Memory(NamedTuple):
    """The tables of the sizing and the exit agent, and `pending` by trade id."""

    sizes: Mapping[str, Cell] = {}
    exits: Mapping[str, Cell] = {}
    pending: Mapping[str, Taken] = {}


NO_MEMORY: Final = Memory()


def noted(memory: Memory, trade_id: str, taken: Taken) -> Memory:
    """Return *memory* with what was *taken* for a trade, until its reward is known."""
    pending = {**memory.pending, trade_id: taken}
    while len(pending) > PENDING_MAX:
        del pending[next(iter(pending))]
    return memory._replace(pending=pending)


def taught(memory: Memory, trade_id: str, net_r: float) -> Memory:
    """Return *memory* after a trade closed with *net_r*; one not noted teaches nothing."""
    taken = memory.pending.get(trade_id)
    if taken is None:
        return memory
    return Memory(
        _after(memory.sizes, taken.size, net_r),
        _after(memory.exits, taken.exit, net_r),
        {i: t for i, t in memory.pending.items() if i != trade_id},
    )


def _after(table: Mapping[str, Cell], key: str, net_r: float) -> Mapping[str, Cell]:
    return {**table, key: rewarded(table.get(key, UNSEEN), net_r)}
