import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reporting import markup
from adapters.reporting.markup import Cell, Section

pytestmark = pytest.mark.unit
HOSTILE = '</script><img src=x onerror="alert(1)">&'


@pytest.mark.parametrize(
    "html",
    [
        markup.paragraph(HOSTILE),
        markup.subheading(HOSTILE),
        markup.table(HOSTILE, (HOSTILE,), [(HOSTILE, Cell(HOSTILE))], (HOSTILE,)),
        markup.cards([(HOSTILE, Cell(HOSTILE), HOSTILE)]),
        markup.facts([(HOSTILE, Cell(HOSTILE))]),
        markup.legend([("line-good", HOSTILE)]),
        markup.equation([("+", HOSTILE, HOSTILE)]),
        markup.folded(HOSTILE, markup.NO_HTML),
        markup.section(Section("a", HOSTILE, markup.NO_HTML)),
    ],
)
def test_no_piece_lets_text_become_markup(html: str) -> None:
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;/script&gt;" in html


@given(st.text())
def test_a_chart_carries_its_data_unbroken_and_cannot_be_broken_out_of(text: str) -> None:
    html = markup.chart("c", "a chart", {"title": text}, 100)

    _, _, inside = html.partition('data-chart="c">')
    data, _, rest = inside.partition("</script>")
    assert json.loads(data) == {"title": text}
    assert rest == ""
    assert "<" not in data


def test_a_chart_refuses_numbers_that_json_does_not_have() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        markup.chart("c", "a chart", {"y": [float("nan")]}, 100)


def test_words_are_set_left_and_numbers_are_not() -> None:
    html = markup.table("t", ("Name", "Count"), [("a", Cell("1", "good"))])

    assert '<th scope="col" class="word">Name</th><th scope="col">Count</th>' in html
    assert '<th scope="row" class="word">a</th><td class="good">1</td>' in html


@pytest.mark.parametrize(("share", "width"), [(0.5, "50.0%"), (7.0, "100.0%"), (-1.0, "0.0%")])
def test_a_bar_never_leaves_its_cell(share: float, width: str) -> None:
    assert f"width:{width}" in markup.table("t", ("a", "b"), [("x", Cell("1", share=share))])


def test_a_table_without_a_total_has_no_foot() -> None:
    assert "<tfoot>" not in markup.table("t", ("a",), [("x",)])
