"""An evaluation as a page: one HTML file that needs nothing else."""

from html import escape
from pathlib import Path
from typing import Final

from adapters.reporting.evaluation_rows import Rows, headline, notes, tables
from adapters.reporting.files import replacing
from adapters.reporting.look import SCRIPT, STYLE
from adapters.reporting.markup import Html, Section, chart, joined, paragraph, section, table
from application.evaluation import Evaluation

# The page may fetch nothing from anywhere, whatever its text says.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " img-src data: blob:; base-uri 'none'; form-action 'none'"
)
_DAY_MS: Final = 86_400_000
_COLOURS: Final = (
    "#3b7ddd",
    "#8a94a6",
    "#c4c9d4",
    "#eab308",
    "#f97316",
    "#12a37c",
    "#a855f7",
    "#e5484d",
    "#0ea5e9",
)
_MARGIN: Final = {"l": 64, "r": 12, "t": 44, "b": 46}
_LEGEND: Final = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}


def write_evaluation(told: Evaluation, path: Path) -> Path:
    """Write the page of *told* to *path*, whole or not at all. Raises `StoreUnavailable`."""
    text = _page(told)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _page(told: Evaluation) -> str:
    # Imported here: an evaluation without a page does not pay for the library.
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - see above

    first, *others = tables(told)
    parts = [
        Section("strategies", first.title, _table(first)),
        Section("curves", "Earned so far, net", chart("earned", "Returns", _curves(told), 380)),
        Section("calibration", "Claimed and come true", _calibration(told)),
        *(Section(f"table-{i}", rows.title, _table(rows)) for i, rows in enumerate(others)),
        Section("notes", "Notes", joined(*(paragraph(line) for line in notes(told)))),
    ]
    title = f"Evaluation of {', '.join(told.symbols)}"
    verdict = joined(*(paragraph(line, "") for line in headline(told)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)} · Quantum Trader</title><style>{STYLE}</style></head>\n<body>"
        f"<header><h1>{escape(title)}</h1></header>\n<main>{verdict}\n"
        f"{joined(*(section(part) for part in parts))}</main>\n"
        "<footer>All times are UTC. Quantum Trader</footer>\n"
        f"<script>{get_plotlyjs()}</script>\n<script>{SCRIPT}</script></body></html>\n"
    )


def _table(rows: Rows) -> Html:
    return table(rows.title, rows.heads, rows.rows)


def _curves(told: Evaluation) -> dict[str, object]:
    start = told.from_ms // _DAY_MS * _DAY_MS
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [start + place * _DAY_MS for place in range(len(curve))],
            "y": [round(value, 5) for value in curve],
            "line": {"color": colour, "width": 2.4 if name == "voters" else 1.2},
            "hovertemplate": f"{escape(name)} %{{y:.1%}}<extra></extra>",
        }
        for (name, curve), colour in zip(told.curves, _COLOURS, strict=False)
    ]
    layout = {
        "showlegend": True,
        "legend": _LEGEND,
        "margin": _MARGIN,
        "hovermode": "x unified",
        "xaxis": {"type": "date"},
        "yaxis": {"tickformat": ".0%", "title": {"text": "Net return"}},
    }
    return {"data": data, "layout": layout}


def _calibration(told: Evaluation) -> Html:
    data: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": one.voter,
            "x": [round(claimed, 4) for claimed, _, _ in one.curve],
            "y": [round(true, 4) for _, true, _ in one.curve],
            "line": {"color": colour, "width": 1.4},
        }
        for one, colour in zip(told.calibration, _COLOURS[3:], strict=False)
        if one.curve
    ]
    claims = [claimed for one in told.calibration for claimed, _, _ in one.curve]
    if claims:
        ends = [round(min(claims), 4), round(max(claims), 4)]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "as claimed",
                "x": ends,
                "y": ends,
                "line": {"color": "#8a94a6", "dash": "dot"},
            }
        )
    layout = {
        "showlegend": True,
        "legend": _LEGEND,
        "margin": _MARGIN,
        "hovermode": "closest",
        "xaxis": {"tickformat": ".0%", "title": {"text": "Claimed"}},
        "yaxis": {"tickformat": ".0%", "title": {"text": "Came true"}},
    }
    return chart("reliability", "Calibration", {"data": data, "layout": layout}, 360)
