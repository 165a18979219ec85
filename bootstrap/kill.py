"""`qt-kill`: cancel everything and close everything, whatever the daemon does.

Rule 1: it stands alone. It imports the standard library only, reads neither settings nor state,
and believes nobody but the venue: it is done when the venue says that nothing is held and nothing
rests, after the last thing it did.
Rule 2: first the mark is set that keeps the daemon from adding risk; a mark that cannot be set is
told and does not stop it. Then, over and over: cancel everything but stops, close what is held by
reduce-only orders at market of exactly the size the venue tells, and cancel the stops of what the
venue no longer holds.
Rule 3: every attempt has a name of its own. Whatever was sent twice, or late, is reduce-only and
can do no harm.
Rule 4: it clears the whole account, the orders of others too.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bootstrap.kill_files import Misuse, set_halt, token_in

FLAT, NOT_FLAT, USAGE = 0, 1, 2
_ASK_S: Final = 2.0
_PAUSE_S: Final = 0.1
_TIMEOUT_S_MAX: Final = 3_600
_BODY_BYTES_MAX: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9.:/_-]{1,36}")
_SYMBOL: Final = re.compile(r"[A-Z0-9]{2,17}")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_ABOUT: Final = """Cancel every order and close every position of the account, those of others and
those placed by hand too. Works while the daemon is dead, hung or fighting. Exit code 0: the venue
says that nothing is held and nothing rests; 1: not so in time, what is left is printed; 2: wrong
use."""


class NoAnswer(Exception):
    """The venue did not answer, or not in a way that can be understood."""


class Venue:
    """The least that is needed of the venue: one request, one connection, bounded in time."""

    def __init__(self, url: str, token: str) -> None:
        """Speak to *url*. Raises `Misuse`."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise Misuse(f"--url: {error}; write http://127.0.0.1:PORT") from None
        if parts.scheme not in ("http", "https") or not host or parts.path.strip("/"):
            raise Misuse("--url: write http://127.0.0.1:PORT or https://HOST[:PORT]")
        if parts.scheme == "http" and host not in ("127.0.0.1", "::1", "localhost"):
            raise Misuse(f"--url: {host} is another machine; give its https address")
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = host, port
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, path: str, body: Mapping[str, object] | None, left_s: float) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that is answered within *left_s*. Raises `NoAnswer`."""
        timeout = max(0.05, min(_ASK_S, left_s))
        connection = self._kind(self._host, self._port, timeout=timeout)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request("GET" if body is None else "POST", path, sent, self._headers)
            response = connection.getresponse()
            said = response.read(_BODY_BYTES_MAX)
            answer = json.loads(said)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise NoAnswer(f"{path}: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status != 200:  # noqa: PLR2004 - success in HTTP
            code = answer.get("code") if isinstance(answer, dict) else None
            raise NoAnswer(f"{path}: http {response.status} {str(code)[:20]}")
        return answer


class Account:
    """What the venue says: `positions` are (symbol, signed quantity), as exact text.

    `stops` are (client id, symbol) of the orders that protect, `openers` of all others: those that
    may add risk, and targets, for which a venue may refuse to close.
    """

    def __init__(self, said: Any) -> None:  # noqa: ANN401 - JSON
        """Read *said*. Raises `NoAnswer`: what is not understood is not flat."""
        try:
            held = [
                (_spelt(_SYMBOL, one["symbol"]), _spelt(_AMOUNT, one["quantity"]))
                for one in said["positions"]
            ]
            orders = [
                (_spelt(_NAME, one["client_id"]), _spelt(_SYMBOL, one["symbol"]), _is_stop(one))
                for one in said["orders"]
            ]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise NoAnswer(f"/account: {type(error).__name__} in what it says") from None
        self.positions = [one for one in held if one[1].strip("-0.")]
        self.openers = [(name, symbol) for name, symbol, stop in orders if not stop]
        self.stops = [(name, symbol) for name, symbol, stop in orders if stop]

    @property
    def is_flat(self) -> bool:
        """Tell whether nothing is held and nothing rests."""
        return not (self.positions or self.openers or self.stops)

    def left(self) -> dict[str, object]:
        """Return what is left."""
        orders = [*self.openers, *self.stops]
        return {
            "positions": dict(self.positions),
            "orders": [{"client_id": name, "symbol": symbol} for name, symbol in orders],
        }


class Killing:
    """One attempt after the other until the venue is flat, or time is up."""

    def __init__(self, venue: Venue, timeout_s: float) -> None:
        """Have *timeout_s* from now on."""
        self._venue = venue
        self._until = time.monotonic() + timeout_s
        self._stamp = time.time_ns() // 1_000_000
        self._sent = 0
        self.account: Account | None = None
        self.problem = ""

    @property
    def left_s(self) -> float:
        """Return how much time there is."""
        return self._until - time.monotonic()

    def run(self) -> bool:
        """Return whether the venue said, at last, that it is flat."""
        while self.left_s > 0:
            try:
                self.account = Account(self._venue.ask("/account", None, self.left_s))
            except NoAnswer as error:
                self.problem = str(error)
                time.sleep(_PAUSE_S)
                continue
            if self.account.is_flat:
                return True
            self._clear(self.account)
        return False

    def _clear(self, account: Account) -> None:
        self.problem = ""
        for name, symbol in account.openers:
            self._send("/cancel", {"client_id": name, "symbol": symbol})
        for symbol, quantity in account.positions:
            self._close(symbol, quantity)
        # A stop protects for as long as a close may yet be refused: it goes when nothing is held.
        held = {symbol for symbol, _ in account.positions}
        for name, symbol in account.stops:
            if symbol not in held:
                self._send("/cancel", {"client_id": name, "symbol": symbol})
        time.sleep(max(0.0, min(_PAUSE_S, self.left_s)))

    def _close(self, symbol: str, quantity: str) -> None:
        self._sent += 1
        order = {
            "client_id": f"qtkill-{self._stamp}-{self._sent}",
            "symbol": symbol,
            "side": "BUY" if quantity.startswith("-") else "SELL",
            "kind": "MARKET",
            "reduce_only": True,
            "quantity": quantity.lstrip("-"),
        }
        self._send("/order", order)

    def _send(self, path: str, body: Mapping[str, object]) -> None:
        if self.left_s <= 0:
            return
        try:
            self._venue.ask(path, body, self.left_s)
        except NoAnswer as error:
            self.problem = str(error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; return its exit code."""
    began = time.monotonic()
    wish = _parser().parse_args(arguments)
    try:
        venue = Venue(wish.url, token_in(wish.token_file) if wish.token_file else "")
    except Misuse as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE
    halted = set_halt(wish.halt_file, f"qt-kill: {wish.reason}") if wish.halt_file else None
    killing = Killing(venue, wish.timeout)
    flat = killing.run()
    told: dict[str, object] = {"flat": flat, "seconds": round(time.monotonic() - began, 3)}
    if wish.halt_file:
        told["halt_file"] = halted or "set"
    if not flat:
        told["problem"] = killing.problem
        told["left"] = "unknown" if killing.account is None else killing.account.left()
    sys.stdout.write((json.dumps(told) if wish.json else _sentence(told)) + "\n")
    return FLAT if flat else NOT_FLAT


def _sentence(told: Mapping[str, object]) -> str:
    if told["flat"]:
        return f"flat after {told['seconds']} s: the venue holds nothing and nothing rests"
    return (
        f"NOT FLAT after {told['seconds']} s; left: {json.dumps(told['left'])}; "
        f"last problem: {told['problem'] or 'none'}"
    )


def _is_stop(order: Mapping[str, object]) -> bool:
    return order.get("reduce_only") is True and order.get("kind") == "STOP_MARKET"


def _spelt(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(pattern.pattern)
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _TIMEOUT_S_MAX:
        raise ValueError(text)
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("qt-kill", description=_ABOUT)
    parser.add_argument("--url", required=True, help="the venue, as http://127.0.0.1:PORT")
    parser.add_argument("--reason", required=True, help="why; written into the halt file")
    parser.add_argument("--token-file", type=Path, help="file with the venue's token, mode 600")
    parser.add_argument("--halt-file", type=Path, help="the mark that keeps the daemon from adding")
    parser.add_argument("--timeout", type=_seconds, default=15.0, help="seconds, 15 by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
