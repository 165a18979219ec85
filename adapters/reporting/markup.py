"""The few pieces of HTML a page is made of. Text is escaped here, and only here."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple, NewType

Html = NewType("Html", str)
NO_HTML: Final = Html("")


class Cell(NamedTuple):
    """One value of a table. `tone` is a class of the style sheet; `share` draws a bar, 0 to 1."""

    text: str
    tone: str = ""
    share: float | None = None


class Section(NamedTuple):
    """A part of the page under a heading, reached by `anchor`."""

    anchor: str
    title: str
    body: Html


def joined(*parts: Html) -> Html:
    """Return *parts* one after the other."""
    return Html("\n".join(part for part in parts if part))


def paragraph(text: str, tone: str = "hint") -> Html:
    """Return *text* as a paragraph."""
    return Html(f'<p class="{escape(tone)}">{escape(text)}</p>')


def subheading(text: str) -> Html:
    """Return *text* as a heading within a section."""
    return Html(f"<h3>{escape(text)}</h3>")


def section(part: Section) -> Html:
    """Return *part* with its heading."""
    anchor = escape(part.anchor)
    return Html(
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">'
        f'<h2 id="{anchor}-title">{escape(part.title)}</h2>\n{part.body}</section>'
    )


def folded(title: str, body: Html, *, is_open: bool = False) -> Html:
    """Return *body* behind *title*, to be opened at will."""
    state = " open" if is_open else ""
    return Html(f"<details{state}><summary>{escape(title)}</summary>{body}</details>")


def table(
    caption: str,
    heads: Sequence[str | Cell],
    rows: Iterable[Sequence[str | Cell]],
    total: Sequence[str | Cell] = (),
    words: int = 1,
) -> Html:
    """Return a table. The first *words* columns are words, set left; the others numbers."""
    head = "".join(_head(i, one, words) for i, one in enumerate(heads))
    body = "".join(_row(row, words) for row in rows)
    foot = f"<tfoot>{_row(total, words)}</tfoot>" if total else ""
    return Html(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f'<caption class="unseen">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>"
    )


def cards(pairs: Iterable[tuple[str, Cell, str]]) -> Html:
    """Return headline figures: of each its name, its value, and a remark."""
    items = "".join(
        f'<div class="card"><dt>{escape(name)}</dt>'
        f'<dd class="{escape(value.tone)}">{escape(value.text)}<small>{escape(remark)}</small></dd>'
        "</div>"
        for name, value, remark in pairs
    )
    return Html(f'<dl class="cards">{items}</dl>')


def facts(pairs: Iterable[tuple[str, Cell]]) -> Html:
    """Return names and what is to be said of each."""
    items = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="{escape(value.tone)}">{escape(value.text)}</dd>'
        "</div>"
        for name, value in pairs
    )
    return Html(f'<dl class="facts">{items}</dl>')


def equation(terms: Iterable[tuple[str, str, str]]) -> Html:
    """Return a line of arithmetic: of each term its sign, its name, its amount."""
    items = " ".join(
        f"<span>{escape(sign)} <small>{escape(name)}</small>{escape(amount)}</span>"
        for sign, name, amount in terms
    )
    return Html(f'<p class="sum">{items}</p>')


def legend(pairs: Iterable[tuple[str, str]]) -> Html:
    """Return the key to the colours of a chart: of each its class and its meaning."""
    items = "".join(
        f'<li><i class="{escape(swatch)}" aria-hidden="true"></i>{escape(text)}</li>'
        for swatch, text in pairs
    )
    return Html(f'<ul class="legend">{items}</ul>')


def chart(name: str, label: str, spec: Mapping[str, object], height_px: int) -> Html:
    """Return the place of a chart and, as inert JSON, what is to be drawn there."""
    name = escape(name)
    return Html(
        f'<div class="chart" id="{name}" role="img" aria-label="{escape(label)}"'
        f' style="height:{height_px}px"></div>'
        f'<script type="application/json" data-chart="{name}">{_inert(spec)}</script>'
    )


def _inert(spec: Mapping[str, object]) -> str:
    """Return *spec* as JSON that cannot end the element it stands in."""
    text = json.dumps(spec, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _head(column: int, value: str | Cell, words: int) -> str:
    text, tone, _ = value if isinstance(value, Cell) else Cell(value)
    return f'<th scope="col"{_classes(column < words, tone)}>{escape(text)}</th>'


def _row(cells: Sequence[str | Cell], words: int) -> str:
    return f"<tr>{''.join(_cell(i, one, words) for i, one in enumerate(cells))}</tr>"


def _cell(column: int, value: str | Cell, words: int) -> str:
    text, tone, share = value if isinstance(value, Cell) else Cell(value)
    marks = _classes(column < words, tone)
    bar = ""
    if share is not None and math.isfinite(share):
        bar = f'<i class="bar" style="width:{100 * min(max(share, 0.0), 1.0):.1f}%"></i>'
    if column == 0:
        return f'<th scope="row"{marks}>{escape(text)}{bar}</th>'
    return f"<td{marks}>{escape(text)}{bar}</td>"


def _classes(is_word: bool, tone: str) -> str:  # noqa: FBT001 - a pure spelling of both
    names = " ".join(filter(None, ("word" if is_word else "", tone)))
    return f' class="{escape(names)}"' if names else ""
