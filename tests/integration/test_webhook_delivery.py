"""An alert on a real line to a receiver that is slow, ill, leads elsewhere, or never ends."""

import asyncio
import json
import time

import pytest

from adapters.notifier.webhook.addresses import Leave, PublicResolver
from adapters.notifier.webhook.bodies import SIGNATURE, Receiver, signature
from adapters.notifier.webhook.delivery import Delivery, Result, Route
from domain.decision.messages import Page, Severity
from tests.unit.adapters.notifier.webhook.test_addresses import Rebinding
from tests.webhook_receiver import receiving

pytestmark = pytest.mark.integration

HERE = Leave(private=True, plain=True)
PAGE = Page(1_700_000_000_000, Severity.CRITICAL, "all is lost")


class Paused:
    """Counts pauses instead of making them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def sent(
    url: str, paused: Paused | None = None, timeout_s: float = 2.0, leave: Leave = HERE
) -> Result:
    async with Delivery(
        leave, timeout_s=timeout_s, pause=paused or Paused(), jitter=lambda: 0.0
    ) as delivery:
        return await delivery.send(PAGE, Route(Receiver.GENERIC, url, secret="key"))  # noqa: S106 - a test's


async def test_an_alert_arrives_once_and_is_signed() -> None:
    async with receiving() as received:
        assert await sent(received.url) == Result("", 1)
    (body,), (headers,) = received.bodies, received.headers
    assert json.loads(body)["text"] == "all is lost"
    at, _, mac = headers[SIGNATURE].partition(",v1=")
    assert mac == signature("key", int(at.removeprefix("t=")), body)
    assert abs(int(at.removeprefix("t=")) - time.time()) < 60


async def test_what_may_pass_is_tried_again_with_doubling_pauses() -> None:
    paused = Paused()
    async with receiving([500, 503, 429]) as received:
        assert await sent(received.url, paused) == Result("", 4)
    assert paused.seconds == [1.0, 2.0, 4.0]


async def test_a_receiver_may_ask_for_a_longer_pause_within_bounds() -> None:
    paused = Paused()
    async with receiving([429, 429], retry_after="7") as received:
        await sent(received.url, paused)
    async with receiving([429], retry_after="86400") as received:
        await sent(received.url, paused)
    assert paused.seconds == [7.0, 7.0, 30.0]


async def test_it_gives_up_in_the_end() -> None:
    async with receiving([500] * 9) as received:
        assert await sent(received.url) == Result("http 500", 4)
    assert len(received.bodies) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    async with receiving([status]) as received:
        assert await sent(received.url) == Result(f"http {status}", 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    async with receiving() as inside, receiving([status], location=inside.url) as received:
        result = await sent(received.url)
    assert result == Result(f"http {status}: redirects are not followed", 1)
    assert inside.bodies == []


async def test_a_slow_receiver_costs_no_more_than_the_time_out() -> None:
    async with receiving(hold_s=30.0) as received:
        began = time.monotonic()
        result = await sent(received.url, timeout_s=0.1)
    assert result == Result("no answer (TimeoutError)", 4)
    assert time.monotonic() - began < 3.0


async def test_of_a_huge_answer_only_the_status_counts() -> None:
    async with receiving([200], body=b"x" * 50_000_000) as received:
        began = time.monotonic()
        assert (await sent(received.url)).delivered
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
async def test_a_name_that_leads_inside_gets_nothing(address: str) -> None:
    async with receiving() as received:
        resolver = PublicResolver(inner=Rebinding(address))
        port = received.url.split(":")[2].partition("/")[0]
        leave = Leave(plain=True)
        async with Delivery(leave, resolver=resolver, pause=Paused()) as delivery:
            route = Route(Receiver.SLACK, f"http://rebind.example:{port}/hook")
            result = await delivery.send(PAGE, route)
    assert result == Result("leads to an address that is not public", 1)
    assert received.bodies == []


async def test_nobody_there_is_no_answer_and_shows_no_url() -> None:
    result = await sent("http://127.0.0.1:1/hook/secret-path")
    assert not result.delivered
    assert "secret" not in result.problem
    assert "secret" not in repr(Route(Receiver.SLACK, "https://x.example/secret", secret="secret"))  # noqa: S106 - a canary


async def test_an_answer_that_is_no_http_is_no_answer() -> None:
    async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff" * 1000)
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert not (await sent(f"http://127.0.0.1:{port}/")).delivered
