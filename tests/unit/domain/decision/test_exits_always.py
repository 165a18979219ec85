"""Whatever keeps the desk from entering, nothing keeps it from leaving: enumerated, not sampled.

Every reason to refuse an entry, every mode, health, rung, directive and latched cause, times every
state of a trade, times both sides, times every way to leave.
"""

from collections.abc import Callable
from itertools import product
from typing import Final

import pytest

from domain.decision.facts import EntryRefused
from domain.decision.messages import Heard, OperatorFlattened
from domain.decision.state import Decision
from domain.execution.messages import OrderKind, PlaceEntry, PlaceExit
from domain.execution.trade import TradeState
from domain.risk.emergency_stop import EMERGENCY
from domain.risk.verdict import Objection
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted
from tests.unit.domain.decision.denials import (
    DENIALS,
    MODE,
    STATES,
    UNREACHABLE,
    base,
    wanted,
)

pytestmark = pytest.mark.unit


class Watched(Rig):
    """A rig that holds every exit against the position that it would reduce."""

    def decided(self, decision: Decision) -> None:
        """Require that no exit of *decision* could open, flip or exceed what is held."""
        for asked in decision.asked:
            if isinstance(asked, PlaceExit):
                position = decision.state.book.positions[asked.symbol]
                assert asked.side is position.side.opposite
                assert asked.quantity is None or asked.quantity <= abs(position.quantity)
