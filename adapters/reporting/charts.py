"""The charts of the page, as specifications that plotly.js draws in the reader's browser.

Built as plain mappings: importing Plotly's Python half would cost more than the page. Colours of
text, grid and ground are the page's and are put in by its script, for light and dark alike.
"""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Final

import numpy as np

from adapters.reporting import wording
from adapters.reporting.curve import Band, Line, falls, thinned
from domain.decision.facts import TradeClosed
from domain.risk.emergency_stop import RiskMode
from domain.shared.enums import Side

EQUITY_POINTS: Final = 4000
GOOD: Final = "#12a37c"
BAD: Final = "#e5484d"
LINE: Final = "#3b7ddd"
QUIET: Final = "#8a94a6"
BAND_COLOURS: Final = {
    RiskMode.CAUTIOUS: "rgba(234,179,8,0.18)",
    RiskMode.PROTECTIVE: "rgba(249,115,22,0.26)",
    RiskMode.EMERGENCY: "rgba(229,72,77,0.6)",
}
R_STEP: Final = 0.25
R_LEAST: Final = -4.0
R_MOST: Final = 8.0
# Numbers of plotly.js for the marker shapes; the open ones are exits.
_ENTRY_SHAPES: Final = {Side.BUY: 5, Side.SELL: 6}
_EXIT_SHAPE: Final = 100
_MANY: Final = 100
_MARGIN: Final = {"l": 64, "r": 12, "t": 30, "b": 40}

Spec = dict[str, object]


def equity_chart(equity: Line, start: float, modes: Sequence[Band]) -> Spec:
    """Return equity over time, drawdown below it, and the emergency bands behind both.

    *start* is the equity, in USD, that the first peak is.
    """
    value, fall = thinned(equity, EQUITY_POINTS), thinned(falls(equity, start), EQUITY_POINTS)
    data = [
        _curve(
            value, np.round(value.values, 2).tolist(), LINE, "Equity %{y:,.2f} USD<extra></extra>"
        ),
        {
            **_curve(
                fall, np.round(fall.values, 6).tolist(), BAD, "Drawdown %{y:.2%}<extra></extra>"
            ),
            "yaxis": "y2",
            "fill": "tozeroy",
        },
    ]
    layout = _layout(
        xaxis={"type": "date", "anchor": "y2"},
        yaxis={"domain": [0.34, 1], "tickformat": ",.2~f", "title": {"text": "Equity, USD"}},
        yaxis2={
            "domain": [0, 0.27],
            "tickformat": ".1~%",
            "rangemode": "tozero",
            "title": {"text": "Drawdown"},
        },
        shapes=[_ground(band) for band in modes],
        hovermode="x unified",
        hoversubplots="axis",
    )
    return {"data": data, "layout": layout}


def _ground(band: Band) -> Spec:
    """Return *band* as a colour behind all curves."""
    return {
        "type": "rect",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        "x0": band.from_ms,
        "x1": band.until_ms,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": BAND_COLOURS[band.mode],
    }


def price_chart(closes: Line, trades: Sequence[TradeClosed], span: tuple[int, int]) -> Spec:
    """Return the closes of one symbol with *trades* on them, coloured by their result.

    The time axis shows *span*, from and until in UTC ms, so that charts can be compared.
    """
    shown = [_readable(close) for close in closes.values.tolist()]
    price = _curve(closes, shown, QUIET, "%{y}<extra></extra>")
    price["line"] = {"color": QUIET, "width": 1}
    won = [t for t in trades if t.net_pnl > 0]
    lost = [t for t in trades if t.net_pnl <= 0]
    data = [price, _journeys(won, GOOD), _journeys(lost, BAD), _marks(trades)]
    layout = _layout(
        xaxis={"type": "date", "range": list(span)},
        yaxis={"tickformat": ",~g"},
        hovermode="closest",
    )
    return {"data": data, "layout": layout}


