"""`qt-kill` run as a real process, and an account worth clearing."""

import asyncio
import json
import sys
import time
from typing import Any

from tests.architecture.sources import ROOT
from tests.served_stage import Stage
from tests.unit.adapters.exchange.simulated.scene import (
    BBB,
    BUY,
    LIMIT,
    SELL,
    STOP,
    TARGET,
    entry,
    leave,
)


async def killed(url: str, *more: str) -> tuple[int, dict[str, Any], float]:
    """Run the tool; return its exit code, what it said, and the seconds it took."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bootstrap.kill",
        *("--url", url, "--reason", "a test", "--json", *more),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    told = json.loads(said) if said else {"error": complained.decode()}
    return process.returncode, told, time.monotonic() - began


async def exposed(stage: Stage) -> None:
    """Hold a long with stop and target and a short, with two entries resting."""
    for command in (
        entry(BUY, "1.5", name="long"),
        entry(SELL, "2", name="short", symbol=BBB),
        leave(SELL, STOP, trigger="90", name="stop"),
        leave(SELL, TARGET, trigger="120", quantity="1.5", name="target"),
        entry(BUY, "1", LIMIT, "95", name="more"),
        entry(SELL, "1", LIMIT, "55", name="others", symbol=BBB),
    ):
        assert (await stage.writer.place(command)).code == ""


async def is_flat(stage: Stage) -> bool:
    account = await stage.reader.account()
    return (account.positions, account.orders) == ((), ())
