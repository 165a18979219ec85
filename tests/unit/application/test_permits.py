from typing import Any

import pytest

from application.permits import called_off, stands
from domain.decision.state import State
from domain.execution.messages import CancelOrder, PlaceEntry
from tests.builders import BTC, ETH, a_candidate
from tests.rig import Rig

pytestmark = pytest.mark.unit


def an_entry() -> tuple[PlaceEntry, State]:
    """Return an entry that was just approved, and the state of the desk that approved it."""
    rig = Rig().wants(a_candidate())
    (entry,) = rig.entries()
    return entry, rig.state


def test_a_permit_stands_until_it_expires() -> None:
    entry, state = an_entry()
    assert stands(entry, state)
    assert stands(entry, state._replace(at_ms=entry.permit.expires_ms))
    assert not stands(entry, state._replace(at_ms=entry.permit.expires_ms + 1))


@pytest.mark.parametrize("field", ["emergency_epoch", "policy_version"])
def test_a_permit_of_another_epoch_or_policy_is_dead(field: str) -> None:
    entry, state = an_entry()
    was: Any = getattr(entry.permit, field)
    older = entry._replace(permit=entry.permit._replace(**{field: was - 1}))
    assert not stands(older, state)


def test_only_the_cancel_of_an_entry_that_is_still_to_go_out_calls_it_off() -> None:
    entry, _ = an_entry()
    mine = CancelOrder(entry.client_id, BTC, of_entry=True)
    other = CancelOrder("another", ETH, of_entry=True)
    assert called_off((mine, other), (entry,)) == {entry.client_id}
    assert called_off((other, entry), (entry,)) == frozenset()
    assert called_off((mine,), ()) == frozenset()
