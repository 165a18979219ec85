from decimal import Decimal
from typing import Any

import pytest

from adapters.reporting import charts, curve
from adapters.reporting.curve import Band
from domain.risk.emergency_stop import RiskMode
from domain.shared.enums import Side
from tests.unit.adapters.reporting.runs import START_MS, closed

pytestmark = pytest.mark.unit
WON = closed(1)
LOST = closed(2, side=Side.SELL, net_pnl=Decimal(-5), net_r=-1.0)
SPAN = (START_MS, START_MS + 10)


def _data(spec: charts.Spec) -> list[dict[str, Any]]:
    data = spec["data"]
    assert isinstance(data, list)
    return data


def _layout(spec: charts.Spec) -> dict[str, Any]:
    layout = spec["layout"]
    assert isinstance(layout, dict)
    return layout


def test_equity_is_drawn_over_its_falls() -> None:
    line = curve.line([1, 2, 3], [100.0, 80.0, 120.0])

    equity, fall = _data(charts.equity_chart(line, 100.0, ()))

    assert (equity["x"], equity["y"]) == ([1, 2, 3], [100.0, 80.0, 120.0])
    assert (fall["y"], fall["yaxis"]) == ([0.0, -0.2, 0.0], "y2")


def test_each_mode_but_normal_has_a_band_of_its_own_colour() -> None:
    modes = [mode for mode in RiskMode if mode is not RiskMode.NORMAL]
    bands = [Band(n, n + 1, mode) for n, mode in enumerate(modes)]

    shapes = _layout(charts.equity_chart(curve.line([1], [1.0]), 1.0, bands))["shapes"]

    assert [(shape["x0"], shape["x1"]) for shape in shapes] == [(0, 1), (1, 2), (2, 3)]
    assert len({shape["fillcolor"] for shape in shapes}) == 3


def test_a_million_points_of_equity_are_thinned() -> None:
    line = curve.line(range(1_000_000), range(1_000_000))

    equity, fall = _data(charts.equity_chart(line, 0.0, ()))

    assert len(equity["x"]) <= charts.EQUITY_POINTS
    assert len(fall["x"]) <= charts.EQUITY_POINTS


def test_a_trade_is_marked_where_it_began_and_where_it_ended() -> None:
    *_, marks = _data(charts.price_chart(curve.line([], []), [WON, LOST], SPAN))

    assert marks["x"] == [WON.entry_ms, WON.at_ms, LOST.entry_ms, LOST.at_ms]
    assert marks["y"] == [100.0, 110.0, 100.0, 110.0]
    assert marks["marker"]["color"] == [1, 1, 0, 0]
    long, exit_of_long, short, exit_of_short = marks["marker"]["symbol"]
    assert exit_of_long == exit_of_short
    assert len({long, short, exit_of_long}) == 3


def test_winners_and_losers_are_drawn_apart() -> None:
    _, won, lost, _ = _data(charts.price_chart(curve.line([], []), [WON, LOST], SPAN))

    assert won["x"] == [WON.entry_ms, WON.at_ms, None]
    assert lost["x"] == [LOST.entry_ms, LOST.at_ms, None]
    assert won["line"]["color"] != lost["line"]["color"]


def test_what_a_trade_is_called_is_never_markup_in_a_chart() -> None:
    hostile = closed(trade_id='<a href="https://x.test">', reason="<b>")

    *_, marks = _data(charts.price_chart(curve.line([], []), [hostile], SPAN))

    assert not any("<a" in text or "<b>" in text for text in marks["text"])


def test_the_histogram_counts_every_trade_once() -> None:
    rs = (-99.0, -1.0, -0.01, 0.0, 0.24, 0.25, 99.0)

    (bars,) = _data(charts.r_histogram([closed(net_r=r) for r in rs]))

    found = dict(zip(bars["x"], bars["y"], strict=True))
    assert found == {-3.875: 1, -0.875: 1, -0.125: 1, 0.125: 2, 0.375: 1, 7.875: 1}


def test_bars_left_of_nothing_have_the_colour_of_a_loss() -> None:
    (bars,) = _data(charts.r_histogram([closed(net_r=-0.1), closed(net_r=0.1)]))

    assert bars["marker"]["color"] == [charts.BAD, charts.GOOD]


def test_a_result_that_is_no_number_is_not_counted() -> None:
    (bars,) = _data(charts.r_histogram([closed(net_r=float("nan"))]))

    assert bars["y"] == []
