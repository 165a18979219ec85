"""Events as they happen, to whoever listens by WebSocket. The desk never waits for a listener."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMsgType, web

from adapters.operator_api.console import Console
from adapters.operator_api.guard import Guard
from adapters.operator_api.refusals import Refusal
from adapters.operator_api.tokens import Role
from adapters.operator_api.wire import plain
from application.events.envelope import Envelope

QUEUE_MAX: Final = 1_000
STREAMS_MAX: Final = 32
GREETING_S: Final = 5.0
_HEARTBEAT_S: Final = 20.0
_MESSAGE_BYTES_MAX: Final = 4_096
_POLICY_VIOLATION: Final = 1_008


class _Queue:
    """The events that one listener has not had yet; the oldest give way, and are counted."""

    def __init__(self) -> None:
        self._waiting: deque[Envelope] = deque()
        self._filled = asyncio.Event()
        self._shed = 0

    def put(self, envelope: Envelope) -> None:
        if len(self._waiting) >= QUEUE_MAX:
            self._waiting.popleft()
            self._shed += 1
        self._waiting.append(envelope)
        self._filled.set()

    async def get(self) -> dict[str, Any]:
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        if self._shed:
            shed, self._shed = self._shed, 0
            return {"shed": shed}
        told: dict[str, Any] = plain(self._waiting.popleft())
        return told


class Streams:
    """Serves the listeners, a bounded number of them."""

    def __init__(self, console: Console, guard: Guard) -> None:
        """Tell what *console* tells to whoever *guard* knows."""
        self._console, self._guard = console, guard
        self._open: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one listener until it goes."""
        if len(self._open) >= STREAMS_MAX:
            raise Refusal(503, f"{STREAMS_MAX} listen already", 5.0)
        socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_S, max_msg_size=_MESSAGE_BYTES_MAX, compress=False
        )
        if not socket.can_prepare(request).ok:
            raise Refusal(400, "this is a WebSocket; ask for an upgrade")
        await socket.prepare(request)
        self._open.add(socket)
        try:
            if await self._is_known(socket):
                await self._tell(socket)
            else:
                await socket.close(code=_POLICY_VIOLATION, message=b"token")
        finally:
            self._open.discard(socket)
        return socket

    async def _is_known(self, socket: web.WebSocketResponse) -> bool:
        """Hear the token that the first message holds: a page cannot send it in a header."""
        try:
            first = await asyncio.wait_for(socket.receive(), GREETING_S)
            said = json.loads(first.data) if first.type is WSMsgType.TEXT else None
        except (TimeoutError, ValueError):
            return False
        token = said.get("token") if isinstance(said, dict) else None
        found = self._guard.found(token) if isinstance(token, str) else None
        return found is not None and found.role is not Role.TRIP

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        queue = _Queue()
        done = self._console.listeners.listen(queue.put)
        telling = asyncio.create_task(self._send(socket, queue))
        try:
            await socket.send_json({"run": self._console.run, "at_ms": self._console.state().at_ms})
            async for _ in socket:
                pass  # a listener has nothing more to say
        except (ConnectionError, RuntimeError):
            return
        finally:
            done()
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _send(self, socket: web.WebSocketResponse, queue: _Queue) -> None:
        with suppress(ConnectionError, RuntimeError):
            while True:
                await socket.send_json(await queue.get())

    async def close(self) -> None:
        """Say goodbye to all."""
        for socket in tuple(self._open):
            await socket.close()
