"""From a candidate to an order, or to a refusal that tells why."""

import math
from decimal import Decimal

import pytest

from domain.ai.prediction import Prediction
from domain.decision.facts import EntryApproved, EntryRefused, SignalSkipped
from domain.decision.messages import Candidate, OperatorFlattened, PolicyAdopted
from domain.execution.messages import OrderKind, PlaceEntry
from domain.execution.trade import TradeState
from domain.governance.policy import ExitMode
from domain.market.messages import DataFault, Regime
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode, Side
from domain.shared.identity import Leg
from tests.builders import (
    BTC,
    ETH,
    MINUTE_MS,
    D,
    a_candidate,
    a_policy,
    a_quote,
    an_instrument,
)
from tests.rig import Rig

pytestmark = pytest.mark.unit


def refusals(rig: Rig) -> tuple[str, ...]:
    (refused,) = rig.told(EntryRefused)
    assert rig.asked == []
    return refused.objections


@pytest.mark.parametrize(
    ("action", "side", "collar"),
    [(Action.BUY, Side.BUY, "101.00"), (Action.SELL, Side.SELL, "99.00")],
)
def test_a_good_signal_becomes_one_market_entry_with_a_permit_and_a_collar(
    action: Action, side: Side, collar: str
) -> None:
    rig = Rig()

    rig.wants(a_candidate(action))

    (approved,) = rig.told(EntryApproved)
    (entry,) = rig.asked
    assert isinstance(entry, PlaceEntry)
    assert (entry.side, entry.kind, entry.collar) == (side, OrderKind.MARKET, D(collar))
    assert entry.quantity == approved.quantity == D(5)  # the NORMAL cap of 500 USD at 100
    assert entry.permit.expires_ms == rig.now + 60_000
    assert entry.permit.policy_version == 1
    assert approved.models == ("voter0", "voter1", "voter2", "voter3")
    assert len(approved.checks) == 14
    assert rig.trade().state is TradeState.ENTERING


def test_voters_without_a_direction_are_told_apart_from_refusals() -> None:
    rig = Rig()
    two_two = tuple(
        Prediction(f"m{n}", a, 0.8) for n, a in enumerate([Action.BUY] * 2 + [Action.SELL] * 2)
    )

    rig.wants(Candidate(a_quote(), two_two))

    (skipped,) = rig.told(SignalSkipped)
    assert (skipped.action, skipped.reason, skipped.is_noisy) == (
        Action.HOLD,
        "agreement_too_low",
        True,
    )


def test_voters_who_agree_to_hold_are_skipped_without_direction() -> None:
    rig = Rig()

    rig.wants(a_candidate(Action.HOLD))

    (skipped,) = rig.told(SignalSkipped)
    assert (skipped.reason, skipped.is_noisy) == ("no_direction", False)


def test_a_flat_signal_without_a_position_does_nothing() -> None:
    rig = Rig()
    rig.wants(a_candidate(Action.FLAT))
    assert (rig.said, rig.asked) == ([], [])


def test_a_signal_in_the_direction_held_is_passed_over_in_silence() -> None:
    rig = Rig().opens()
    rig.wants(a_candidate(Action.BUY))
    assert (rig.said, rig.asked) == ([], [])


def test_an_opposite_signal_to_an_entry_on_its_way_is_refused() -> None:
    rig = Rig().wants(a_candidate(Action.BUY)).forget()
    rig.wants(a_candidate(Action.SELL), minutes=0.1)
    assert Objection.POSITION_OPEN in refusals(rig)


def test_a_refusal_names_every_objection_with_value_and_limit() -> None:
    rig = Rig(mode=RunMode.PAPER)

    rig.wants(a_candidate(confidence=0.3, fault=DataFault.GAP, regime=Regime.ILLIQUID))

    (refused,) = rig.told(EntryRefused)
    assert refused.objections == (
        Objection.WRONG_ENVIRONMENT,
        Objection.DATA_FAULT,
        Objection.CONFIDENCE_TOO_LOW,
        Objection.CONFIDENCE_BELOW_MODE,
        Objection.NO_EDGE,
    )
    quality = next(c for c in refused.checks if c.gate == "signal_quality")
    assert quality.value == pytest.approx(0.3)
    assert quality.limit == 0.45


def test_a_size_below_the_venues_minimum_is_refused_and_never_rounded_up() -> None:
    rig = Rig()
    six_at_least = an_instrument(quantity_min=D(6))
    rig.state = rig.state._replace(instruments={BTC: six_at_least})

    rig.wants(a_candidate())  # the cap of 500 USD buys 5

    assert refusals(rig) == (Objection.FILTER,)


