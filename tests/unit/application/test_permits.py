from typing import Any

import pytest

from application.permits import called_off, stands
from domain.decision.messages import ClockTicked, HealthChanged, Heard, PolicyStoreLost
from domain.decision.state import State
from domain.execution.messages import CancelOrder, PlaceEntry
from domain.execution.reconciliation import Doubt, Reconciliation
from domain.governance.directive import Health
from tests.builders import BTC, ETH, MINUTE_MS, START_MS, a_candidate, a_policy
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


def test_a_permit_is_dead_once_something_of_its_symbol_is_in_doubt() -> None:
    entry, state = an_entry()
    known = Reconciliation(remote=True, stream_up=True, synced_ms=state.at_ms)
    quiet = state._replace(oversight=state.oversight._replace(reconciliation=known))
    assert stands(entry, quiet)
    for symbol, still in ((BTC, False), (ETH, True)):
        doubts = {"another": Doubt(symbol, state.at_ms, state.at_ms)}
        known = known._replace(doubts=doubts)
        oversight = state.oversight._replace(reconciliation=known)
        assert stands(entry, state._replace(oversight=oversight)) is still


def test_only_the_cancel_of_an_entry_that_is_still_to_go_out_calls_it_off() -> None:
    entry, _ = an_entry()
    mine = CancelOrder(entry.client_id, BTC, of_entry=True)
    other = CancelOrder("another", ETH, of_entry=True)
    assert called_off((mine, other), (entry,)) == {entry.client_id}
    assert called_off((other, entry), (entry,)) == frozenset()
    assert called_off((mine,), ()) == frozenset()


NEWS: dict[str, tuple[Heard, ...]] = {
    "the store is lost for too long": (
        PolicyStoreLost(START_MS, START_MS - 20 * MINUTE_MS, "refused"),
    ),
    "health is unknown for too long": (
        HealthChanged(START_MS, Health.UNKNOWN, ("no word",)),
        ClockTicked(START_MS + 61_000),
    ),
}


@pytest.mark.parametrize("news", NEWS)
def test_what_forbids_entries_while_one_is_on_its_way_kills_its_permit(news: str) -> None:
    rig = Rig(a_policy(entry_ttl_ms=600_000))
    rig.wants(a_candidate(), minutes=0)
    (entry,) = rig.entries()
    assert stands(entry, rig.state)
    rig.hears(*NEWS[news])
    assert entry.permit.emergency_epoch == rig.state.stop.epoch  # not by an emergency
    assert not stands(entry, rig.state)


def test_a_permit_ends_with_its_policy() -> None:
    rig = Rig(a_policy(expires_ms=START_MS + 5_000)).wants(a_candidate(), minutes=0)
    (entry,) = rig.entries()
    assert stands(entry, rig.state)
    assert not stands(entry, rig.state._replace(at_ms=START_MS + 5_000))
