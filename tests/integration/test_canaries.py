"""Secrets that must be nowhere: a daemon at DEBUG with a canary in every place that takes one.

Its stores cannot be reached, its webhooks fail, its operator is asked with wrong tokens, and at the
end it is aborted. Nothing that it wrote, said or sent may hold any of them: not raw, in
hexadecimal, in Base64 or as a URL quotes it, nor any eight characters of one.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import pytest

from adapters.operator_api.client import Client, of_run
from application.redaction import REMOVED, Redactor
from application.secret import Secret
from tests.command import ended, market_on_disk, quantum_trader, started

pytestmark = pytest.mark.integration

SECRETS: Final = {
    "stores.policy": "postgresql://desk:Kanari-PolicyQ7v@127.0.0.1:1/none",
    "stores.bus": "redis://:Kanari-BusW8x@127.0.0.1:1/0",
    "alerts.discord": "http://127.0.0.1:{port}/api/webhooks/Kanari-DiscordE9y",
    "alerts.slack": "http://127.0.0.1:{port}/services/Kanari-SlackR2z",
    "alerts.generic": "http://127.0.0.1:{port}/Kanari-GenericT3w",
    "alerts.secret": "Kanari-SigningY4v",
}
PLAIN: Final = {
    "QT_LOG__LEVEL": "DEBUG",
    "QT_ALERTS__ALLOW_PRIVATE": "true",
    "QT_ALERTS__ALLOW_HTTP": "true",
}
PACE: Final = "--pace=0.02"


class Refusing(BaseHTTPRequestHandler):
    """A receiver of webhooks that refuses each, and remembers what it was sent."""

    bodies: Final[list[bytes]] = []

    def do_POST(self) -> None:
        """Take the body, and fail."""
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hidden(folder: Path, port: int) -> list[Secret]:
    """Write the canaries where secrets lie, and return them."""
    folder.mkdir(mode=0o700)
    secrets = []
    for name, text in SECRETS.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text.replace("{port}", str(port)))
        secrets.append(Secret(path.read_text()))
    return secrets


def hits(redact: Redactor, texts: dict[str, bytes]) -> list[str]:
    """Return the names of the *texts* in which a canary sits."""
    return [
        name
        for name, body in texts.items()
        if REMOVED in redact(body.decode("latin-1").replace(REMOVED, ""))
    ]


def written(run_dir: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(run_dir)): path.read_bytes()
        for path in run_dir.rglob("*")
        if path.is_file() and path.name != "api-token"  # which holds the operator's, for its owner
    }


def told_by(run_dir: Path, token: str) -> dict[str, bytes]:
    """Ask the daemon everything, rightly and with a wrong *token*; return its answers."""
    client, target = Client(of_run(run_dir)), of_run(run_dir)
    answers = {name: repr(client.get(name)).encode() for name in ("status", "policy", "decisions")}
    for path in ("/metrics", "/readyz", "/livez", "/api/v1/status"):
        request = Request(target.url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own daemon
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                answers[path] = answer.read() + str(answer.headers).encode()
        except OSError as error:
            body = error.read() if hasattr(error, "read") else b""
            answers[path] = str(error).encode() + body
    return answers


def shown_of(process: "subprocess.Popen[str]") -> dict[str, bytes]:
    """Return what everybody on the machine can see of *process*."""
    place = Path("/proc") / str(process.pid)
    return {name: (place / name).read_bytes() for name in ("cmdline", "environ")}


def test_no_secret_is_anywhere(tmp_path: Path) -> None:
    files = market_on_disk(tmp_path, days=2)
    run_dir, wrong = tmp_path / "run", "Kanari-WrongTokenU5u"
    with receiver() as port:
        secrets = [*hidden(tmp_path / "secrets", port), Secret(wrong)]
        redact = Redactor(secrets)
        own = {"QT_SECRETS_DIR": str(tmp_path / "secrets"), "QT_STATE_DIR": str(tmp_path / "state")}
        process = started([*files.paper, PACE, f"--run-dir={run_dir}"], {**own, **PLAIN})
        until = time.monotonic() + 60
        while not (run_dir / "api.json").exists():
            assert process.poll() is None, ended(process).err
            assert time.monotonic() < until
            time.sleep(0.05)
        seen = shown_of(process)
        texts = told_by(run_dir, wrong)
        quantum_trader("halt", "--run", run_dir)
        until = time.monotonic() + 30
        while not Refusing.bodies and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGABRT)  # a crash, with whatever it shows of itself
        told = ended(process)

    assert told.code != 0
    texts |= {"stdout": told.out.encode(), "stderr": told.err.encode(), **seen, **written(run_dir)}
    texts |= {f"webhook {at}": body for at, body in enumerate(Refusing.bodies)}
    assert Refusing.bodies
    assert len(texts["stderr"]) > 0
    assert hits(redact, texts) == []


def test_a_canary_would_be_found() -> None:
    redact = Redactor([Secret(SECRETS["alerts.secret"]), Secret(SECRETS["stores.bus"])])
    bodies = {"a": b"x Kanari-SigningY4v y", "b": b"...anari-BusW8...", "c": b"nothing"}
    assert hits(redact, bodies) == ["a", "b"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "--json"],
        ["doctor"],
        ["policy", "show"],
        ["alerts", "test", "--json"],
        ["status"],
    ],
)
def test_no_command_shows_one(tmp_path: Path, arguments: list[str]) -> None:
    secrets = hidden(tmp_path / "secrets", 1)
    own = {"QT_SECRETS_DIR": str(tmp_path / "secrets"), "QT_STATE_DIR": str(tmp_path / "state")}
    told = ended(started(arguments, {**own, **PLAIN}))
    assert told.out + told.err
    shown = {"out": told.out.encode(), "err": told.err.encode()}
    assert hits(Redactor(secrets), shown) == []
