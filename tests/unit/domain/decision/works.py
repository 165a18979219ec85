"""Entries being worked off, and the passing of time while they are."""

from typing import Any

from domain.decision.attention import next_tick
from domain.decision.messages import ClockTicked
from domain.execution.messages import PlaceEntry
from domain.governance.execution_policy import EntryStyle
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.rig import Rig


def works(style: EntryStyle, action: Action = Action.BUY, **changes: Any) -> Rig:  # noqa: ANN401 - fields
    """Return a desk that has begun to work an entry of 5 at 100 off, its first child sent."""
    policy = a_policy(entry_style=style, twap_slices_max=5, iceberg_share=D("0.4"), **changes)
    return Rig(policy).wants(a_candidate(action))


def later(rig: Rig, seconds: float, price: float = 100.0) -> Rig:
    """Let *seconds* pass until the next news of prices."""
    return rig.advances(seconds / 60, {BTC: price})


def ticks(rig: Rig) -> Rig:
    """Let the time come for which the desk asked."""
    due = next_tick(rig.state)
    assert due is not None
    rig.now = due
    return rig.hears(ClockTicked(due))


def child(rig: Rig) -> PlaceEntry:
    """Return the entry asked for last."""
    return rig.entries()[-1]


def buys(rig: Rig, quantity: str | None = None, leaves: str = "0", price: str = "99.99") -> Rig:
    """Let the live child fill, all of it or *quantity*, and have the stop accepted."""
    rig.fills(Leg.ENTRY, price, quantity, leaves)
    return rig.accepts(Leg.STOP) if rig.has_live(Leg.STOP) else rig
