"""A paced paper daemon, as a process: what service manager, Prometheus and webhooks see of it."""

import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from domain.market.bars import MINUTE_MS
from tests.command import Told, ended, market_on_disk, started

pytestmark = pytest.mark.integration

PATIENCE_S = 60.0


class Seen(NamedTuple):
    """What was seen of one run whose disk was said to be too small."""

    notices: list[str]
    alerts: list[dict[str, Any]]
    metrics: str
    records: str
    told: Told


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    alerts: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            alerts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", alerts
        server.shutdown()


@pytest.fixture(scope="module")
def seen(
    tmp_path_factory: pytest.TempPathFactory, receiver: tuple[str, list[dict[str, Any]]]
) -> Seen:
    folder = tmp_path_factory.mktemp("monitored")
    files = market_on_disk(folder, days=3, interval_ms=MINUTE_MS)
    run_dir, notices = folder / "run", list[str]()
    url, alerts = receiver
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(folder / "notify"))
        supervisor.settimeout(0.2)
        process = started(
            [*files.paper, "--pace", "0.05", "--run-dir", run_dir],
            {
                "NOTIFY_SOCKET": str(folder / "notify"),
                "WATCHDOG_USEC": "10000000",
                "QT_HEALTH__DISK_FREE_BYTES": "1e18",
                "QT_ALERTS__GENERIC": url,
                "QT_ALERTS__ALLOW_PRIVATE": "true",
                "QT_ALERTS__ALLOW_HTTP": "true",
            },
        )
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and process.poll() is None:
            notices += _heard(supervisor)
            if notices.count("WATCHDOG=1") >= 4 and (run_dir / "metrics.prom").exists():
                break
        metrics = (run_dir / "metrics.prom").read_text()
        process.send_signal(signal.SIGTERM)
        told = ended(process)
        notices += _heard(supervisor)
    records = "".join(p.read_text() for p in sorted((run_dir / "audit").glob("*.jsonl")))
    return Seen(notices, alerts, metrics, records, told)


def _heard(supervisor: socket.socket) -> list[str]:
    heard: list[str] = []
    while len(heard) < 100:
        try:
            heard.append(supervisor.recv(4096).decode())
        except TimeoutError:
            break
    return heard


def test_the_service_manager_hears_ready_signs_of_life_and_the_end(seen: Seen) -> None:
    assert seen.told.code == 0, seen.told.err
    assert seen.notices[0].startswith("READY=1")
    assert seen.notices[-1].startswith("STOPPING=1")
    assert seen.notices.count("WATCHDOG=1") >= 4


def test_an_ill_part_reaches_metrics_the_desk_and_a_person(seen: Seen) -> None:
    assert 'quantum_trader_health_part{part="disk"} 2' in seen.metrics
    assert re.search(r"^quantum_trader_health 2$", seen.metrics, re.MULTILINE)
    assert "SAFE_RISK_PROFILE" in seen.records
    (alert,) = [one for one in seen.alerts if one["text"].startswith("health: disk")]
    assert alert["severity"] == "WARNING"


def test_what_is_exposed_while_it_runs_passes_the_linter_of_prometheus(seen: Seen) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    found = subprocess.run(  # noqa: S603 - the program that was found above
        [promtool, "check", "metrics"],
        input=seen.metrics,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_everything_that_is_sampled_each_second_is_there(seen: Seen) -> None:
    for name in ("equity_usd", "ess_mode", "exposure_used_ratio", "loop_lag_worst_seconds",
                 "gates_last_pass_age_seconds", "policy_version", "build_info",
                 "positions_unprotected_age_seconds", "disk_free_share_ratio"):  # fmt: skip
        assert f"\nquantum_trader_{name}" in seen.metrics, name
