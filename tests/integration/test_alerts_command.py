"""`quantum-trader alerts test`: every receiver is tried, and no URL is shown."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping

import pytest

from tests.webhook_receiver import receiving

pytestmark = pytest.mark.integration

INSIDE = {"QT_ALERTS__ALLOW_PRIVATE": "true", "QT_ALERTS__ALLOW_HTTP": "true"}


async def alerts_test(environ: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the command; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bootstrap.cli.main import main; main()",
        "alerts", "test", "--json",
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    return process.returncode or 0, said.decode(), complained.decode()


async def test_every_receiver_that_is_named_gets_it() -> None:
    async with receiving() as discord, receiving([400]) as slack:
        code, said, _ = await alerts_test(
            {**INSIDE, "QT_ALERTS__DISCORD": discord.url, "QT_ALERTS__SLACK": slack.url}
        )
    assert code == 1
    assert "secret-path" not in said
    taken, refused = json.loads(said)["receivers"]
    assert (taken["receiver"], taken["delivered"], taken["tries"]) == ("discord", True, 1)
    assert (refused["receiver"], refused["problem"]) == ("slack", "http 400")
    assert b"a test of the alerts" in discord.bodies[0]


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, "QT_ALERTS__DISCORD"),
        ({"QT_ALERTS__SLACK": "http://hooks.example/s3cr3t"}, "alerts.slack: begins"),
        ({"QT_ALERTS__GENERIC": "https://169.254.169.254/s3cr3t"}, "alerts.generic: leads to"),
        ({"QT_ALERTS__GENERIC": "https://u:s3cr3t@x.example/"}, "alerts.generic: holds a user"),
        ({"QT_ALERTS__SLAK": "https://x.example/s3cr3t"}, "alerts.slak: unknown setting"),
    ],
)
async def test_what_leads_nowhere_is_bad_input_and_not_shown(
    environ: dict[str, str], named: str
) -> None:
    code, said, complained = await alerts_test(environ)
    assert (code, said) == (2, "")
    assert named in complained
    assert "s3cr3t" not in complained