@pytest.mark.parametrize("stop", ["NaN", "Infinity", "-Infinity", "101"])
def test_a_stop_that_is_no_stop_is_replaced_by_the_desks_own(stop: str) -> None:
    rig = Rig()
    rig.wants(a_candidate(stop=stop))
    (approved,) = rig.told(EntryApproved)
    assert approved.stop == pytest.approx(Decimal("0.02"))


def test_a_voters_stop_and_target_are_distances_of_the_plan() -> None:
    rig = Rig()
    rig.wants(a_candidate(stop="97", target="109"))
    assert rig.trade().plan.exits.stop == D("0.03")
    assert rig.trade().plan.exits.targets == ((D(1), D("0.09")),)


@pytest.mark.parametrize("price", ["NaN", "0", "-1"])
def test_a_price_that_is_no_price_is_refused_and_breaks_nothing(price: str) -> None:
    rig = Rig()
    rig.advances(1, {}, a_candidate(price=price, fault=DataFault.NON_FINITE, stop="97"))
    assert Objection.DATA_FAULT in refusals(rig)


def test_two_candidates_of_one_instant_cannot_share_one_slot() -> None:
    rig = Rig(a_policy(positions_max=1))

    rig.wants(a_candidate(), a_candidate(symbol=ETH))

    assert [e.symbol for e in rig.entries()] == [BTC]
    (refused,) = rig.told(EntryRefused)
    assert refused.objections == (Objection.SLOTS_USED,)


def test_two_candidates_of_one_instant_cannot_jointly_exceed_the_exposure() -> None:
    rig = Rig(a_policy(gross_exposure_max=D("0.07")))

    rig.wants(a_candidate(), a_candidate(symbol=ETH))

    first, second = rig.told(EntryApproved)
    assert first.notional == D(500)
    assert second.notional <= D(200)
    assert second.factor < 1


def test_two_candidates_of_one_instant_cannot_jointly_exceed_the_open_risk() -> None:
    # 500 USD with a stop and costs of 2.12 % risk 10.6 USD; both together may risk 12.
    rig = Rig(a_policy(open_risk_max=D("0.0012")))

    rig.wants(a_candidate(), a_candidate(symbol=ETH))

    risk = sum(a.notional * (a.stop + D("0.0012")) for a in rig.told(EntryApproved))
    assert risk <= D(12)


def test_the_unfilled_part_of_an_entry_still_holds_its_exposure() -> None:
    rig = Rig(a_policy(gross_exposure_max=D("0.07")))
    rig.wants(a_candidate())
    rig.fills(Leg.ENTRY, "100", "1", leaves="4").forget()

    rig.wants(a_candidate(symbol=ETH), minutes=0.1)

    (second,) = rig.told(EntryApproved)
    assert second.notional <= D(200)


def test_an_entry_given_up_holds_its_exposure_until_the_venue_has_canceled_it() -> None:
    rig = Rig(a_policy(gross_exposure_max=D("0.05")))
    rig.wants(a_candidate())
    rig.hears(OperatorFlattened(rig.now, BTC, "ann", "test")).forget()

    rig.wants(a_candidate(symbol=ETH), minutes=0.1)

    assert refusals(rig) == (Objection.EXPOSURE,)


def test_entries_beyond_the_rate_are_refused() -> None:
    rig = Rig(a_policy(entries_per_minute_max=1))
    rig.wants(a_candidate()).forget()
    rig.wants(a_candidate(symbol=ETH), minutes=0.5)
    assert refusals(rig) == (Objection.ORDER_RATE,)
    rig.forget().wants(a_candidate(symbol=ETH), minutes=1)
    assert len(rig.entries()) == 1


def test_the_permit_carries_epoch_and_version_of_its_moment() -> None:
    rig = Rig()
    rig.hears(PolicyAdopted(rig.now, a_policy(version=7), "ann", "test"))
    rig.wants(a_candidate())
    (entry,) = rig.entries()
    assert entry.permit == (rig.state.stop.epoch, 7, rig.now + MINUTE_MS)


def test_fixed_fractions_need_no_volatility() -> None:
    rig = Rig(a_policy(exits=ExitMode.FRACTION, unknown_regime_size=D(1)))
    rig.wants(a_candidate(atr=math.nan))
    assert rig.trade().plan.atr == 0
    assert rig.trade().plan.exits.stop == D("0.02")
