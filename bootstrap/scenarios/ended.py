"""What a story came to, for a scenario to look at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from application.ports.policy_store import StoredPolicy
from bootstrap.scenarios.shown import NotShown
from bootstrap.scenarios.witness import Sent
from domain.decision.facts import Said
from domain.decision.messages import Page
from domain.decision.state import State
from domain.execution.messages import AccountRead, OrderFilled, Report
from domain.risk.emergency_stop import Latch

Kind = TypeVar("Kind")


class Halfway(NamedTuple):
    """How things stood when the daemon was stopped, to be started anew."""

    state: State
    account: AccountRead
    latch: Latch | None


class Ended(NamedTuple):
    """A story that was played to its end.

    `said` are the facts that were written down, `sent` the commands that reached the venue
    and `reports` its answers, `account` what it holds in the end, `audit` the records of the trail,
    `stored` what the policy store holds.
    """

    said: tuple[Said, ...]
    fills: tuple[OrderFilled, ...]
    sent: tuple[Sent, ...]
    reports: tuple[Report, ...]
    pages: tuple[Page, ...]
    state: State
    account: AccountRead
    latch: Latch | None
    audit: tuple[dict[str, Any], ...]
    audit_ok: bool
    run_dir: Path
    halfway: Halfway | None
    stored: StoredPolicy | None

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of *kind*."""
        return [fact for fact in self.said if isinstance(fact, kind)]

    def first(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Return the first fact of *kind*. Raises `NotShown` when there is none."""
        for fact in self.told(kind):
            if where(fact):
                return fact
        name = kind.__name__
        seen = f"{len(self.told(kind))} of {name}, none of them as wanted"
        raise NotShown(f"there is a {name}", seen, f"a {name} of this kind")

    def records(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """Return the records of type *kind* in the audit trail whose *fields* are these."""
        return [
            record
            for record in self.audit
            if record["type"] == kind and all(record.get(k) == v for k, v in fields.items())
        ]


def records_in(directory: Path) -> list[dict[str, Any]]:
    """Return the records of an audit trail, oldest first."""
    found = [
        json.loads(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return sorted(found, key=lambda record: int(record["seq"]))
