"""Telemetry in memory: bounded, and never an error for who records."""

import math

import pytest

from adapters.telemetry.memory import FAULTS, SERIES_MAX, InMemoryTelemetry

pytestmark = pytest.mark.unit


@pytest.fixture
def telemetry() -> InMemoryTelemetry:
    return InMemoryTelemetry()


def faults(telemetry: InMemoryTelemetry, reason: str) -> float:
    return telemetry.value(FAULTS, {"reason": reason}) or 0.0


def test_a_counter_adds_up_by_its_labels(telemetry: InMemoryTelemetry) -> None:
    telemetry.record_counter("trades.executed", labels={"symbol": "BTCUSDT"})
    telemetry.record_counter("trades.executed", 2.5, {"symbol": "BTCUSDT"})
    telemetry.record_counter("trades.executed", labels={"symbol": "ETHUSDT"})
    assert telemetry.value("trades.executed", {"symbol": "BTCUSDT"}) == 3.5
    assert telemetry.value("trades.executed", {"symbol": "ETHUSDT"}) == 1.0
    assert telemetry.value("trades.executed") is None


def test_the_order_of_labels_does_not_make_another_series(telemetry: InMemoryTelemetry) -> None:
    telemetry.record_counter("model.predictions", labels={"model": "gbm", "action": "BUY"})
    telemetry.record_counter("model.predictions", labels={"action": "BUY", "model": "gbm"})
    assert telemetry.value("model.predictions", {"model": "gbm", "action": "BUY"}) == 2.0


def test_a_gauge_is_what_it_was_set_to_last(telemetry: InMemoryTelemetry) -> None:
    telemetry.record_gauge("positions.open", 3.0)
    telemetry.record_gauge("positions.open", 1.0)
    assert telemetry.value("positions.open") == 1.0


def test_a_label_outside_the_list_is_dropped_and_counted(telemetry: InMemoryTelemetry) -> None:
    telemetry.record_counter("trades.executed", labels={"symbol": "BTCUSDT", "order_id": "qt0-1"})
    assert telemetry.value("trades.executed", {"symbol": "BTCUSDT"}) == 1.0
    assert "order_id" not in telemetry.exposition()
    assert faults(telemetry, "label") == 1.0


@pytest.mark.parametrize("amount", [-1.0, math.nan, math.inf])
def test_a_counter_only_ever_rises(telemetry: InMemoryTelemetry, amount: float) -> None:
    telemetry.record_counter("orders.placed", amount)
    assert telemetry.value("orders.placed") is None
    assert faults(telemetry, "number") == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out_of_a_distribution(
    telemetry: InMemoryTelemetry, value: float
) -> None:
    telemetry.record_histogram("trade.net_r", value)
    assert "net_r" not in telemetry.exposition()
    assert faults(telemetry, "number") == 1.0


def test_a_name_keeps_the_kind_it_had_first(telemetry: InMemoryTelemetry) -> None:
    telemetry.record_counter("orders.placed")
    telemetry.record_gauge("orders.placed", 9.0)
    telemetry.record_histogram("orders.placed", 9.0)
    assert telemetry.value("orders.placed") == 1.0
    assert faults(telemetry, "kind") == 2.0


def test_series_beyond_the_bound_are_one(telemetry: InMemoryTelemetry) -> None:
    for n in range(SERIES_MAX + 5):
        telemetry.record_counter("trades.executed", labels={"symbol": f"S{n}"})
        telemetry.record_histogram("trade.net_r", 1.0, {"symbol": f"S{n}"})
    assert telemetry.value("trades.executed", {"symbol": "other"}) == 5.0
    assert telemetry.exposition().count("trades_executed_total{") == SERIES_MAX + 1
    assert 'trade_net_r_count{symbol="other"} 5' in telemetry.exposition()
    assert faults(telemetry, "series") == 10.0


def test_a_value_stands_in_the_first_bucket_that_reaches_it(telemetry: InMemoryTelemetry) -> None:
    for value in (-3.0, -2.0, 0.25, 99.0):
        telemetry.record_histogram("trade.net_r", value)
    text = telemetry.exposition()
    assert 'trade_net_r_bucket{le="-2"} 2' in text
    assert 'trade_net_r_bucket{le="0"} 2' in text
    assert 'trade_net_r_bucket{le="0.5"} 3' in text
    assert 'trade_net_r_bucket{le="+Inf"} 4' in text
    assert "trade_net_r_sum 94.25" in text
    assert "trade_net_r_count 4" in text
