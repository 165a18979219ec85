"""Whatever comes in whatever order, the children of an entry never sum to more than approved."""

import random
from typing import Final

import pytest

from domain.decision.attention import next_tick
from domain.decision.messages import ClockTicked, OperatorHalted, PolicyAdopted
from domain.execution.messages import CancelOrder, PlaceEntry
from domain.execution.order import Order
from domain.governance.execution_policy import EntryStyle
from domain.shared.amounts import ZERO
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.works import later

pytestmark = pytest.mark.unit

ROUNDS: Final = 120
STYLES: Final = (EntryStyle.PASSIVE, EntryStyle.TWAP, EntryStyle.ICEBERG)


class Chance:
    """A desk that works an entry off, and a venue that does with it whatever it likes."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        policy = a_policy(
            entry_style=dice.choice(STYLES),
            passive_seconds=dice.choice((5, 30, 300)),
            passive_takes=dice.random() < 0.7,
            reprice_seconds=dice.choice((1, 5)),
            iceberg_share=D(dice.choice(("0.1", "0.3", "1"))),
            twap_slices_max=dice.choice((2, 7, 50)),
            holding_minutes_max=0,
        )
        self.rig = Rig(policy).wants(a_candidate(dice.choice((Action.BUY, Action.SELL))))
        self.first = self.rig.trade()
        self.price, self.seen, self.stopped = 100.0, 0, False

    def children(self) -> list[Order]:
        """Return the live entries."""
        orders = self.rig.state.orders.values()
        return [order for order in orders if order.leg is Leg.ENTRY]

    def happens(self) -> None:
        """Let one thing happen."""
        dice, rig = self.dice, self.rig
        live = self.children()
        kind = dice.choice("fffppttccrx" + ("hq" if dice.random() < 0.05 else ""))
        if kind == "f" and live:
            left = (live[0].quantity or ZERO) - live[0].filled
            part = left if dice.random() < 0.4 else max(D("0.001"), round(left / 3, 3))
            leaves = str(left - min(part, left))
            rig.fills(Leg.ENTRY, f"{self.price:.2f}", str(min(part, left)), leaves)
            if rig.has_live(Leg.STOP):
                rig.accepts(Leg.STOP)
        elif kind == "p":
            self.price *= 1 + dice.uniform(-0.002, 0.002)
            later(rig, dice.choice((0.2, 1, 6)), self.price)
        elif kind == "t" and (due := next_tick(rig.state)) is not None:
            rig.now = max(rig.now, due)
            rig.hears(ClockTicked(rig.now))
        elif kind == "c" and live and any(isinstance(c, CancelOrder) for c in rig.asked):
            rig.cancels(Leg.ENTRY)
        elif kind == "r" and live and not live[0].filled:
            rig.rejects(Leg.ENTRY, dice.choice(("would_cross", "would_cross", "margin")))
        elif kind == "x" and live and rig.live(Leg.ENTRY).price is not None:
            rig.accepts(Leg.ENTRY)
        elif kind == "h":
            self.stopped = True
            rig.hears(OperatorHalted(rig.now, "op", "test"))
        elif kind == "q":
            self.stopped = True
            rig.hears(PolicyAdopted(rig.now, a_policy(version=2), "op", "test"))


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_children_never_sum_to_more_than_was_approved(first: int) -> None:
    for seed in range(first, first + 50):
        chance = Chance(seed)
        rig, plan = chance.rig, chance.first.plan
        rig.forget()
        for _ in range(ROUNDS):
            stopped, before = chance.stopped, len(rig.asked)
            chance.happens()
            trade = rig.state.trades.get(BTC)
            new = [c for c in rig.asked[before:] if isinstance(c, PlaceEntry)]
            assert not (new and stopped), f"seed {seed}: a child after the leave was gone"
            live = chance.children()
            assert len(live) <= 1, f"seed {seed}"
            if trade is not None and live:
                resting = (live[0].quantity or ZERO) - live[0].filled
                assert trade.bought + resting <= plan.ordered, f"seed {seed}"
            for entry in new:
                assert chance.first.work is not None
                assert entry.permit == chance.first.work.permit
                assert rig.now < entry.permit.expires_ms, f"seed {seed}"
                assert entry.quantity % D("0.001") == 0
                assert entry.quantity * 99 >= 5
            assert trade is None or trade.bought <= plan.ordered, f"seed {seed}"
        later(rig, 120, chance.price)
        assert not any(t.work for t in rig.state.trades.values()), f"seed {seed}"
        assert set(rig.state.marks) == set(rig.state.watched), f"seed {seed}"
