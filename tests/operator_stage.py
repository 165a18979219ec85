"""A stage for the operator's interface: the real server on real sockets, a desk that is a `Rig`."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from adapters.operator_api.console import Console
from adapters.operator_api.server import OperatorServer, Terms
from adapters.operator_api.tokens import Role, Tokens
from adapters.persistence.policy_store import SqlPolicyStore
from application.listeners import Listeners
from application.operator import Operator
from application.operator_views import PolicyRewritten
from application.ports.vitals import Vital
from application.projections.recent import Recent
from application.projections.story import Story
from application.refused_wishes import RefusedWishes
from bootstrap.policy_wish import rewritten
from domain.decision.messages import Heard, WishRefused
from domain.decision.step import step
from domain.shared.identity import Leg
from tests.builders import BTC, a_candidate
from tests.fakes.telemetry import FakeTelemetry
from tests.rig import Rig


class StillWell:
    """Vital signs that a test sets."""

    def __init__(self) -> None:
        self.against: tuple[str, ...] = ()

    def live(self) -> tuple[str, ...]:
        return self.against

    def ready(self) -> tuple[str, ...]:
        return self.against

    def shown(self) -> Mapping[str, Vital]:
        return {"state": "HEALTHY", "parts": {"feed": {"state": "HEALTHY"}}}


class Answer(NamedTuple):
    """A status and a body, and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Stage:
    """A desk, its server, and someone who asks."""

    def __init__(self, folder: Path, **terms: Any) -> None:  # noqa: ANN401 - fields of `Terms`
        self.rig = Rig()
        self.heard: list[Heard] = []
        self.refused: list[WishRefused] = []
        self.vitals = StillWell()
        self.listeners = Listeners()
        self.recent = Recent(lambda: self.rig.state)
        self.operator = Operator(lambda: self.rig.state, self.put, lambda: self.rig.now)
        self.tokens = Tokens(folder / "tokens.json")
        self.token = {role: self.tokens.create(role.name, role, 1) for role in Role}
        self.folder = folder
        self.policies = SqlPolicyStore(f"sqlite:///{folder / 'policy.db'}")
        console = Console(
            "drill", lambda: self.rig.state, self.operator, self.recent, self.listeners,
            self.vitals, FakeTelemetry(), self._why, self._rewrite,
            RefusedWishes(self.put, lambda: self.rig.now),
        )  # fmt: skip
        self.server = OperatorServer(console, Terms(**terms), self.tokens, folder)

    def put(self, heard: Heard) -> None:
        """Let the desk hear it, and who looks on."""
        if isinstance(heard, WishRefused):
            self.refused.append(heard)
        else:
            self.heard.append(heard)
        said = step(self.rig.state, heard).said
        self.rig.hears(heard)
        self.recent.watch(heard, said)
        self.operator.watch(heard, said)

    async def _why(self, text: str) -> Story:
        return Story(text, BTC, "unknown" if "x" in text else "closed", (), ())

    async def _rewrite(
        self, changes: Mapping[str, str], version: int, actor: str, reason: str
    ) -> PolicyRewritten:
        ceiling = self.rig.state.oversight.governance.ceiling
        return rewritten(self.policies, changes, version, (actor, reason), ceiling)

    def opens(self) -> None:
        """Let the desk hold a position with a stop, and have refused a signal."""
        self.rig.opens(a_candidate(), "100").accepts(Leg.STOP)

    async def ask(
        self,
        method: str,
        name: str,
        body: object = None,
        *,
        role: Role | None = Role.OPERATE,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Ask by TCP; *headers* change those of a good request, None leaves one out."""
        said = good_headers(self.token[role] if role else None, writes=method == "POST")
        said |= headers or {}
        sent = {key: value for key, value in said.items() if value is not None}
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else None
        path = name if name.startswith("/") else f"/api/v1/{name}"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session,
            session.request(method, self.server.url + path, data=data, headers=sent) as answer,
        ):
            text = await answer.text()
            is_json = answer.content_type == "application/json"
            return Answer(answer.status, json.loads(text) if is_json else text, answer.headers)


def good_headers(token: str | None, *, writes: bool) -> dict[str, str | None]:
    """Return the headers of a request that nobody would refuse."""
    headers: dict[str, str | None] = {}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if writes:
        headers |= {
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(8),
            "X-QT-Nonce": secrets.token_hex(8),
            "X-QT-Timestamp": str(time.time_ns() // 1_000_000),
        }
    return headers


@asynccontextmanager
async def staged(folder: Path, **terms: Any) -> AsyncIterator[Stage]:  # noqa: ANN401 - see above
    """Serve a stage."""
    stage = Stage(folder, **terms)
    serving = asyncio.create_task(stage.server.beside())
    await asyncio.sleep(0)
    try:
        yield stage
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
