"""The Prometheus text: every line has a form that the format allows."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telemetry.memory import InMemoryTelemetry
from adapters.telemetry.prometheus import exposition

pytestmark = pytest.mark.unit

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
NUMBER = r"(?:[+-]?Inf|NaN|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"
SAMPLE = re.compile(rf"({NAME})(?:\{{{LABEL}(?:,{LABEL})*\}})? {NUMBER}")
COMMENT = re.compile(rf"# (?:HELP ({NAME}) [^\n]*|TYPE ({NAME}) (?:counter|gauge|histogram))")


def names_in(text: str) -> list[str]:
    """Return the sample names of *text* after checking every line of it against the format."""
    assert text == "" or text.endswith("\n")
    found = []
    for line in text.split("\n")[:-1]:
        if line.startswith("#"):
            assert COMMENT.fullmatch(line), line
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            found.append(match[1])
    return found


def test_names_say_the_namespace_and_a_counter_its_kind() -> None:
    telemetry = InMemoryTelemetry()
    telemetry.record_counter("trades.executed", labels={"symbol": "BTCUSDT"})
    telemetry.record_gauge("positions.open", 2.0)
    assert telemetry.exposition() == (
        "# HELP quantum_trader_positions_open Trades that are filled and not yet closed.\n"
        "# TYPE quantum_trader_positions_open gauge\n"
        "quantum_trader_positions_open 2\n"
        "# HELP quantum_trader_trades_executed_total Trades whose entry is complete, by symbol.\n"
        "# TYPE quantum_trader_trades_executed_total counter\n"
        'quantum_trader_trades_executed_total{symbol="BTCUSDT"} 1\n'
    )


def test_nothing_recorded_is_nothing_exposed() -> None:
    assert exposition([]) == ""


@given(
    name=st.text(min_size=1, max_size=8),
    value=st.text(max_size=8),
    amount=st.floats(),
)
def test_whatever_is_recorded_the_text_keeps_to_the_format(
    name: str, value: str, amount: float
) -> None:
    telemetry = InMemoryTelemetry()
    labels = {"reason": value, "symbol": 'a"b\\c\nd'}
    telemetry.record_counter(f"c.{name}", amount, labels)
    telemetry.record_gauge(f"g.{name}", amount, labels)
    telemetry.record_histogram(f"h.{name}", amount, labels)

    names = names_in(telemetry.exposition())

    assert all(each.startswith("quantum_trader_") for each in names)


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (0.1, "0.1"), (1e22, "1e+22")],
)
def test_numbers_are_spelt_as_the_format_wants(value: float, text: str) -> None:
    telemetry = InMemoryTelemetry()
    telemetry.record_gauge("x", value)
    shown = telemetry.exposition().splitlines()[-1].removeprefix("quantum_trader_x ")
    assert float(shown) == float(text) or shown == text


def test_label_values_are_escaped() -> None:
    telemetry = InMemoryTelemetry()
    telemetry.record_gauge("x", 1.0, {"reason": 'say "no"\\\n'})
    assert r'{reason="say \"no\"\\\n"} 1' in telemetry.exposition()


def test_buckets_never_fall_and_the_last_is_the_count() -> None:
    telemetry = InMemoryTelemetry()
    for value in (0.001, 0.3, 4.0, 400.0):
        telemetry.record_histogram("latency.execution", value)
    lines = telemetry.exposition().splitlines()
    counts = [int(line.rpartition(" ")[2]) for line in lines if "_bucket" in line]
    assert counts == sorted(counts)
    assert counts[-1] == 4
    assert 'le="+Inf"' in [line for line in lines if "_bucket" in line][-1]
