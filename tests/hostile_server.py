"""A server that answers every request with bytes of the test's choice, however wrong they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def http(status: str, body: bytes, *headers: str) -> bytes:
    """Return an HTTP answer."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return head.encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def answering(answer: bytes, *, hold_s: float = 0.0) -> AsyncIterator[tuple[str, list[int]]]:
    """Answer with *answer* and hang up *hold_s* later; yields the URL and a count of requests."""
    requests: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)
        requests.append(1)
        writer.write(answer)
        try:
            await asyncio.sleep(hold_s)
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
