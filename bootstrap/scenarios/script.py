"""The script of a story: market, lines, policy, and what else happens before which bar's close."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from bootstrap.scenarios.market import INTERVAL_MS, NOON_MS, WARM_BARS, Line
from domain.decision.messages import Heard
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from domain.shared.enums import RunMode


class Part(StrEnum):
    """What of the outside world a scenario may take down."""

    JOURNAL = "journal"
    AUDIT = "audit"
    LATCH = "latch"
    POLICY_STORE = "policy_store"


class Cue(NamedTuple):
    """An event that the desk hears before the close of *bar* of the story, with that time."""

    bar: int
    heard: Heard


class Outage(NamedTuple):
    """*part* is down from before the close of *bar* until before that of *until*, if ever."""

    bar: int
    part: Part
    until: int | None = None


class Script(NamedTuple):
    """All that makes a story. Bars are numbered from its beginning, at noon.

    `voters` by name, `fallbacks` the names of those that are rules and not models. `cues` and
    `outages` need a mode with watchers: paper. `venue` and `stores` are
    fields of the settings of those names.
    `restart` is the bar after whose close the daemon stops, to be started anew from its record:
    on a venue that is derived again, or, `outlived`, on the one that went on meanwhile.
    """

    bars: Mapping[str, BarColumns]
    voters: Mapping[str, Sequence[Line]]
    policy: Policy
    mode: RunMode = RunMode.PAPER
    deposit: Decimal = Decimal(10_000)
    cues: tuple[Cue, ...] = ()
    outages: tuple[Outage, ...] = ()
    venue: Mapping[str, Any] = {}
    stores: Mapping[str, Any] = {}
    ceiling: Policy | None = None
    fallbacks: frozenset[str] = frozenset()
    warm: int = WARM_BARS
    restart: int | None = None
    outlived: bool = False


def close_of(bar: int) -> int:
    """Return when *bar* of a story closes, in UTC ms."""
    return NOON_MS + (bar + 1) * INTERVAL_MS


def unanimous(*lines: Line, count: int = 4) -> dict[str, tuple[Line, ...]]:
    """Return *count* voters who all say *lines*."""
    return {f"voter{n}": lines for n in range(count)}
