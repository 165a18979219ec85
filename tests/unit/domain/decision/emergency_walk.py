"""A desk on a random path of equity, and what must hold of its emergency stop at every event."""

from collections import Counter
from random import Random
from typing import Final, Self

from application.permits import stands
from domain.decision.attention import next_tick
from domain.decision.danger import danger_in, is_calm
from domain.decision.facts import RiskModeChanged
from domain.decision.messages import Heard, LatchRead, OperatorReleased, SetLatch
from domain.decision.safety_facts import FlatProved
from domain.decision.state import Decision, State
from domain.decision.step import step
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    OrderFilled,
    PlaceEntry,
    PlaceExit,
    ReadAccount,
)
from domain.governance.policy import ExitMode, SizingMode
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, PROTECTIVE, RiskMode
from domain.shared.amounts import ZERO
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted, ticks

MINUTES: Final = (1, 1, 1, 5, 15, 29, 30, 31, 31, 45)
# Drawdowns at every edge of the ladder, and by a hair or half a band beside it.
EDGES: Final = (
    0.0,
    0.01,
    0.0149,
    0.0151,
    0.02,
    0.03,
    0.0349,
    0.0351,
    0.04,
    0.09,
    0.0951,
    0.1,
    0.21,
)
RUNGS: Final = {CAUTIOUS: 0.02, PROTECTIVE: 0.04, EMERGENCY: 0.10}
BAND: Final = 0.005
DWELL_MS: Final = 30 * MINUTE_MS


def a_whole_desk(action: Action) -> Rig:
    """Return a desk with all its equity in BTC, which little but the ladder minds."""
    policy = a_policy(
        sizing=SizingMode.EQUITY_FRACTION,
        equity_fraction=D(1),
        position_usd_normal=D(100_000),
        cluster_exposure_max=D(10),
        value_at_risk_max=10.0,
        exits=ExitMode.FRACTION,
        stop_fraction=D("0.5"),
        target_fraction=D("0.9"),
        open_risk_max=D(1),
        liquidation_stop_ratio=D(1),
        liquidation_stop_min=0.1,
        margin_use_max=D(1),
        cooldown_minutes=0,
        holding_minutes_max=0,
        daily_loss_max=1.0,
        flash_loss=1.0,
    )
    return Rig(policy).opens(a_candidate(action))


FRESH: Final = Rig().state


def called_by(drawdown: float) -> RiskMode:
    """Return the rung that *drawdown* calls for, by the table of the specification."""
    return max((mode for mode, least in RUNGS.items() if drawdown >= least), default=NORMAL)


