"""A client of the interface, of the standard library alone: the command line starts fast.

It asks by the socket in the run's directory where there is one, else by HTTP.
"""

import http.client
import json
import os
import secrets
import socket
import stat
import time
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from application.errors import ApplicationError, BadInput, PortError

TIMEOUT_S: Final = 15.0
_FILE_BYTES_MAX: Final = 4_096
_BAD: Final = frozenset({400, 404, 409, 413, 422})
_OK: Final = 200


class Unreachable(PortError):
    """No daemon answers."""


class Denied(ApplicationError):
    """The daemon answers, and refuses."""


class Target(NamedTuple):
    """A daemon: its address, the local socket if there is one, and the token."""

    url: str
    socket_path: str | None
    token: str


def of_run(run_dir: Path) -> Target:
    """Return the daemon of the run in *run_dir*. Raises `BadInput`, `Unreachable`."""
    if not run_dir.is_dir():
        raise BadInput(f"--run {run_dir}: there is no such directory")
    try:
        place = json.loads((run_dir / "api.json").read_bytes())
        return Target(place["url"], place["socket"], token_in(run_dir / "api.token"))
    except FileNotFoundError:
        raise Unreachable(
            f"{run_dir}: no daemon serves this run; start it with `run --pace` or `run --venue`"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"{run_dir}/api.json cannot be read: {error}") from None


def token_in(path: Path) -> str:
    """Return the token in *path*. Raises `BadInput` when others can read it too."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        body = file.read(_FILE_BYTES_MAX)
    if mode & 0o077:
        raise BadInput(f"{path}: others can read it (mode {mode:o}); chmod 600 it")
    return body.decode("ascii", "replace").strip()


class _Local(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)


class Client:
    """Asks one daemon."""

    def __init__(self, target: Target) -> None:
        """Ask *target*."""
        self._target = target

    def get(self, name: str, **query: object) -> dict[str, Any]:
        """Return what the daemon shows. Raises `Unreachable`, `Denied`, `BadInput`."""
        said = {key: value for key, value in query.items() if value is not None}
        return self._ask("GET", name, urlencode(said, quote_via=quote), None)

    def post(self, name: str, **wish: object) -> dict[str, Any]:
        """Return what became of a wish. Raises `Unreachable`, `Denied`, `BadInput`."""
        body = json.dumps({key: value for key, value in wish.items() if value is not None})
        return self._ask("POST", name, "", body)

    def _ask(self, method: str, name: str, query: str, body: str | None) -> dict[str, Any]:
        headers = {
            "Host": urlsplit(self._target.url).netloc,
            "Authorization": f"Bearer {self._target.token}",
            "Connection": "close",
        }
        if body is not None:
            headers |= {
                "Content-Type": "application/json",
                "Idempotency-Key": secrets.token_hex(16),
                "X-QT-Nonce": secrets.token_hex(16),
                "X-QT-Timestamp": str(time.time_ns() // 1_000_000),
            }
        path = f"/api/v1/{name}" + (f"?{query}" if query else "")
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self._target.url}: no daemon answers: {error}") from None
        finally:
            connection.close()
        return _read(status, text)

    def _connection(self) -> http.client.HTTPConnection:
        if self._target.socket_path is not None:
            return _Local(self._target.socket_path)
        parts = urlsplit(self._target.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _read(status: int, text: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        raise Unreachable(f"what answers is no daemon of ours (HTTP {status})") from None
    if status == _OK:
        return found
    problem = f"{found.get('problem', 'refused')} (HTTP {status})"
    raise BadInput(problem) if status in _BAD else Denied(problem)
