"""What supervision may ask of the desk: directives, and the health that permits less.

The contract of the supervisory coordinator (AI-HFOS) and of the system health monitor. Both can
only tighten: a directive's size is at most 1, and nothing in either can lift a limit.
"""

from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.governance.field import Safer, safest
from domain.shared.amounts import ONE, ZERO
from domain.shared.errors import InvariantBroken


class DirectiveMode(StrEnum):
    """How boldly supervision lets the desk trade."""

    CRITICAL = "CRITICAL"
    SAFE = "SAFE"
    NORMAL = "NORMAL"
    AGGRESSIVE = "AGGRESSIVE"


class EntryStyle(StrEnum):
    """How an entry is worked."""

    ANY = "any"
    PASSIVE = "passive"


class Directive(NamedTuple):
    """What supervision leaves to entries until it says otherwise.

    `size` is a factor in [0, 1]; `confidence_min` in [0, 1]; `positions_max` None: as the policy
    has it; `symbols` empty: all.
    """

    mode: DirectiveMode = DirectiveMode.NORMAL
    size: Decimal = ONE
    confidence_min: float = 0.0
    positions_max: int | None = None
    style: EntryStyle = EntryStyle.ANY
    symbols: tuple[str, ...] = ()
    reason: str = ""


NO_DIRECTIVE = Directive()


def checked(directive: Directive) -> Directive:
    """Return *directive*. Raises `InvariantBroken` when it would loosen or is no directive."""
    if not ZERO <= directive.size <= ONE:
        raise InvariantBroken(f"directive: size {directive.size} is not in [0, 1]")
    if not 0.0 <= directive.confidence_min <= 1.0:
        raise InvariantBroken(
            f"directive: confidence_min {directive.confidence_min} is not in [0, 1]"
        )
    if directive.positions_max is not None and directive.positions_max < 0:
        raise InvariantBroken(f"directive: positions_max {directive.positions_max} is negative")
    return directive


# From the gravest; what is merged takes the first of them that either asks for.
_BY_GRAVITY: Final = (
    DirectiveMode.CRITICAL,
    DirectiveMode.SAFE,
    DirectiveMode.NORMAL,
    DirectiveMode.AGGRESSIVE,
)


def merged(one: Directive, other: Directive) -> Directive:
    """Return what both leave: of each part the tighter. Neither can loosen the other."""
    if other in (NO_DIRECTIVE, one):
        return one
    if one == NO_DIRECTIVE:
        return other
    counts = [n for n in (one.positions_max, other.positions_max) if n is not None]
    return Directive(
        min(one.mode, other.mode, key=_BY_GRAVITY.index),
        min(one.size, other.size),
        max(one.confidence_min, other.confidence_min),
        min(counts, default=None),
        EntryStyle.PASSIVE if EntryStyle.PASSIVE in (one.style, other.style) else EntryStyle.ANY,
        safest(Safer.FEWER, one.symbols, other.symbols),
        "; ".join(reason for reason in (one.reason, other.reason) if reason),
    )


class Health(IntEnum):
    """How well the system is, by severity. UNKNOWN counts as DEGRADED, and in time as worse."""

    HEALTHY, UNKNOWN, DEGRADED, CRITICAL = range(4)