class Walk(Rig):
    """One path, watched at every event."""

    def __init__(self, rig: Rig, dice: Random, seen: Counter[str]) -> None:
        """Go on from where *rig* is; *rig* itself stays as it is."""
        self.__dict__.update(rig.__dict__)
        self.said, self.asked = [], []
        self.dice, self.seen = dice, seen
        self.entered: list[PlaceEntry] = []
        self.called_off: list[CancelOrder] = []
        self.restless_ms = self.now
        self.proved = False
        self.prices = {BTC: 100.0, ETH: 100.0}

    # What happens.

    def goes_on(self) -> None:
        """Let one thing happen, and the venue answer, or not."""
        dice = self.dice
        draw = dice.random()
        if draw < 0.03:
            halted(self)
        elif draw < 0.09:
            self.hears(OperatorReleased(self.now, "ann", "seen"))
        elif draw < 0.20 and (due := next_tick(self.state)) is not None:
            ticks(self, max(due - self.now, 0))
        else:
            self.trades()
        for order in tuple(self.state.orders.values()):
            if order.leg in (Leg.ENTRY, Leg.EXIT) and dice.random() < 0.6:
                self.answered(order.leg, order.symbol)
        if dice.random() < 0.7:
            self.obeyed()

    def trades(self) -> None:
        """Let the market move to an edge of the ladder or anywhere, and voters want ETH."""
        dice = self.dice
        peak, held = self.state.watch.peak, dict(self.state.exposure.held)
        symbol = next(iter(held), ETH)
        if dice.random() < 0.7 and symbol in held:
            wanted = peak * (1.0 - dice.choice(EDGES)) - self.state.equity
            price = self.prices[symbol] + wanted / held[symbol]
        else:
            price = self.prices[symbol] * (1.0 + dice.gauss(0.0, 0.04))
        self.prices[symbol] = round(max(price, 1.0), 6)
        wishes = []
        if dice.random() < 0.3:
            self.prices[ETH] = round(self.prices[ETH], 2)
            action = dice.choice((Action.BUY, Action.SELL))
            wishes.append(a_candidate(action, ETH, f"{self.prices[ETH]:.2f}"))
        self.advances(dice.choice(MINUTES), self.prices, *wishes)

    def answered(self, leg: Leg, symbol: str) -> None:
        """Let the venue fill, fill in part, or refuse."""
        if not self.has_live(leg, symbol):
            return
        draw, order = self.dice.random(), self.live(leg, symbol)
        price, left = f"{self.prices[symbol]:.2f}", (order.quantity or ZERO) - order.filled
        if draw < 0.4:
            self.rejects(leg, "busy", symbol) if order.filled == ZERO else self.cancels(
                leg, "busy", symbol
            )
        elif draw < 0.6 and left > D("0.002"):
            part = (left / 2).quantize(D("0.001"))
            self.fills(leg, price, str(part), str(left - part), symbol)
        else:
            self.fills(leg, price, str(left), "0", symbol)

    def obeyed(self) -> None:
        """Let the venue do the cancels that were asked for."""
        asked, self.called_off = self.called_off, []
        for order in asked:
            if order.client_id in self.state.orders:
                name, symbol = order.client_id, order.symbol
                self.hears(OrderCanceled(self.now, name, symbol, "requested"))

    # What must hold.

    def hears(self, *events: Heard) -> Self:
        """Let the desk hear *events*, and hold what it decides to the rules."""
        for heard in events:
            before = self.state
            decision = step(before, heard)
            self.state = decision.state
            self.require(before, heard, decision)
            self.entered += [c for c in decision.asked if isinstance(c, PlaceEntry)]
            self.called_off += [c for c in decision.asked if isinstance(c, CancelOrder)]
            if any(isinstance(c, ReadAccount) for c in decision.asked):
                self.hears(self.account())
        return self

    def require(self, before: State, heard: Heard, decision: Decision) -> None:
        """Hold one decision to every rule."""
        state = decision.state
        changes = [f for f in decision.said if isinstance(f, RiskModeChanged)]
        self.require_edges(before, heard, decision, changes)
        if isinstance(heard, OrderFilled):
            self.proved = False
        self.proved |= any(isinstance(f, FlatProved) for f in decision.said)
        assert not (self.proved and state.book.positions), "proved flat, and is not"
        for change in changes:
            self.require_step(RiskMode[change.old], RiskMode[change.new], heard)
        ladder = state.watch.ladder_drawdown
        assert state.stop.mode >= called_by(ladder), "escalation is immediate"
        if state.stop.mode is EMERGENCY or state.stop.halted:
            asked = [c for c in decision.asked if isinstance(c, PlaceEntry)]
            assert asked == [], "no entry in an emergency"
            assert not any(stands(e, state) for e in self.entered), "no permit outlives it"
            self.seen["permit refused"] += bool(self.entered)
        if called_by(ladder + BAND) >= state.stop.mode or state.stop.latched or changes:
            self.restless_ms = state.at_ms
        if state.stop.mode is NORMAL and is_calm(state):
            assert danger_in(state) == (NORMAL, ()), "calm, and in danger"
        for exit_ in (c for c in decision.asked if isinstance(c, PlaceExit)):
            position = state.book.positions[exit_.symbol]
            assert exit_.side is position.side.opposite
            assert (exit_.quantity or ZERO) <= abs(position.quantity)

    def require_step(self, old: RiskMode, new: RiskMode, heard: Heard) -> None:
        """Require that a rung is left one at a time, calmly, and after its dwell."""
        self.seen[f"{old.name} to {new.name}"] += 1
        if new is EMERGENCY:
            self.proved = False
        if new >= old:
            return
        assert new == old - 1, "a rung was skipped on the way up"
        if old is EMERGENCY:
            assert self.proved, "no way back without the proof"
        if not isinstance(heard, OperatorReleased):
            drawdown = self.state.watch.ladder_drawdown
            assert called_by(drawdown + BAND) < old, "a rung was left within its band"
            assert self.state.at_ms - self.restless_ms >= DWELL_MS, "a dwell was cut short"

    def require_edges(
        self, before: State, heard: Heard, decision: Decision, changes: list[RiskModeChanged]
    ) -> None:
        """Require one alert and one durable write an edge, and that no crash forgets one."""
        latches = [c.latch for c in decision.asked if isinstance(c, SetLatch)]
        old, new = before.stop, decision.state.stop
        silent = isinstance(heard, OperatorReleased) and not old.latched
        assert len(latches) == len(changes) + silent, "one alert and one latch an edge"
        epochs = [old.epoch, *(latch.epoch for latch in latches)]
        assert epochs == sorted(set(epochs)), "the epoch rises with every edge"
        modes = [old.mode.name, *(change.new for change in changes)]
        assert [change.old for change in changes] == modes[:-1]
        last = latches[-1] if latches else old
        assert (last.mode, last.latched, last.epoch) == (new.mode, new.latched, new.epoch)
        for latch in latches:
            again = step(FRESH, LatchRead(decision.state.at_ms, latch)).state
            assert again.stop.mode >= latch.mode
            assert set(again.stop.latched) >= set(latch.latched)
            assert again.stop.epoch > latch.epoch
            assert again.watch.peak >= latch.peak
            self.seen["crash at a write"] += 1
