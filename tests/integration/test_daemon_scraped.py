"""A real Prometheus scrapes a running daemon at its own address, by the configuration we ship."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import pytest

from adapters.operator_api.client import of_run
from tests.architecture.sources import ROOT
from tests.command import ended, market_on_disk, started

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        shutil.which("prometheus") is None or shutil.which("promtool") is None,
        reason="there is no Prometheus on this machine",
    ),
]

OPEN: Final = "application/openmetrics-text; version=1.0.0"
SHIPPED: Final = ROOT / "deploy" / "prometheus"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Lend the address of a paper session that has traded."""
    folder = tmp_path_factory.mktemp("scraped")
    files = market_on_disk(folder)
    process = started(
        [*files.paper, "--pace=0.05", f"--run-dir={folder / 'run'}"],
        {"QT_STATE_DIR": str(folder / "state")},
    )
    try:
        until = time.monotonic() + 60
        while not (folder / "run" / "api.json").exists():
            assert process.poll() is None, ended(process).err
            assert time.monotonic() < until
            time.sleep(0.05)
        url = of_run(folder / "run").url
        while "trades_executed_total{" not in asked(f"{url}/metrics")[1]:
            assert time.monotonic() < until
            time.sleep(0.2)
        yield url
    finally:
        process.kill()
        process.communicate()


def asked(url: str, accept: str = "") -> tuple[str, str]:
    """Return the type and the text of what is at *url*."""
    with urlopen(Request(url, headers={"Accept": accept}), timeout=10) as answer:  # noqa: S310 - our own
        return answer.headers["Content-Type"], answer.read().decode()


def told(url: str) -> Any:  # noqa: ANN401 - the answer is JSON
    return json.loads(asked(url)[1])["data"]


def test_what_it_shows_is_clean(daemon: str) -> None:
    kind, text = asked(f"{daemon}/metrics")
    assert kind.startswith("text/plain; version=0.0.4")
    checked = subprocess.run(
        ["promtool", "check", "metrics"],  # noqa: S607 - wherever it is installed
        input=text, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_who_asks_for_it_gets_open_metrics_with_the_trace_of_an_example(daemon: str) -> None:
    kind, text = asked(f"{daemon}/metrics", OPEN)
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    assert 'trace_id="' in text


def test_a_real_prometheus_scrapes_it_by_the_configuration_we_ship(
    daemon: str, tmp_path: Path
) -> None:
    address = daemon.removeprefix("http://")
    text = (SHIPPED / "prometheus.yml").read_text("utf-8")
    (tmp_path / "prometheus.yml").write_text(
        text.replace("127.0.0.1:8710", address).replace("5s", "1s")
    )
    shutil.copy(SHIPPED / "alerts.yml", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(  # noqa: S603 - a tool of the system, on files of ours
        [  # noqa: S607 - wherever it is installed
            "prometheus", f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}", f"--web.listen-address={own}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found = scraped(f"http://{own}")
    finally:
        process.kill()
        process.wait()
    assert found["health"] == "up", found["lastError"]
    assert found["scrapeUrl"] == f"{daemon}/metrics"


def scraped(url: str) -> dict[str, Any]:
    """Wait for the first scrape of the Prometheus at *url*, and return its target."""
    until = time.monotonic() + 40
    while True:
        try:
            targets = told(f"{url}/api/v1/targets")["activeTargets"]
            (equity,) = told(f"{url}/api/v1/query?query=quantum_trader_equity_usd")["result"]
            assert float(equity["value"][1]) > 0
            return dict(targets[0])
        except (OSError, ValueError):
            assert time.monotonic() < until
            time.sleep(0.3)
