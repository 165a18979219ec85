from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from adapters.market_data.instruments import grid_of, instruments_for, maintenance_tiers
from domain.market.bars import BarColumns
from domain.shared.errors import InvariantBroken
from tests.fakes.bars import array, random_bars

pytestmark = pytest.mark.unit

D = Decimal


def priced(symbol: str, decimals: int, volume_decimals: int, scale: float = 1.0) -> BarColumns:
    bars = random_bars(3, 500, symbol)
    opened, high, low, close = (np.round(array(x) * scale, decimals) for x in bars[3:7])
    volume = np.round(array(bars.volume), volume_decimals)
    return BarColumns(*bars[:3], opened, high, low, close, volume)


@pytest.mark.parametrize(
    ("values", "grid"),
    [
        ([5.0, 7.0], "1"),
        ([95505.4, 1.0], "0.1"),
        ([0.1 + 0.2], "0.1"),
        ([64_123.45], "0.01"),
        ([0.00012345], "1E-8"),
        ([1 / 3], None),
        ([np.nan, 2.5], "0.1"),
        ([], "1"),
    ],
)
def test_the_grid_is_the_largest_power_of_ten_that_fits(
    values: list[float], grid: str | None
) -> None:
    assert grid_of(np.array(values)) == (None if grid is None else D(grid))


def test_a_known_symbol_has_its_public_filters() -> None:
    btc = instruments_for({"BTCUSDT": priced("BTCUSDT", 1, 3)})["BTCUSDT"]
    assert (btc.tick, btc.step, btc.quantity_min) == (D("0.1"), D("0.001"), D("0.001"))
    assert (btc.notional_min, btc.leverage_max) == (D(100), 125)
    assert (btc.maker_fee, btc.taker_fee) == (D("0.0002"), D("0.0004"))


def test_older_prices_on_a_finer_tick_win_over_the_table() -> None:
    btc = instruments_for({"BTCUSDT": priced("BTCUSDT", 2, 3)})["BTCUSDT"]
    assert btc.tick == D("0.01")


def test_coarser_prices_do_not_widen_the_tables_tick() -> None:
    btc = instruments_for({"BTCUSDT": priced("BTCUSDT", 0, 3)})["BTCUSDT"]
    assert btc.tick == D("0.1")


def test_an_unknown_symbol_is_read_off_its_data() -> None:
    own = instruments_for({"NEWUSDT": priced("NEWUSDT", 4, 1)})["NEWUSDT"]
    assert (own.tick, own.step, own.quantity_min) == (D("0.0001"), D("0.1"), D("0.1"))


@pytest.mark.parametrize(("scale", "step"), [(1.0, "0.001"), (300.0, "0.00001"), (0.001, "1")])
def test_volumes_on_no_grid_leave_the_step_to_the_price(scale: float, step: str) -> None:
    own = instruments_for({"NEWUSDT": priced("NEWUSDT", 8, 15, scale)})["NEWUSDT"]
    assert own.step == D(step)
    assert own.step * D(100) * D(str(scale)) <= 1


def test_volumes_on_no_grid_leave_a_known_symbol_its_step() -> None:
    assert instruments_for({"BTCUSDT": priced("BTCUSDT", 1, 15)})["BTCUSDT"].step == D("0.001")


def test_an_override_wins_and_takes_the_minimum_with_it() -> None:
    bars = {"BTCUSDT": priced("BTCUSDT", 1, 3)}
    own = instruments_for(bars, {"BTCUSDT": {"step": D("0.1"), "taker_fee": D(0)}})["BTCUSDT"]
    assert (own.step, own.quantity_min, own.taker_fee) == (D("0.1"), D("0.1"), D(0))


def test_an_override_that_contradicts_the_rest_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        instruments_for(
            {"BTCUSDT": priced("BTCUSDT", 1, 3)}, {"BTCUSDT": {"quantity_max": D("0.0001")}}
        )


def test_every_price_of_the_data_is_on_the_tick() -> None:
    bars = priced("NEWUSDT", 3, 2)
    tick = instruments_for({"NEWUSDT": bars})["NEWUSDT"].tick
    assert all(D(str(price)) % tick == 0 for price in array(bars.close).tolist())


def test_the_margin_required_has_no_jumps_between_tiers() -> None:
    tiers = maintenance_tiers((("0", "0.004"), ("50000", "0.005"), ("600000", "0.01")))
    for before, tier in pairwise(tiers):
        below = tier.floor * before.rate - before.deduction
        assert tier.floor * tier.rate - tier.deduction == below
    assert tiers[1].deduction == 50
