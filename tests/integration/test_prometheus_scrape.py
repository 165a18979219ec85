"""A real Prometheus scrapes what is exposed, takes OpenMetrics, and keeps the exemplars."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.telemetry.memory import InMemoryTelemetry
from adapters.telemetry.prometheus import OPEN, PLAIN, accepts_open

pytestmark = pytest.mark.integration

TRACE = "BTCUSDT-abc123"
PATIENCE_S = 20.0
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: quantum-trader
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def exposed(telemetry: InMemoryTelemetry) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve *telemetry*; yields the port, and the headers by which it was asked for."""
    asked: list[str] = []

    async def metrics(request: web.Request) -> web.Response:
        accept = request.headers.get("Accept", "")
        asked.append(accept)
        kind = OPEN if accepts_open(accept) else PLAIN
        body = telemetry.exposition(accept).encode()
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], asked
    finally:
        await runner.cleanup()


async def asked_for(url: str) -> Any:  # noqa: ANN401 - the answer is JSON
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return (await answer.json())["data"]


async def until_told(url: str) -> Any:  # noqa: ANN401 - the answer is JSON
    """Ask until there is something to tell."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                found = await asked_for(url)
            except aiohttp.ClientError:
                found = None
            if found and (not isinstance(found, dict) or found.get("result")):
                return found
            await asyncio.sleep(0.2)


async def test_prometheus_keeps_values_and_exemplars(tmp_path: Path) -> None:
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        pytest.skip("prometheus is not installed")
    telemetry, port = InMemoryTelemetry(), free_port()
    telemetry.record_trade("BTCUSDT", 12.5, "WIN", 500.0, 3600.0, TRACE)
    telemetry.record_summary("trade.slippage", 0.001)
    async with exposed(telemetry) as (target, asked):
        (tmp_path / "prometheus.yml").write_text(CONFIG.format(port=target))
        process = await asyncio.create_subprocess_exec(
            prometheus, f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage", "--log.level=error",
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            api, name = f"http://127.0.0.1:{port}/api/v1", "quantum_trader_trade_pnl_usd"
            found = await until_told(f"{api}/query?query={name}_sum")
            assert found["result"][0]["value"][1] == "12.5"
            (series,) = await until_told(
                f"{api}/query_exemplars?query={name}_bucket&start=0&end=9999999999"
            )
            targets = await asked_for(f"{api}/targets")
        finally:
            process.terminate()
            await process.wait()
    assert series["exemplars"][0]["labels"] == {"trace_id": TRACE}
    assert [one["health"] for one in targets["activeTargets"]] == ["up"]
    assert accepts_open(asked[0])
