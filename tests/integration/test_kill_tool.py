"""`qt-kill` as a real process, against the served venue: flat, whatever stands in the way."""

import ast
import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from adapters.exchange.served.line import Line
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.serving import NO_WIND
from adapters.exchange.served.writer import ServedWriter
from adapters.exchange.simulated.weather import Weather
from adapters.persistence.halt_file import HaltFile
from application.secret import Secret
from tests.architecture.sources import ROOT, imports_of
from tests.hostile_server import answering, http
from tests.killing import exposed, is_flat, killed
from tests.served_stage import TERMS, staged, until
from tests.unit.adapters.exchange.simulated.scene import AAA, BBB, BUY, D, entry

pytestmark = pytest.mark.integration

VENUE: Final = "from bootstrap.cli.main import main; main()"
TOKEN: Final = "a-token-of-this-test"  # noqa: S105 - of this test


async def test_everything_is_closed_and_canceled_and_the_halt_is_set(tmp_path: Path) -> None:
    halt = tmp_path / "state" / "HALT"
    async with staged() as stage:
        await exposed(stage)
        code, told, _ = await killed(stage.served.url, "--halt-file", str(halt))
        assert (code, told["flat"], told["halt_file"]) == (0, True, "set")
        assert await is_flat(stage)
    assert HaltFile(halt).tripped() == "qt-kill: a test"


async def test_a_halt_that_somebody_set_before_keeps_his_name(tmp_path: Path) -> None:
    halt = tmp_path / "HALT"
    HaltFile(halt).trip("operator", "first")
    async with staged() as stage:
        await killed(stage.served.url, "--halt-file", str(halt))
    assert HaltFile(halt).tripped() == "operator: first"


async def test_a_halt_that_cannot_be_set_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with staged() as stage:
        await exposed(stage)
        halt = str(tmp_path / "file" / "HALT")
        code, told, _ = await killed(stage.served.url, "--halt-file", halt)
        assert code == 0
        assert "not set" in told["halt_file"]


async def test_closes_that_are_refused_are_asked_again_and_the_stop_stays_meanwhile() -> None:
    async with staged(TERMS._replace(refuse_closes=9)) as stage:
        await exposed(stage)
        running = asyncio.create_task(killed(stage.served.url))
        await until(lambda: stage.served.counter.refuse_closes < 6)
        if stage.served.counter.refuse_closes:
            assert ("stop", AAA) in (await stage.reader.account()).orders
        code, _, _ = await running
        assert code == 0
        assert stage.served.counter.refuse_closes == 0
        assert await is_flat(stage)


@pytest.mark.parametrize(
    "weather",
    [
        NO_WIND._replace(request_lost=0.3, reply_lost=0.3),
        NO_WIND._replace(server_error=0.4),
        NO_WIND._replace(query_failure=0.5),
        NO_WIND._replace(rate_limited=0.3, latency_mean_ms=20.0),
    ],
    ids=["lost", "errors", "queries", "limits"],
)
async def test_bad_weather_delays_it_and_no_more(weather: Weather) -> None:
    async with staged() as stage:
        await exposed(stage)
        stage.served.shore.weather = weather
        code, _, _ = await killed(stage.served.url)
        stage.served.shore.weather = NO_WIND
        assert code == 0
        assert await is_flat(stage)


async def test_it_wins_against_a_desk_that_goes_on_for_a_while() -> None:
    async with staged() as stage:
        await exposed(stage)

        async def fight() -> None:
            for number in range(25):
                await stage.writer.place(entry(BUY, "0.5", name=f"again{number}"))
                await asyncio.sleep(0.02)

        fighting = asyncio.create_task(fight())
        await asyncio.sleep(0.1)
        _, _, _ = await killed(stage.served.url)
        await fighting
        code, _, _ = await killed(stage.served.url)
        assert code == 0
        assert await is_flat(stage)


