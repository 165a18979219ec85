"""Entries that were canceled, and what they may have filled before it was told."""

import pytest

from domain.shared.identity import Leg
from tests.builders import BTC, a_candidate
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def test_a_canceled_entry_counts_until_its_fills_must_have_been_told() -> None:
    rig = Remote()
    rig.wants(a_candidate())
    rig.accepts(Leg.ENTRY).cancels(Leg.ENTRY)
    (grave,) = rig.known.graves.values()
    assert (grave.symbol, grave.ended) == (BTC, True)
    assert rig.known.is_quarantined(BTC)
    rig.passes(11)
    assert rig.known.graves == {}
