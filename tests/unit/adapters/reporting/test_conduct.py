import pytest

from adapters.reporting import conduct
from application.results import ModelFit
from domain.market.bars import HOUR_MS
from tests.unit.adapters.reporting.runs import START_MS, closed, moved, ran

pytestmark = pytest.mark.unit


def test_the_gate_that_objected_most_comes_first_with_the_longest_bar() -> None:
    html = conduct.refusal_tables(
        ran(checks={"cooldown": (10, 0, 1), "data_quality": (10, 2, 4), "margin": (0, 0, 0)})
    )

    assert html.index("data quality") < html.index("cooldown") < html.index("margin")
    assert '>40.0 %<i class="bar" style="width:100.0%">' in html
    assert '>10.0 %<i class="bar" style="width:25.0%">' in html


def test_gates_that_never_objected_have_no_bar_to_measure() -> None:
    assert "<i" not in conduct.refusal_tables(ran(checks={"margin": (5, 0, 0)}))


def test_reasons_to_refuse_and_to_skip_are_both_told() -> None:
    html = conduct.refusal_tables(ran(refusals={"slots_used": 3}, skips={"no_direction": 1}))

    assert "slots used" in html
    assert "no direction" in html


def test_a_desk_that_stopped_trading_is_noticed() -> None:
    early = closed(1)

    assert "No closed trade began in the last" in conduct.refusal_tables(ran([early]))
    assert "No closed trade began in the last" in conduct.refusal_tables(ran())


def test_a_desk_that_traded_to_the_end_is_not_accused() -> None:
    assert "No closed trade began" not in conduct.refusal_tables(ran([closed(46)]))


def test_an_emergency_stop_that_never_moved_is_told_in_a_sentence() -> None:
    assert "<table" not in conduct.mode_table(ran())


def test_each_change_of_mode_is_told_with_its_cause() -> None:
    html = conduct.mode_table(ran(mode_changes=(moved("NORMAL", "EMERGENCY", START_MS),)))

    assert "NORMAL to EMERGENCY" in html
    assert "drawdown" in html
    assert "11.00 %" in html
    assert "1 change<" in html


def test_of_a_storm_of_changes_only_the_latest_are_listed_and_that_is_said() -> None:
    changes = tuple(moved("NORMAL", "CAUTIOUS", START_MS + n * HOUR_MS) for n in range(201))

    html = conduct.mode_table(ran(mode_changes=changes))

    assert html.count("NORMAL to CAUTIOUS") == conduct.LATEST_CHANGES
    assert "200 of 201" in html


@pytest.mark.parametrize(("fits", "is_folded"), [(20, False), (21, True)])
def test_many_fits_are_folded_away(fits: int, *, is_folded: bool) -> None:
    fit = ModelFit("logistic", START_MS, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS, 1000)

    html = conduct.fit_table(ran(fits=(fit,) * fits))

    assert ("<details" in html) is is_folded
    assert html.count('class="word">logistic') == fits
