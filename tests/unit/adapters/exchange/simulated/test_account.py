"""The accounting identity, to the last decimal, over random order sequences."""

import random

import pytest

from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    FundingSettled,
    OrderFilled,
)
from tests.unit.adapters.exchange.simulated.scene import (
    INSTRUMENTS,
    D,
)
from tests.unit.adapters.exchange.simulated.storm import SYMBOLS, rules_of, stormy_session

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("block", range(10))
def test_the_identity_holds_to_the_last_decimal_over_random_sequences(block: int) -> None:
    seen: set[str] = set()
    for seed in range(block * 100, block * 100 + 100):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(400))
        fees = funding = D(0)
        before = venue.positions()
        for batch in stormy_session(storm, venue):
            after = venue.positions()
            if any(before[one][0] * after[one][0] < 0 for one in before.keys() & after.keys()):
                seen.add("flip")
            before = after
            for report in batch:
                seen.add(type(report).__name__)
                if isinstance(report, OrderFilled):
                    fees += report.fee
                    seen.add("autoclose" if report.client_id.startswith("auto") else "own")
                    seen.add("part" if report.leaves else "whole")
                elif isinstance(report, FundingSettled):
                    funding += report.paid
            totals = venue.totals
            wallet = totals.deposits + totals.realised - totals.fees - totals.funding
            assert venue.wallet == wallet, seed
            assert venue.equity() == wallet + venue.unrealised(), seed
            assert (totals.fees, totals.funding) == (fees, funding), seed
    assert seen >= {"OrderCanceled", "OrderRejected", "FundingSettled", "autoclose", "part", "flip"}


def test_realised_is_what_the_fills_say() -> None:
    """Cash in and out of all fills, plus the cost still open, is what was realised."""
    for seed in range(60):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(400))
        cash = D(0)
        held = dict.fromkeys(SYMBOLS, D(0))
        for batch in stormy_session(storm, venue):
            for fill in (one for one in batch if isinstance(one, OrderFilled)):
                cash -= fill.side.sign * fill.quantity * fill.price
                held[fill.symbol] += fill.side.sign * fill.quantity
        positions = venue.positions()
        assert venue.totals.realised == cash + sum((c for _, c in positions.values()), D(0)), seed
        assert {s: q for s, q in held.items() if q} == {s: q for s, (q, _) in positions.items()}


def test_times_never_go_back_and_trade_ids_are_unique() -> None:
    for seed in range(60):
        storm = random.Random(seed)
        venue = SimulatedVenue(INSTRUMENTS, rules_of(storm))
        venue.deposit(0, D(400))
        now = 0
        trades: set[str] = set()
        for batch in filter(None, stormy_session(storm, venue)):
            assert len({report.at_ms for report in batch}) == 1, seed
            assert batch[0].at_ms >= now, seed
            now = batch[0].at_ms
            ids = [one.venue_trade_id for one in batch if isinstance(one, OrderFilled)]
            assert not trades & set(ids), seed
            trades |= set(ids)
