"""What a test lets happen: an operator's halt, the word of the venue, time that passes."""

from domain.decision.attention import next_tick
from domain.decision.messages import ClockTicked, OperatorHalted
from domain.execution.messages import AccountRead
from tests.builders import D
from tests.rig import Rig


def halted(rig: Rig) -> Rig:
    """Let an operator stop everything."""
    return rig.hears(OperatorHalted(rig.now, "ann", "drill"))


def reads(rig: Rig, *positions: tuple[str, str], orders: tuple[tuple[str, str], ...] = ()) -> Rig:
    """Let the venue say what it holds: *positions* (symbol, signed quantity) and *orders*."""
    held = tuple((symbol, D(quantity)) for symbol, quantity in positions)
    return rig.hears(AccountRead(rig.now, held, orders))


def ticks(rig: Rig, after_ms: int) -> Rig:
    """Let the clock tick *after_ms* later, with no news."""
    rig.now += after_ms
    return rig.hears(ClockTicked(rig.now))


def waits(rig: Rig) -> int:
    """Let the clock tick when the desk wants it to; return how many ms later that is."""
    due = next_tick(rig.state)
    assert due is not None
    late = max(due - rig.now, 0)
    ticks(rig, late)
    return late
