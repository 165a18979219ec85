"""The venue's filters, and values that cannot be wrong."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.instrument import FilterFault, MaintenanceTier
from domain.shared.errors import InvariantBroken
from tests.builders import D, an_instrument

pytestmark = pytest.mark.unit

TIERS = (
    MaintenanceTier(D(0), D("0.004"), D(0)),
    MaintenanceTier(D(50_000), D("0.005"), D(50)),
    MaintenanceTier(D(250_000), D("0.01"), D(1300)),
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"symbol": "btc"},
        {"tick": D(0)},
        {"step": D("-1")},
        {"quantity_min": D("NaN")},
        {"price_band": D("Infinity")},
        {"quantity_max": D("0.0001")},
        {"tiers": ()},
        {"tiers": TIERS[1:]},
    ],
    ids=str,
)
def test_filters_that_cannot_be_met_are_a_bug(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvariantBroken):
        an_instrument(**wrong)


def test_prices_and_quantities_land_on_their_grids() -> None:
    it = an_instrument(tick=D("0.05"), step=D("0.1"))
    assert (it.price_below(D("1.07")), it.price_above(D("1.07"))) == (D("1.05"), D("1.10"))
    assert it.price_nearest(D("1.08")) == D("1.10")
    assert it.quantity(D("0.19")) == D("0.1")


@pytest.mark.parametrize(
    ("quantity", "price", "fault"),
    [
        ("0.0009", "100000", FilterFault.QUANTITY_TOO_SMALL),
        ("1000001", "1", FilterFault.QUANTITY_TOO_LARGE),
        ("0.049", "100", FilterFault.NOTIONAL_TOO_SMALL),
        ("0.05", "100", None),
    ],
)
def test_an_entry_the_venue_would_refuse_is_told_why(
    quantity: str, price: str, fault: FilterFault | None
) -> None:
    assert an_instrument().fault_of_entry(D(quantity), D(price)) is fault


@pytest.mark.parametrize(
    ("notional", "margin"),
    [("0", "0"), ("49999", "199.996"), ("50000", "200"), ("250000", "1200"), ("1000000", "8700")],
)
def test_maintenance_margin_follows_the_tiers(notional: str, margin: str) -> None:
    assert an_instrument(tiers=TIERS).maintenance_margin(D(notional)) == D(margin)


@given(st.decimals("0", "1e7", places=2), st.decimals("0", "1000", places=2))
def test_maintenance_margin_rises_with_the_notional_and_never_jumps(
    notional: Decimal, more: Decimal
) -> None:
    instrument = an_instrument(tiers=TIERS)
    low = instrument.maintenance_margin(notional)
    high = instrument.maintenance_margin(notional + more)
    assert low <= high <= low + more * D("0.01")