async def test_what_it_sends_can_only_reduce_and_never_twice_under_one_name(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    async with staged(TERMS._replace(refuse_closes=2), ledger=ledger) as stage:
        await exposed(stage)
        await killed(stage.served.url)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    sent = [line for line in lines if line["client_id"].startswith("qtkill-")]
    assert [line["what"] for line in sent].count("refused") == 2
    assert all(line["reduce_only"] for line in sent if line["what"] == "accepted")
    assert len({line["client_id"] for line in sent if line["what"] != "filled"}) == 4


async def test_not_flat_in_time_says_what_is_left() -> None:
    async with staged(TERMS._replace(refuse_closes=10_000)) as stage:
        await exposed(stage)
        code, told, took = await killed(stage.served.url, "--timeout", "1")
        assert code == 1
        held = {symbol: D(amount) for symbol, amount in told["left"]["positions"].items()}
        assert held == {AAA: D("1.5"), BBB: D(-2)}
        assert "stop" in [order["client_id"] for order in told["left"]["orders"]]
        assert took < 4


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", b"{}"),
        http("200 OK", b"[]"),
        http("200 OK", b"<html>"),
        http("200 OK", b'{"positions":[],"orders":null}'),
        http("200 OK", b'{"positions":[{"symbol":"A","quantity":"NaN"}],"orders":[]}'),
        http("200 OK", b"[" * 100_000),
        http("500 No", b'{"positions":[],"orders":[]}'),
        b"",
    ],
    ids=repr,
)
async def test_what_is_not_understood_is_not_flat(answer: bytes) -> None:
    async with answering(answer) as (url, _):
        code, told, _ = await killed(url, "--timeout", "0.5")
        assert (code, told["flat"]) == (1, False)


async def test_a_venue_that_is_not_there_is_not_flat() -> None:
    code, told, took = await killed("http://127.0.0.1:9", "--timeout", "0.5")
    assert (code, told["left"]) == (1, "unknown")
    assert took < 3


async def test_the_token_is_shown_to_the_venue_and_to_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    async with staged(token=Secret(TOKEN)) as stage:
        await exposed(stage)
        refused, told, _ = await killed(stage.served.url, "--timeout", "0.5")
        assert (refused, told["left"]) == (1, "unknown")
        code, _, _ = await killed(stage.served.url, "--token-file", str(file))
        assert code == 0
        file.chmod(0o644)
        wrong, told, _ = await killed(stage.served.url, "--token-file", str(file))
        assert (wrong, TOKEN in str(told)) == (2, False)


@pytest.mark.parametrize(
    "more", [["--url", "http://venue.test"], ["--url", "nowhere"], ["--timeout", "0"]]
)
async def test_wrong_use_is_exit_code_two(more: list[str]) -> None:
    code, _, _ = await killed("http://127.0.0.1:9", *more)
    assert code == 2


def test_it_stands_on_the_standard_library_alone() -> None:
    own = {"bootstrap.kill", "bootstrap.kill_files"}
    for name in sorted(own):
        path = ROOT / f"{name.replace('.', '/')}.py"
        foreign = {
            m for m in imports_of(path) if m.partition(".")[0] not in sys.stdlib_module_names
        }
        assert foreign <= own
    package = (ROOT / "bootstrap/__init__.py").read_text("utf-8")
    assert len(ast.parse(package).body) == 1


async def held_by_process(url: str, now_ms: Callable[[], int]) -> None:
    async with Line(url) as line:
        reader, writer = ServedReader(line, now_ms), ServedWriter(line, now_ms)
        while (await reader.hello()).row < 1:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        order = entry(BUY, "0.01", name="long", symbol="BTCUSDT", leverage=2)
        assert (await writer.place(order)).code == ""
        assert (await reader.account()).positions == (("BTCUSDT", D("0.01")),)


async def test_a_venue_in_a_process_of_its_own_is_cleared_while_no_daemon_lives(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", VENUE, "venue", "--no-models", "--days", "2", "--pace", "0.1"),
        *("--symbols", "BTCUSDT,ETHUSDT", "--refuse-closes", "3", "--json"),
        *("--ledger", str(ledger)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))["url"]
        await held_by_process(url, lambda: time.time_ns() // 1_000_000)
        code, told, took = await killed(url)
        assert (code, told["flat"]) == (0, True)
        assert took < 15
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [line["code"] for line in lines if line["what"] == "refused"] == ["-1008"] * 3
    assert lines[-1]["held"] in {"0", "0.00", "0.000"}