def r_histogram(trades: Sequence[TradeClosed]) -> Spec:
    """Return how many trades earned how many R; what lies far out is counted in the end bars."""
    rs = np.array([t.net_r for t in trades])
    rs = np.clip(rs[np.isfinite(rs)], R_LEAST, R_MOST - R_STEP / 2)
    bins = np.floor(rs / R_STEP).astype(np.int64)
    lows, counts = np.unique(bins, return_counts=True)
    starts = lows * R_STEP
    bars = {
        "type": "bar",
        "x": (starts + R_STEP / 2).tolist(),
        "y": counts.tolist(),
        "width": R_STEP,
        "marker": {
            "color": [GOOD if start >= 0 else BAD for start in starts],
            "line": {"width": 0},
        },
        "hovertext": [_r_range(start) for start in starts.tolist()],
        "hovertemplate": "%{hovertext}: %{y:,} trades<extra></extra>",
    }
    layout = _layout(
        xaxis={"title": {"text": "Net result, R"}, "zeroline": True},
        yaxis={"title": {"text": "Trades"}, "rangemode": "tozero"},
        bargap=0.06,
        hovermode="closest",
    )
    layout["margin"] = {**_MARGIN, "b": 46}
    return {"data": [bars], "layout": layout}


def _r_range(start: float) -> str:
    if start <= R_LEAST:
        return f"below {start + R_STEP:+.2f} R"
    if start + R_STEP >= R_MOST:
        return f"{start:+.2f} R and more"
    return f"{start:+.2f} to {start + R_STEP:+.2f} R"


def _curve(series: Line, shown: Sequence[float], colour: str, hover: str) -> Spec:
    """Return a line through *shown*, the values of *series* as they are to be read."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": series.times.tolist(),
        "y": shown,
        "line": {"color": colour, "width": 1.4},
        "hovertemplate": hover,
    }


def _journeys(trades: Sequence[TradeClosed], colour: str) -> Spec:
    """Return *trades* as short lines from entry to exit."""
    times: list[int | None] = []
    prices: list[float | None] = []
    for trade in trades:
        times += (trade.entry_ms, trade.at_ms, None)
        prices += (_readable(trade.entry_price), _readable(trade.exit_price), None)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": prices,
        "line": {"color": colour, "width": 1},
        "hoverinfo": "skip",
    }


def _marks(trades: Sequence[TradeClosed]) -> Spec:
    """Return a marker for each entry and exit, one after the other: none hides the losers."""
    times: list[int] = []
    prices: list[float] = []
    shapes: list[int] = []
    results: list[int] = []
    texts: list[str] = []
    for trade in trades:
        times += (trade.entry_ms, trade.at_ms)
        prices += (_readable(trade.entry_price), _readable(trade.exit_price))
        shapes += (_ENTRY_SHAPES[trade.side], _EXIT_SHAPE)
        results += (int(trade.net_pnl > 0),) * 2
        texts += (f"in {escape(trade.trade_id)}", _ending(trade))
    marker = {
        "symbol": shapes,
        "size": 5 if len(trades) > _MANY else 8,
        "color": results,
        "colorscale": [[0, BAD], [1, GOOD]],
        "cmin": 0,
        "cmax": 1,
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": times,
        "y": prices,
        "text": texts,
        "marker": marker,
        "hovertemplate": "%{text}<br>%{y} at %{x|%Y-%m-%d %H:%M}<extra></extra>",
    }


def _readable(price: Decimal | float) -> float:
    return float(f"{price:.7g}")


def _ending(trade: TradeClosed) -> str:
    net = wording.signed_money(trade.net_pnl)
    return f"out {escape(trade.trade_id)}<br>{net} ({trade.net_r:.2f} R), {escape(trade.reason)}"


def _layout(**more: object) -> Spec:
    return {"showlegend": False, "hovermode": "x", "margin": _MARGIN, **more}
