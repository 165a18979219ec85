"""The SDK of OpenTelemetry: a tree of spans a decision, and the same numbers as in memory."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

# In a process of its own: a tracer provider can be set once in the life of one.
PLAYED = """
import sys
from pathlib import Path
from adapters.telemetry.memory import InMemoryTelemetry
from adapters.telemetry.otel import OtelExport
from adapters.telemetry.traces import DecisionTraces
from application.projections.metrics import MetricsProjection
from tests.recording import an_eventful_day, project

export = OtelExport("files", Path(sys.argv[1]), "1.2.3")
memory = InMemoryTelemetry()
journal = an_eventful_day().journal
project(journal, MetricsProjection(export.telemetry(memory)))
project(journal, DecisionTraces())
export.close()
print(memory.exposition())
"""


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("otel")
    played = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PLAYED, folder], capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stderr
    (folder / "metrics.prom").write_text(played.stdout)
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_there_is_one_tree_of_spans_for_each_decision(run_dir: Path) -> None:
    spans = lines(run_dir / "traces.jsonl")
    trees = defaultdict(list)
    for span in spans:
        trees[span["context"]["trace_id"]].append(span)
    for tree in trees.values():
        roots = [span for span in tree if span["parent_id"] is None]
        assert [root["name"] for root in roots] == ["decision"]
        parents = {span["parent_id"] for span in tree} - {None}
        assert parents <= {roots[0]["context"]["span_id"]}
    verdicts = Counter(
        span["attributes"]["verdict"] for span in spans if span["name"] == "decision"
    )
    assert verdicts == {"approved": 2, "refused": 1, "skipped": 1}


def test_a_trade_is_in_the_tree_of_its_decision_until_its_end(run_dir: Path) -> None:
    spans = lines(run_dir / "traces.jsonl")
    traded = [span for span in spans if span["name"] == "trade"]
    assert len(traded) == 2
    executed = {span["context"]["trace_id"] for span in spans if span["name"] == "execution"}
    assert {span["context"]["trace_id"] for span in traded} == executed
    gates = [span for span in spans if span["name"].startswith("gate.")]
    assert any(span["attributes"]["objection"] for span in gates)


def test_the_numbers_that_are_sent_are_those_in_memory(run_dir: Path) -> None:
    last = lines(run_dir / "metrics.jsonl")[-1]
    metrics = {
        metric["name"]: metric
        for resource in last["resource_metrics"]
        for scope in resource["scope_metrics"]
        for metric in scope["metrics"]
    }
    executed = metrics["quantum_trader.trades.executed"]["data"]["data_points"]
    assert {point["attributes"]["symbol"]: point["value"] for point in executed} == {
        "BTCUSDT": 1,
        "ETHUSDT": 1,
    }
    pnl = metrics["quantum_trader.trade.pnl_usd"]
    assert (pnl["unit"], pnl["data"]["data_points"][0]["count"]) == ("usd", 2)
    assert "quantum_trader_trade_pnl_usd_count 2" in (run_dir / "metrics.prom").read_text()


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    hidden = (
        "import sys; sys.modules['opentelemetry.sdk.metrics'] = None\n"
        "from pathlib import Path\n"
        "from adapters.telemetry.otel import OtelExport\n"
        "from application.errors import BadInput\n"
        "try:\n    OtelExport('files', Path(sys.argv[1]), '1')\n"
        "except BadInput as error:\n    print(error.problems[0])\n"
    )
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", hidden, tmp_path], capture_output=True, text=True, check=True
    )
    assert "pip install quantum-trader[otel]" in told.stdout
