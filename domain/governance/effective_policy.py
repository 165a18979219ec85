"""The policy that governs in effect: the most conservative of all its sources.

Rule 1: `meet` takes each field from the source where it is safest, in the direction that the
        field declares; what has no direction, the version included, is the first source's.
Rule 2: a policy met is a policy: where fields chosen one by one would contradict each other,
        `stop_min` yields to `stop_max`, `lock_r` to `lock_at_r`, and `drawdown_hysteresis` to
        `drawdown_cautious`. The limits stand; the lesser field goes as far as they allow.
Rule 3: a store that cannot be reached tightens with time: what it said last stands for
        `policy_grace_seconds`, then the conservative policy holds, too, and
        `policy_closed_minutes` after the loss entries end. Exits need no policy store.
"""

from dataclasses import fields, replace
from enum import IntEnum
from math import nextafter
from typing import Any, Final, NamedTuple

from domain.governance.field import is_looser, rule_of, safest
from domain.governance.policy import Policy

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_SAFER: Final = tuple((f.name, rule_of(f.metadata).safer) for f in fields(Policy))
_DEFAULT: Final = Policy()

# What the program falls back to: the caps of PROTECTIVE in every mode.
CONSERVATIVE: Final = Policy(
    position_usd_normal=_DEFAULT.position_usd_protective,
    position_usd_cautious=_DEFAULT.position_usd_protective,
    leverage_normal=_DEFAULT.leverage_protective,
    leverage_cautious=_DEFAULT.leverage_protective,
    confidence_normal=_DEFAULT.confidence_protective,
    confidence_cautious=_DEFAULT.confidence_protective,
)


class PolicyRung(IntEnum):
    """How far the loss of the policy store has tightened the policy, by severity."""

    KNOWN, CONSERVATIVE, CLOSED = range(3)


class Pause(NamedTuple):
    """A hold on entries: whose, why, since when and until when. `until_ms` 0: until unpaused."""

    owner: str
    reason: str
    since_ms: int
    until_ms: int = 0

    def over(self, other: "Pause | None") -> "Pause":
        """Return this hold on top of *other*: it ends no earlier than either."""
        if other is None:
            return self
        forever = not (self.until_ms and other.until_ms)
        return self._replace(until_ms=0 if forever else max(self.until_ms, other.until_ms))


class Governance(NamedTuple):
    """The sources of policy, and how long the store has been out of reach.

    `stored` is what the store said last, `ceiling` the hard limits of the configuration.
    `out_since_ms` is None while the store can be reached; `problem` says why it cannot be.
    `pause` is an operator's hold on entries, as long as there is one.
    """

    stored: Policy
    ceiling: Policy | None = None
    out_since_ms: int | None = None
    rung: PolicyRung = PolicyRung.KNOWN
    problem: str = ""
    pause: Pause | None = None


def effective(governance: Governance) -> Policy:
    """Return the policy that governs: never looser than any source of it."""
    sources = [governance.ceiling] if governance.ceiling is not None else []
    if governance.rung is not PolicyRung.KNOWN:
        sources.append(CONSERVATIVE)
    policy = meet(governance.stored, *sources)
    if governance.rung is PolicyRung.CLOSED or governance.pause is not None:
        return replace(policy, allow_new_trades=False)
    return policy


def rung_at(out_since_ms: int | None, at_ms: int, policy: Policy) -> PolicyRung:
    """Return the rung at *at_ms* of a store out of reach since *out_since_ms*; None: it is not."""
    if out_since_ms is None:
        return PolicyRung.KNOWN
    conservative_ms, closed_ms = _turns(out_since_ms, policy)
    if at_ms >= closed_ms:
        return PolicyRung.CLOSED
    return PolicyRung.CONSERVATIVE if at_ms >= conservative_ms else PolicyRung.KNOWN


def next_rung_ms(out_since_ms: int | None, at_ms: int, policy: Policy) -> int | None:
    """Return when, after *at_ms*, time alone moves the rung; None when it will not."""
    if out_since_ms is None:
        return None
    return min((ms for ms in _turns(out_since_ms, policy) if ms > at_ms), default=None)


def _turns(out_since_ms: int, policy: Policy) -> tuple[int, int]:
    return (
        out_since_ms + policy.policy_grace_seconds * _SECOND_MS,
        out_since_ms + policy.policy_closed_minutes * _MINUTE_MS,
    )


def meet(first: Policy, *others: Policy) -> Policy:
    """Return the most conservative of all, field by field.

    Idempotent, associative, and commutative but for what has no direction and the order of
    `symbols`. Symbols of which no source knows any in common are `NOTHING`: no symbol may be
    entered. No field is looser than in any source, except that `lock_r` and
    `drawdown_hysteresis` end where a tighter limit of another source ends them.
    """
    if not others:
        return first
    values: dict[str, Any] = {name: getattr(first, name) for name, _ in _SAFER}
    for other in others:
        for name, safer in _SAFER:
            values[name] = safest(safer, values[name], getattr(other, name))
    values["stop_min"] = min(values["stop_min"], values["stop_max"])
    values["lock_r"] = min(values["lock_r"], values["lock_at_r"])
    below_cautious = nextafter(values["drawdown_cautious"], 0.0)
    values["drawdown_hysteresis"] = min(values["drawdown_hysteresis"], below_cautious)
    return Policy(**values)


def loosened(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return the names of the fields that are less safe in *new* than in *old*."""
    return tuple(
        name for name, safer in _SAFER if is_looser(safer, getattr(new, name), getattr(old, name))
    )


def beyond(policy: Policy, ceiling: Policy) -> tuple[str, ...]:
    """Return what in *policy* is looser than *ceiling* allows, a line a field with both values."""
    return tuple(
        f"{name}: {getattr(policy, name)} is beyond the ceiling {getattr(ceiling, name)}"
        for name in loosened(ceiling, policy)
    )
