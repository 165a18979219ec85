"""`step` is a function: the same in gives the same out, and what goes in is not touched."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decision.facts import RegimeChanged, SessionBegan
from domain.decision.messages import (
    EntriesPaused,
    EntriesUnpaused,
    Heard,
    MarketAdvanced,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
    SessionClosed,
    SessionOpened,
    WishRefused,
)
from domain.decision.state import initial
from domain.decision.step import step
from domain.execution.messages import (
    Deposited,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
)
from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.shared.enums import Action, RunMode, Side
from tests.builders import BTC, ETH, START_MS, D, a_candidate, a_policy, an_instrument
from tests.rig import Rig

pytestmark = pytest.mark.unit

# One thing that may happen next, told from where the rig stands.
WAYS: dict[str, Callable[[Rig], Heard | None]] = {
    "bar": lambda rig: MarketAdvanced(rig.now, ((BTC, 101.0), (ETH, 99.0)), 0.0, (), ()),
    "crash": lambda rig: MarketAdvanced(rig.now, ((BTC, 70.0), (ETH, 70.0)), 0.0, (), ()),
    "no price": lambda rig: MarketAdvanced(
        rig.now, ((BTC, float("nan")), (ETH, -1.0)), 0.0, (), ()
    ),
    **{
        f"{action} {symbol}": lambda rig, action=action, symbol=symbol: MarketAdvanced(  # type: ignore[misc]  # defaults bind the loop
            rig.now, ((symbol, 100.0),), 0.0, (), (a_candidate(action, symbol),)
        )
        for action in Action
        for symbol in (BTC, ETH)
    },
    "fill": lambda rig: _of_some_order(rig, lambda o: rig.fill_of(o, "100")),
    "part": lambda rig: _of_some_order(rig, lambda o: rig.fill_of(o, "101", "0.5", "1")),
    "accept": lambda rig: _of_some_order(
        rig, lambda o: OrderAccepted(rig.now, o.client_id, o.symbol)
    ),
    "cancel": lambda rig: _of_some_order(
        rig, lambda o: OrderCanceled(rig.now, o.client_id, o.symbol, "requested")
    ),
    "reject": lambda rig: _of_some_order(
        rig, lambda o: OrderRejected(rig.now, o.client_id, o.symbol, "margin")
    ),
    "stray": lambda rig: rig.stray_fill(Side.SELL, "0.7", "99"),
    "funding": lambda rig: FundingSettled(rig.now, BTC, D("0.0001"), D("0.03")),
    "withdrawal": lambda rig: Deposited(rig.now, D(-50)),
    "policy": lambda rig: PolicyAdopted(rig.now, a_policy(version=2, cooldown_minutes=0), "a", "b"),
    "halt": lambda rig: OperatorHalted(rig.now, "ann", "x"),
    "release": lambda rig: OperatorReleased(rig.now, "ann", "x"),
    "flatten": lambda rig: OperatorFlattened(rig.now, None, "ann", "x"),
    "pause": lambda rig: EntriesPaused(rig.now, rig.now + 300_000, "ann", "x"),
    "refused": lambda rig: WishRefused(rig.now, "release", "ann", "401: no token"),
    "closed": lambda rig: SessionClosed(rig.now, "told to stop"),
    "unpause": lambda rig: EntriesUnpaused(rig.now, "ann", "x"),
}


def _of_some_order(rig: Rig, tell: Callable[..., Heard]) -> Heard | None:
    orders = sorted(rig.state.orders.values(), key=lambda o: o.client_id[::-1])
    return tell(orders[rig.now // 60_000 % len(orders)]) if orders else None


STORIES = st.lists(
    st.tuples(st.sampled_from(list(WAYS)), st.integers(0, 20)), min_size=5, max_size=40
)


@given(STORIES)
def test_any_story_told_again_is_decided_the_same_and_leaves_its_input_alone(
    story: list[tuple[str, int]],
) -> None:
    rig = Rig()
    for way, minutes in story:
        rig.now += minutes * 60_000
        heard = WAYS[way](rig)
        if heard is None:
            continue
        before = rig.state
        kept, told = deepcopy(before), deepcopy(heard)
        first, second = step(before, heard), step(kept, told)
        assert first == second
        assert repr((before, heard)) == repr((kept, told))
        rig.state = first.state
        _sound(rig)


def _sound(rig: Rig) -> None:
    """Hold the invariants that no story may break."""
    state = rig.state
    assert set(state.marks) == set(state.watched)
    assert dict(state.exposure.held) == {
        s: float(p.quantity) for s, p in state.book.positions.items()
    }
    book = state.book
    assert book.wallet == book.deposits + book.realised - book.fees - book.funding
    owners = {t.plan.trade_id for t in state.trades.values()}
    entries = [o for o in state.orders.values() if o.leg == "e"]
    assert {o.trade_id for o in entries} <= owners  # no entry lives without its trade
    for trade in state.trades.values():
        assert trade.bought >= 0
        if trade.held > 0 and trade.state != "CLOSING":
            assert trade.stop_wanted is not None


def test_a_desk_opens_with_what_it_must_know_and_says_so() -> None:
    instruments = {s: an_instrument(s) for s in (ETH, BTC)}
    fresh = initial(RunMode.BACKTEST, Policy())
    heard = SessionOpened(START_MS, RunMode.PAPER, 3, a_policy(version=4), instruments)

    decision = step(fresh, heard)

    assert decision.said == (SessionBegan(START_MS, RunMode.PAPER, 3, 4, (BTC, ETH)),)
    assert decision.asked == ()
    state = decision.state
    assert (state.mode, state.fencing, state.policy.version) == (RunMode.PAPER, 3, 4)
    assert state.at_ms == START_MS


def test_a_desk_opened_again_names_its_orders_anew() -> None:
    rig = Rig()
    instruments = dict(rig.state.instruments)
    rig.hears(SessionOpened(rig.now, RunMode.BACKTEST, 2, Policy(), instruments))
    rig.wants(a_candidate())
    assert rig.entries()[0].client_id.startswith("qt2-")


def test_time_never_runs_backwards() -> None:
    rig = Rig().advances(5)
    rig.hears(MarketAdvanced(rig.now - 60_000, (), 0.0, (), ()))
    assert rig.state.at_ms == rig.now


def test_a_change_of_regime_is_said_once() -> None:
    rig = Rig().advances(1, turns=((BTC, Regime.RANGE),)).advances(1, turns=((BTC, Regime.RANGE),))
    assert rig.told(RegimeChanged) == [
        RegimeChanged(rig.now - 60_000, BTC, Regime.UNKNOWN, Regime.RANGE)
    ]


@pytest.mark.parametrize("mark", [float("nan"), float("inf"), 0.0, -5.0])
def test_a_mark_that_is_no_price_moves_nothing(mark: float) -> None:
    rig = Rig().opens().advances(1, {BTC: 101.0})
    equity = rig.state.equity
    rig.advances(1, {BTC: mark})
    assert rig.state.equity == rig.state.watch.equity == equity
    assert (rig.said, rig.asked) == ([], [])
