"""Exemplars, quantiles and units, in the format that was asked for."""

import re
import shutil
import subprocess

import pytest

from adapters.telemetry.catalogue import CATALOGUE
from adapters.telemetry.memory import InMemoryTelemetry

pytestmark = pytest.mark.unit

OPEN = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1"
TRACE = "BTCUSDT-abc"


@pytest.fixture
def telemetry() -> InMemoryTelemetry:
    telemetry = InMemoryTelemetry()
    telemetry.record_trade("BTCUSDT", 12.5, "WIN", 500.0, 3600.0, TRACE)
    telemetry.record_model_prediction("gbm", "BTCUSDT", "BUY", 0.71)
    telemetry.record_histogram("latency.execution", 0.2, trace=TRACE)
    telemetry.record_gauge("health", 0.0)
    for value in range(100):
        telemetry.record_summary("trade.slippage", value / 100)
    return telemetry


def test_exemplars_are_in_openmetrics_alone(telemetry: InMemoryTelemetry) -> None:
    assert TRACE not in telemetry.exposition()
    assert TRACE not in telemetry.exposition("text/plain")
    text = telemetry.exposition(OPEN)
    assert f'le="0.25"}} 1 # {{trace_id="{TRACE}"}} 0.2' in text
    assert f'outcome="WIN",symbol="BTCUSDT"}} 1 # {{trace_id="{TRACE}"}} 1' in text


def test_openmetrics_names_the_family_of_a_counter_without_its_ending(
    telemetry: InMemoryTelemetry,
) -> None:
    text = telemetry.exposition(OPEN)
    assert "# TYPE quantum_trader_trades_outcomes counter\n" in text
    assert "\nquantum_trader_trades_outcomes_total{" in text
    assert text.endswith("\n# EOF\n")
    assert "# EOF" not in telemetry.exposition()


def test_a_summary_has_its_quantiles_sum_and_count(telemetry: InMemoryTelemetry) -> None:
    text = telemetry.exposition()
    assert "# TYPE quantum_trader_trade_slippage_ratio summary" in text
    assert 'quantum_trader_trade_slippage_ratio{quantile="0.9"} 0.9' in text
    assert "quantum_trader_trade_slippage_ratio_sum 49.5" in text
    assert "quantum_trader_trade_slippage_ratio_count 100" in text


def test_a_unit_ends_the_name_once(telemetry: InMemoryTelemetry) -> None:
    names = set(re.findall(r"# TYPE (\S+)", telemetry.exposition()))
    assert "quantum_trader_latency_execution_seconds" in names
    assert "quantum_trader_trade_hold_seconds" in names
    assert "quantum_trader_trade_pnl_usd" in names
    assert not [name for name in names if re.search(r"_(\w+)_\1(_|$)", name)]


def test_every_listed_metric_passes_the_linter_of_prometheus() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    telemetry = InMemoryTelemetry()
    for name, about in CATALOGUE.items():
        if about.buckets is not about.__class__("").buckets:
            telemetry.record_histogram(name, 1.0)
        else:
            telemetry.record_counter(name, 1.0)
    found = subprocess.run(  # noqa: S603 - the program that was found above
        [promtool, "check", "metrics"],
        input=telemetry.exposition(),
        text=True,
        capture_output=True,
        check=False,
    )
    assert (found.returncode, found.stderr, found.stdout) == (0, "", "")
