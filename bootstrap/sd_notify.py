"""What a process tells the service manager that started it: ready, still at work, stopping.

The protocol of systemd, by hand: a datagram to the socket that it names. Nothing is told where no
socket is named. A socket that cannot be written to is left alone: trading does not wait for it,
and who hears nothing for too long ends the process, as it should.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

_US_PER_S: Final = 1_000_000
# At most so many seconds lie between two signs of life, and a quarter of what is granted.
_BEAT_S: Final = 1.0
_SHARE: Final = 4


class SdNotify:
    """Tells the service manager; signs of life come from the loop of decisions alone."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        steady_s: Callable[[], float] = time.monotonic,
        pid: int | None = None,
    ) -> None:
        """Tell the socket that *environ* names, if it names one."""
        self._steady_s = steady_s
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._every_s = _every_s(environ, os.getpid() if pid is None else pid)
        self._next_s = 0.0
        self._stops = False

    def ready(self) -> None:
        """Say that the desk is open."""
        self._send(f"READY=1\nSTATUS=open\nMAINPID={os.getpid()}")

    def moved(self) -> None:
        """Say that decisions go on, as often as it is worth saying."""
        if self._every_s is None or self._address is None:
            return
        now_s = self._steady_s()
        if now_s >= self._next_s:
            self._next_s = now_s + self._every_s
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say, once, that it comes to its end."""
        if not self._stops:
            self._stops = True
            self._send("STOPPING=1\nSTATUS=stopping")

    def until(self, stopped: Callable[[], bool]) -> Callable[[], bool]:
        """Return *stopped*, which says to the service manager what it says."""

        def told() -> bool:
            if stopped():
                self.stopping()
                return True
            return False

        return told

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)  # noqa: FBT003 - the signature is the library's
            line.sendto(text.encode(), self._address)


def _address(named: str) -> str | None:
    """Return the address of a socket: a path, or a name in the abstract space, spelt `@name`."""
    if named.startswith("/"):
        return named
    return "\0" + named[1:] if named.startswith("@") else None


def _every_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Return how often a sign of life is due, None where nobody waits for one."""
    for_us = environ.get("WATCHDOG_USEC", "")
    for_pid = environ.get("WATCHDOG_PID", str(pid))
    if not for_us.isdigit() or for_pid != str(pid):
        return None
    return min(_BEAT_S, int(for_us) / _US_PER_S / _SHARE)
