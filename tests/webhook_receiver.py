"""A real receiver of webhooks on a real socket, as friendly or as hostile as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Received:
    """The URL to send to, and what came: bodies and headers, the oldest first."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def receiving(
    statuses: Sequence[int] = (),
    *,
    hold_s: float = 0.0,
    body: bytes = b"ok",
    location: str = "",
    retry_after: str = "",
) -> AsyncIterator[Received]:
    """Answer with *statuses* one after the other, then 204, each *hold_s* late."""
    received = Received("")
    left = list(statuses)

    async def handle(request: web.Request) -> web.Response:
        received.bodies.append(await request.read())
        received.headers.append(dict(request.headers))
        await asyncio.sleep(hold_s)
        headers = {"Location": location} if location else {}
        if retry_after:
            headers["Retry-After"] = retry_after
        return web.Response(status=left.pop(0) if left else 204, body=body, headers=headers)

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    received.url = f"http://{host}:{port}/hook/secret-path"
    try:
        yield received
    finally:
        await runner.cleanup()
