"""Digests of a market: equal for the same, different for anything else."""

from dataclasses import replace

import pytest

from adapters.exchange.served.digests import instruments_digest, market_digest
from adapters.market_data.simulated_market import SimulatedMarket
from tests.unit.adapters.exchange.simulated.scene import AAA, INSTRUMENTS, D

pytestmark = pytest.mark.unit


def market(seed: int = 7, bars: int = 50) -> str:
    return market_digest(
        SimulatedMarket(seed, ("AAAUSDT", "BBBUSDT"), 300_000, bars=bars).load().bars
    )


def test_one_market_has_one_digest_and_another_has_another() -> None:
    assert market() == market()
    assert len({market(), market(seed=8), market(bars=51)}) == 3


def test_another_fee_is_another_set_of_instruments() -> None:
    dearer = {**INSTRUMENTS, AAA: replace(INSTRUMENTS[AAA], taker_fee=D("0.0006"))}
    assert instruments_digest(INSTRUMENTS) != instruments_digest(dearer)
    backwards = dict(reversed(INSTRUMENTS.items()))
    assert instruments_digest(INSTRUMENTS) == instruments_digest(backwards)
