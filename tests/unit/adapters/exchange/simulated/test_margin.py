"""Liquidation and funding, worked by hand."""

import pytest

from domain.execution.messages import FundingSettled, Liquidity, OrderCanceled, OrderFilled
from domain.market.bars import FundingRate
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BBB,
    BUY,
    MINUTE,
    SELL,
    STOP,
    TARGET,
    D,
    Scene,
    bar,
    entry,
    fills,
    leave,
)

pytestmark = pytest.mark.unit


def test_a_long_is_liquidated_where_its_cushion_ends() -> None:
    # 100 long at 100 with 1,000 USD: the fee of 5 leaves a wallet of 995. At price p the cushion
    # is 995 + 100 (p - 100) - 1 % x 100 p = 99 p - 9,005: zero at 90.9595..., 91.0 on the tick.
    # From 100 to 85 in 20 s: 9.0404 / 15 of the way, 12,053 ms.
    scene = Scene(cash=1_000).holds(BUY, "100")
    scene.sends(leave(SELL, TARGET, trigger="105"))

    reports = scene.plays(bar((100.0, 101.0, 85.0, 95.0)))

    # The fee: 100 x 91.0 x 1.25 % = 113.75.
    assert reports == [
        OrderFilled(
            12_053, f"autoclose-{AAA}-1", AAA, SELL, D(100), D("91.0"), D("113.75"),
            Liquidity.TAKER, f"{AAA}-2", D(0),
        ),
        OrderCanceled(12_053, "target", AAA, "liquidation"),
    ]  # fmt: skip
    # 1,000 - 5 - 900 - 113.75: the loss beyond the wallet stays as a debt.
    assert scene.venue.wallet == D("-18.75")
    assert scene.venue.equity() == D("-18.75")


def test_a_short_in_the_second_tier_is_liquidated_earlier() -> None:
    # 200 short at 100 with 3,000 USD: notional 20,000, the fee 10 leaves 2,990. At price p the
    # cushion is 2,990 - 200 (p - 100) - (5 % x 200 p - 400) = 23,390 - 210 p: zero at 111.381.
    scene = Scene(cash=3_000).holds(SELL, "200")

    assert scene.plays(bar((100.0, 111.3, 99.0, 111.0))) == []
    (fill,) = fills(scene.plays(bar((111.0, 113.0, 110.0, 112.0), MINUTE)))
    assert fill == (f"autoclose-{AAA}-1", MINUTE + 3_809, D(200), D("111.4"))


def test_an_open_beyond_the_end_of_the_cushion_liquidates_at_the_open() -> None:
    scene = Scene(cash=1_000).holds(BUY, "100")

    assert fills(scene.plays(bar((80.0, 85.0, 80.0, 85.0)))) == [
        (f"autoclose-{AAA}-1", 0, D(100), D(80))
    ]


def test_finer_bars_are_searched_for_the_end_of_the_cushion() -> None:
    # The end at 90.9595 lies in the second half: from 95 to 90 within 10 s, 8,081 ms into it.
    scene = Scene(cash=1_000).holds(BUY, "100")
    halves = (
        bar((100.0, 101.0, 95.0, 95.0), 0, length=30_000),
        bar((95.0, 96.0, 90.0, 95.0), 30_000, length=30_000),
    )

    reports = scene.plays(bar((100.0, 101.0, 90.0, 95.0)), finer={AAA: halves})

    assert fills(reports) == [(f"autoclose-{AAA}-1", 38_080, D(100), D("91.0"))]


def test_a_fall_to_just_above_the_end_of_the_cushion_is_survived() -> None:
    scene = Scene(cash=1_000).holds(BUY, "100")

    assert scene.plays(bar((100.0, 101.0, 91.0, 91.0))) == []
    assert scene.venue.equity() == D(95)
    low, high = scene.venue.bounds(AAA)
    assert 90.9595 < low < 91.0
    assert high == float("inf")


def test_a_band_that_was_left_unharmed_is_measured_anew() -> None:
    scene = Scene(cash=2_000).holds(BUY, "100")
    before, _ = scene.venue.bounds(AAA)
    assert scene.plays(bar((100.0, 100.0, 81.5, 81.5))) == []

    # Of the way to the end (80.96) nine tenths are the band; the mark has left the first.
    after, _ = scene.venue.bounds(AAA)
    assert after < 81.5 < before


def test_a_stop_at_the_open_saves_from_liquidation() -> None:
    scene = Scene(cash=1_000).holds(BUY, "100")
    scene.sends(leave(SELL, STOP, trigger="95"))

    assert [f[0] for f in fills(scene.plays(bar((90.0, 91.0, 85.0, 90.0))))] == ["stop"]


def test_cross_margin_lets_one_symbol_carry_the_other() -> None:
    # 100 of each long at 100, fees 10, wallet 990: the cushion is 990 - 2 x 100 = 790. AAA falls
    # by 10. With BBB at 110: 990 - 1,000 + 1,000 - 90 - (5 % x 11,000 - 400) = 750. With BBB at
    # 100 the end comes when 100 x - x = 790.
    def outcome(other: tuple[float, float, float, float]) -> list[str]:
        scene = Scene(cash=3_000).holds(BUY, "100").holds(BUY, "100", symbol=BBB)
        scene.venue.deposit(0, D(-2_000))
        fallen = bar((100.0, 100.0, 90.0, 90.0))
        return [f[0] for f in fills(scene.plays(fallen, bar(other, symbol=BBB)))]

    assert outcome((110.0, 110.0, 110.0, 110.0)) == []
    assert outcome((100.0, 100.0, 100.0, 100.0)) == [
        f"autoclose-{AAA}-1", f"autoclose-{BBB}-2",
    ]  # fmt: skip


@pytest.mark.parametrize(("side", "paid"), [(BUY, "0.0204"), (SELL, "-0.0204")])
def test_funding_is_paid_by_longs_at_the_price_of_its_instant(side: object, paid: str) -> None:
    # 2 x 102 x 0.0001 = 0.0204 USD.
    scene = Scene().holds(BUY if side is BUY else SELL, "2")
    wallet = scene.venue.wallet

    reports = scene.plays(bar((102.0, 103.0, 101.0, 102.0)), funding=[FundingRate(AAA, 0, 0.0001)])

    assert reports == [FundingSettled(0, AAA, D("0.0001"), D(paid))]
    assert scene.venue.totals.funding == D(paid)
    assert scene.venue.wallet == wallet - D(paid)


def test_funding_inside_a_bar_is_paid_at_the_price_of_the_path() -> None:
    # A long falls first: 100 to 97 in 20 s, so 98.5 after 10 s. 1 x 98.5 x -0.0002 = -0.0197.
    scene = Scene().holds(BUY)

    reports = scene.plays(
        bar((100.0, 101.0, 97.0, 100.0)), funding=[FundingRate(AAA, 10_000, -0.0002)]
    )

    assert reports == [FundingSettled(10_000, AAA, D("-0.0002"), D("-0.0197"))]


def test_funding_comes_before_what_arrives_at_the_open() -> None:
    due = [FundingRate(AAA, 0, 0.0001), FundingRate(BBB, 0, 0.0001)]
    scene = Scene().holds(BUY)
    scene.sends(leave(SELL))
    kinds = [type(one).__name__ for one in scene.plays(bar((100.0,) * 4), funding=due)]
    assert kinds == ["FundingSettled", "OrderFilled"]

    scene = Scene()
    scene.sends(entry(BUY, "1"))
    kinds = [type(one).__name__ for one in scene.plays(bar((100.0,) * 4), funding=due)]
    assert kinds == ["OrderFilled"]
