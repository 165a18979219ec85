"""The operator's interface of a run that lasts: joined to its desk, and kept off its path."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from application.desk import Desk
from application.engine import Engine
from application.listeners import Listeners
from application.operator import Operator
from application.ports.journal import Entry
from application.ports.notifier import Notifier
from application.ports.telemetry import Telemetry
from application.ports.vitals import Vitals
from application.projections.events import EventsProjection
from application.projections.recent import Recent
from application.projections.story import Story, tell
from application.refused_wishes import RefusedWishes
from bootstrap.aside import aside
from bootstrap.policy_wish import rewriter_of
from bootstrap.remote_venue import state_dir_of
from bootstrap.settings import Settings
from domain.decision.messages import Heard, Page, Severity

if TYPE_CHECKING:
    from adapters.operator_api.server import OperatorServer

TOKENS = "api-tokens.json"


class Run(NamedTuple):
    """What of a run the interface shows and moves.

    `put` hands an event to the desk, `now_ms` is its time, `journal` reads what is durable of its
    record, `trip` sets its halt file.
    """

    run_dir: Path
    engine: Engine
    put: Callable[[Heard], None]
    now_ms: Callable[[], int]
    vitals: Vitals
    telemetry: Telemetry
    notifier: Notifier
    journal: Callable[[], Iterable[Entry]]
    trip: Callable[[str, str], None] | None = None


class OperatorInterface:
    """Serves until cancelled. A fault of it calls a person and leaves the desk alone."""

    def __init__(self, settings: Settings, run: Run) -> None:
        """Join it to *run* and bind its sockets. Raises `BadInput`."""
        self._run = run
        self._server = _server(settings, run) if settings.api.enabled else None

    @property
    def url(self) -> str:
        """Where it is, "" when it is off."""
        return "" if self._server is None else self._server.url

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Serve until cancelled. Satisfies `Source`."""
        if self._server is None:
            return
        try:
            await self._server.run(hear)
        except Exception as error:  # noqa: BLE001 - whatever it is, trading goes on
            at_ms = self._run.engine.state.at_ms
            text = f"the operator's interface has ended: {error!r}; restart the daemon to have it"
            self._run.notifier.notify(Page(at_ms, Severity.CRITICAL, text))

    async def beside(self) -> None:
        """Serve until cancelled, beside a session that has no sources."""
        await self.run(lambda _: None)

    def close(self) -> None:
        """Let go of its sockets and their files, also when it never came to serve."""
        if self._server is not None:
            self._server.close()


def _server(settings: Settings, run: Run) -> "OperatorServer":
    # A run at full speed needs none of it.
    from adapters.operator_api.console import Console  # noqa: PLC0415 - see above
    from adapters.operator_api.server import OperatorServer, Terms  # noqa: PLC0415 - see above
    from adapters.operator_api.tokens import Tokens  # noqa: PLC0415 - see above

    api, engine = settings.api, run.engine
    name = run.run_dir.name
    listeners, recent = Listeners(), Recent(lambda: engine.state)
    operator = Operator(lambda: engine.state, run.put, run.now_ms, run.trip)
    console = Console(
        name, lambda: engine.state, operator, recent, listeners, run.vitals, run.telemetry,
        _teller(run.journal),
        rewriter_of(
            settings.stores, run.run_dir, lambda: engine.state.oversight.governance.ceiling
        ),
        RefusedWishes(run.put, run.now_ms),
    )  # fmt: skip
    terms = Terms(
        api.bind, api.port, api.tls_certificate, api.tls_key, api.allowed_hosts, api.connections
    )
    server = OperatorServer(console, terms, Tokens(tokens_file(settings)), run.run_dir)
    engine.project(EventsProjection(listeners, settings.mode, lambda: engine.sequence, run=name))
    engine.watch(recent.watch, _nothing)
    engine.watch(operator.watch, _nothing)
    return server


def tokens_file(settings: Settings) -> Path:
    """Return the file of the tokens."""
    return settings.api.tokens or state_dir_of(settings) / TOKENS


def _teller(journal: Callable[[], Iterable[Entry]]) -> Callable[[str], "asyncio.Future[Story]"]:
    """Return who tells why, one story at a time: each plays the journal through."""
    turn = asyncio.Lock()

    async def why(text: str) -> Story:
        async with turn:
            return await aside(lambda: tell(journal(), text))

    return lambda text: asyncio.ensure_future(why(text))


def _nothing() -> None:
    """Flush nothing: what is shown is kept in memory."""


class Wishes:
    """Wishes of an operator for a paper session, which hears them once it has caught up."""

    def __init__(self, desk: Callable[[], Desk], put: Callable[[Heard], None]) -> None:
        """Hand them to *desk* by *put*."""
        self._desk, self._put = desk, put
        self._waiting: deque[Heard] = deque()

    def put(self, heard: Heard) -> None:
        """Hand *heard* in now, or as soon as what the journal holds has come again."""
        if self._desk().caught_up:
            self._put(heard)
        else:
            self._waiting.append(heard)

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what waited for the session to catch up: a watcher of it."""
        del at_ms
        waiting = tuple(self._waiting)
        self._waiting.clear()
        return waiting
