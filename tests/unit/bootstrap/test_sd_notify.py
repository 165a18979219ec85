"""What the service manager hears, on a real socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.sd_notify import SdNotify

pytestmark = pytest.mark.unit


class Supervisor:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(0.0)

    def heard(self) -> list[str]:
        heard: list[str] = []
        while True:
            try:
                heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@qt-test-{os.getpid()}"


@pytest.fixture
def supervisor(named: str) -> Iterator[Supervisor]:
    one = Supervisor(named.replace("@", "\0"))
    yield one
    one.close()


def test_it_says_that_it_is_ready_and_once_that_it_stops(
    named: str, supervisor: Supervisor
) -> None:
    told = SdNotify({"NOTIFY_SOCKET": named})
    told.ready()
    stopped = told.until(lambda: True)
    assert stopped()
    assert stopped()
    assert supervisor.heard() == [
        f"READY=1\nSTATUS=open\nMAINPID={os.getpid()}",
        "STOPPING=1\nSTATUS=stopping",
    ]


def test_nothing_is_said_of_a_stop_that_nobody_wished(named: str, supervisor: Supervisor) -> None:
    assert not SdNotify({"NOTIFY_SOCKET": named}).until(lambda: False)()
    assert supervisor.heard() == []


def test_signs_of_life_come_with_progress_and_at_most_once_a_second(
    named: str, supervisor: Supervisor
) -> None:
    at_s = [100.0]
    environ = {"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "7"}
    told = SdNotify(environ, lambda: at_s[0], pid=7)
    for _ in range(30):
        told.moved()
        at_s[0] += 0.1
    assert supervisor.heard() == ["WATCHDOG=1"] * 3


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "8"}],
)
def test_who_is_not_waited_for_says_nothing(
    named: str, supervisor: Supervisor, environ: dict[str, str]
) -> None:
    SdNotify({"NOTIFY_SOCKET": named, **environ}, lambda: 1.0, pid=7).moved()
    assert supervisor.heard() == []


@pytest.mark.parametrize("named", ["", "/nowhere/at/all", "relative", "@qt-nobody-listens"])
def test_a_socket_that_nobody_listens_to_is_left_alone(named: str) -> None:
    told = SdNotify({"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "1000000"})
    told.ready()
    told.moved()
    told.stopping()
