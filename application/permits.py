"""The last look at what adds risk, at the moment it would go out.

Between a decision and its sending the desk may have heard more: the emergency stop may have moved,
another policy may govern, or none that can be confirmed; the entry may have been called off, or
something of its symbol may be in doubt by now.
Back-test and live ask here alike.
"""

from collections.abc import Iterable
from typing import Final

from domain.decision.danger import permission
from domain.decision.messages import Command
from domain.decision.state import State
from domain.execution.messages import CancelOrder, PlaceEntry

NOT_SENT: Final = "not_sent"
PERMIT_DEAD: Final = "permit_dead"
WITHDRAWN: Final = "requested"
TRIPPED: Final = "tripped"
FENCED: Final = "fenced"


def stands(entry: PlaceEntry, state: State) -> bool:
    """Tell whether the permit of *entry* still stands in *state*."""
    epoch, version, expires_ms = entry.permit
    policy = state.policy
    alive = epoch == state.stop.epoch and state.at_ms <= expires_ms
    current = version == policy.version and policy.allow_new_trades
    lapsed = policy.expires_ms and state.at_ms >= policy.expires_ms
    known = state.oversight.reconciliation
    sure = known.is_synced and not (known.remote and known.is_quarantined(entry.symbol))
    return alive and current and not lapsed and permission(state).entries and sure


def called_off(asked: Iterable[Command], entries: Iterable[PlaceEntry]) -> frozenset[str]:
    """Return the client ids of *entries* that a cancel among *asked* overtakes.

    Neither is sent then: a venue that hears the cancel first would keep the entry.
    """
    waiting = {entry.client_id for entry in entries}
    return frozenset(
        command.client_id
        for command in asked
        if isinstance(command, CancelOrder) and command.client_id in waiting
    )
