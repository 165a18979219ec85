"""The interface on its sockets: one of TCP, and one in the file system that only its owner opens.

The second is reserved: whatever holds the first, the command line on this machine gets through.
"""

import asyncio
import json
import os
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

from adapters.operator_api.connections import CONNECTIONS_MAX, Connections, Watched
from adapters.operator_api.console import Console
from adapters.operator_api.guard import Doors, Guard
from adapters.operator_api.interface import Interface
from adapters.operator_api.tokens import Role, Tokens, write_private
from application.errors import BadInput
from domain.decision.messages import Heard

PLACE: Final = "api.json"
TOKEN: Final = "api.token"  # noqa: S105 - the name of a file
_SOCKET: Final = "api.sock"
_WAITING: Final = 128
_SOCKET_PATH_MAX: Final = 100
_LOCAL_MAX: Final = 32
_BACKLOG: Final = 1_024
_GOODBYE_S: Final = 1.0


class Terms(NamedTuple):
    """Where to listen. `port` 0: any free one. `certificate` and `key` are PEM files."""

    bind: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    hosts: tuple[str, ...] = ()
    connections: int = CONNECTIONS_MAX


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class OperatorServer:
    """Serves a console until it is cancelled. Satisfies `Source`; it says nothing itself."""

    def __init__(self, console: Console, terms: Terms, tokens: Tokens, run_dir: Path) -> None:
        """Bind the sockets and write down where, in *run_dir*. Raises `BadInput`."""
        self._terms, self._run_dir = terms, run_dir
        self._context = _context(terms)
        if not is_loopback(terms.bind) and (self._context is None or not tokens.kept()):
            raise BadInput(
                f"api.bind: {terms.bind} can be reached from other machines; that needs "
                "api.tls_certificate, api.tls_key and a token (`quantum-trader token create`)"
            )
        self._tcp = _bound(terms)
        self._local, self._socket_path = _bound_local(run_dir)
        self.port = int(self._tcp.getsockname()[1])
        self._public, self._private = Connections(terms.connections), Connections(_LOCAL_MAX)
        guard = Guard(self._doors, tokens, _utc_ms, time.monotonic, _counting(console))
        is_open = is_loopback(terms.bind)
        self._interfaces = {
            each: Interface(console, guard, each, is_open=is_open)
            for each in (self._public, self._private)
        }
        write_private(run_dir / TOKEN, tokens.lend("local", Role.OPERATE) + "\n")
        place = {"url": self.url, "socket": str(self._socket_path), "pid": os.getpid()}
        write_private(run_dir / PLACE, json.dumps(place) + "\n")

    @property
    def url(self) -> str:
        """Where it is."""
        scheme = "https" if self._context is not None else "http"
        host = f"[{self._terms.bind}]" if ":" in self._terms.bind else self._terms.bind
        return f"{scheme}://{host}:{self.port}"

    def _doors(self) -> Doors:
        named = {self._terms.bind, "localhost", "127.0.0.1", "[::1]", *self._terms.hosts}
        hosts = {f"{name.lower()}:{self.port}" for name in named}
        hosts |= {name.lower() for name in self._terms.hosts}
        schemes = ("https",) if self._context is not None else ("http",)
        return Doors(
            frozenset(hosts),
            frozenset(f"{scheme}://{host}" for scheme in schemes for host in hosts),
        )

    async def run(self, hear: Callable[[Heard], None]) -> None:  # noqa: ARG002 - the port's
        """Serve until cancelled."""
        loop = asyncio.get_running_loop()
        public, private = self._server(self._public), self._server(self._private)
        tcp = await loop.create_server(
            self._factory(public, self._public),
            sock=self._tcp,
            ssl=self._context,
            backlog=_BACKLOG,
        )
        local = await loop.create_unix_server(
            self._factory(private, self._private), sock=self._local, backlog=_LOCAL_MAX
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._public.sweep())
                tasks.create_task(self._private.sweep())
        finally:
            tcp.close()
            local.close()
            for connections, interface in self._interfaces.items():
                with suppress(TimeoutError):
                    await asyncio.wait_for(interface.streams.close(), _GOODBYE_S)
                connections.let_go()
            for server in (public, private):
                await server.shutdown(_GOODBYE_S)
            self.close()

    def arrive_within(self, seconds: float) -> None:
        """Let a request take at most *seconds* to arrive."""
        for each in self._interfaces:
            each.arrival_s = seconds

    async def beside(self) -> None:
        """Serve until cancelled, beside a session that has no sources."""
        await self.run(lambda _: None)

    def close(self) -> None:
        """Let go of the sockets and of what says where they are."""
        self._tcp.close()
        self._local.close()
        for path in (self._socket_path, self._run_dir / PLACE, self._run_dir / TOKEN):
            path.unlink(missing_ok=True)

    def _server(self, connections: Connections) -> web.Server:
        return web.Server(
            self._interfaces[connections],
            keepalive_timeout=30.0,
            max_line_size=4_096,
            max_field_size=4_096,
            max_headers=64,
            lingering_time=1.0,
            access_log=None,
        )

    def _factory(
        self, server: web.Server, connections: Connections
    ) -> Callable[[], asyncio.Protocol]:
        return lambda: Watched(server(), connections)


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


def _counting(console: Console) -> Callable[[int], None]:
    def count(status: int) -> None:
        console.telemetry.record_counter("api.refused", 1.0, {"code": str(status)})

    return count


def _context(terms: Terms) -> ssl.SSLContext | None:
    if terms.certificate is None and terms.key is None:
        return None
    if terms.certificate is None or terms.key is None:
        raise BadInput("api.tls_certificate and api.tls_key go together: name both")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(terms.certificate, terms.key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"api.tls_certificate, api.tls_key: cannot be used: {error}") from None
    return context


def _bound(terms: Terms) -> socket.socket:
    try:
        family = socket.getaddrinfo(terms.bind, terms.port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family[0], socket.SOCK_STREAM)
    except OSError as error:
        raise BadInput(f"api.bind {terms.bind}: {error.strerror or error}") from None
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(family[4])
    except OSError as error:
        found.close()
        raise BadInput(f"api.bind {terms.bind}:{terms.port}: {error.strerror}") from None
    found.listen(_WAITING)  # who comes before it serves waits, and is not refused
    return found


def _bound_local(run_dir: Path) -> tuple[socket.socket, Path]:
    path = run_dir.absolute() / _SOCKET
    if len(os.fsencode(path)) > _SOCKET_PATH_MAX:  # such a name cannot be bound
        path = Path(tempfile.mkdtemp(prefix="quantum-trader-")) / _SOCKET
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        found.bind(str(path))
        found.listen(_WAITING)
    except OSError as error:
        found.close()
        raise BadInput(f"{path}: cannot be a socket: {error.strerror}") from None
    finally:
        os.umask(before)
    return found, path
