"""The position monitor: what must hold of everything held, looked at again and again.

Rule 1: it only looks. What follows from a finding is decided elsewhere, by rules of their own.
Rule 2: what cannot be computed (a NaN) is found, never passed over: comparisons fail on it.
Rule 3: a finding is told when it begins and when it ends, not at every look (`edges`).
Rule 4: what may last a moment has a beginning, kept by `first_seen` from look to look.

Distances are fractions of the mark; measures are floats, never money that is booked.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.shared.amounts import ZERO

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
# Funding is due soon when it settles within so long: time enough to leave without haste.
FUNDING_SOON_MS: Final = 30 * _MINUTE_MS


class FindingCode(StrEnum):
    """What may be wrong with what is held, or with the orders around it."""

    UNCOVERED = "uncovered"
    ORPHAN_ORDERS = "orphan_orders"
    LIQUIDATION_NEAR = "liquidation_near"
    FUNDING_DUE = "funding_due"
    OVERDUE = "overdue"
    GHOST_POSITION = "ghost_position"
    GHOST_TRADE = "ghost_trade"
    MISMATCH = "mismatch"


class Watched(NamedTuple):
    """What is known of one symbol in which something is held, minded, or ordered.

    `held` and `traded` are signed quantities: what the venue holds, and what the trade of the
    symbol says is held (0 without a trade). `opened_ms` is that of the trade's first fill.
    `uncovered_ms` says since when what is held lacks an accepted stop, `orphaned_ms` since when
    orders rest that no trade minds, so many `orphans`; `apart_ms` since when `held` and `traded`
    have differed; None: not so.
    `stop_fraction` is the distance of the stop from entry, `liquidation_fraction` how far the
    price may still move against us before the venue closes by itself (`inf`: no price can), both
    fractions of price. `funding` is what we would pay per 8 hours, None where unknown, settled
    next at `funding_ms`. `is_leaving`: a close is on its way.
    """

    symbol: str
    held: Decimal
    traded: Decimal = ZERO
    opened_ms: int = 0
    uncovered_ms: int | None = None
    orphaned_ms: int | None = None
    orphans: int = 0
    apart_ms: int | None = None
    stop_fraction: float = 0.0
    liquidation_fraction: float = float("inf")
    funding: float | None = None
    funding_ms: int | None = None
    is_leaving: bool = False


class Finding(NamedTuple):
    """Something that must not be: the `value` measured, the `limit` it passes, and words."""

    code: FindingCode
    symbol: str
    value: float
    limit: float
    text: str


Found = tuple[Finding, ...]


def scan(positions: Sequence[Watched], policy: Policy, at_ms: int) -> Found:
    """Return all that is wrong with *positions* at *at_ms* (UTC ms), in their order."""
    found = []
    for one in positions:
        looks = (
            _ghost(one, policy, at_ms),
            _uncovered(one, policy, at_ms),
            _orphans(one, policy, at_ms),
            _liquidation(one, policy),
            _funding(one, policy, at_ms),
            _overdue(one, policy, at_ms),
        )
        found += [finding for finding in looks if finding is not None]
    return tuple(found)


def edges(before: Found, found: Found) -> tuple[Found, Found]:
    """Return what of *found* is new since *before*, and what of *before* is over."""
    known = {(finding.code, finding.symbol) for finding in before}
    now = {(finding.code, finding.symbol) for finding in found}
    began = tuple(one for one in found if (one.code, one.symbol) not in known)
    return began, tuple(one for one in before if (one.code, one.symbol) not in now)


def first_seen(before: Mapping[str, int], now: Iterable[str], at_ms: int) -> Mapping[str, int]:
    """Return since when (UTC ms) each name of *now* has been so, as *before* has it or *at_ms*.

    *before* itself is returned when nothing changed, so that a state that keeps it stays the same.
    """
    after = {name: before.get(name, at_ms) for name in now}
    return before if after == before else after


def _ghost(one: Watched, policy: Policy, at_ms: int) -> Finding | None:
    """Find what is held without a trade, a trade of what is not held, and what differs."""
    if one.apart_ms is None:
        return None
    value, limit = (at_ms - one.apart_ms) / _SECOND_MS, float(policy.mismatch_seconds)
    if value <= limit:
        return None
    if one.traded == ZERO:
        text = f"{one.symbol}: {one.held} is held that no trade minds"
        return Finding(FindingCode.GHOST_POSITION, one.symbol, value, limit, text)
    code = FindingCode.GHOST_TRADE if one.held == ZERO else FindingCode.MISMATCH
    text = f"{one.symbol}: its trade holds {one.traded}, the account {one.held}"
    return Finding(code, one.symbol, value, limit, text)


def _uncovered(one: Watched, policy: Policy, at_ms: int) -> Finding | None:
    """Find what is held without an accepted stop for too long, unless it is on its way out."""
    if one.held == ZERO or one.uncovered_ms is None or one.is_leaving:
        return None
    value, limit = (at_ms - one.uncovered_ms) / _SECOND_MS, float(policy.protect_seconds)
    if value <= limit:
        return None
    text = f"{one.symbol}: {one.held} is held without a stop for {value:g} s"
    return Finding(FindingCode.UNCOVERED, one.symbol, value, limit, text)


def _orphans(one: Watched, policy: Policy, at_ms: int) -> Finding | None:
    """Find orders that outlive their trade for longer than a venue's records lag behind."""
    if one.orphaned_ms is None:
        return None
    value, limit = (at_ms - one.orphaned_ms) / _SECOND_MS, float(policy.settle_seconds)
    if value <= limit:
        return None
    text = f"{one.symbol}: {one.orphans} order(s) of no trade rest for {value:g} s"
    return Finding(FindingCode.ORPHAN_ORDERS, one.symbol, value, limit, text)


def _liquidation(one: Watched, policy: Policy) -> Finding | None:
    """Find a liquidation that is not further away than so many stops."""
    if one.held == ZERO:
        return None
    value, limit = one.liquidation_fraction, policy.liquidation_stop_min * one.stop_fraction
    if value > limit:
        return None
    text = f"{one.symbol}: liquidation is {value:.4f} of price away, less than {limit:.4f}"
    return Finding(FindingCode.LIQUIDATION_NEAR, one.symbol, value, limit, text)


def _funding(one: Watched, policy: Policy, at_ms: int) -> Finding | None:
    """Find funding that is dear and due soon; a rate that is unknown is no figure to warn of."""
    if one.held == ZERO or one.funding is None or one.funding_ms is None:
        return None
    due_ms = one.funding_ms - at_ms
    if not 0 <= due_ms <= FUNDING_SOON_MS or one.funding <= policy.funding_rate_warn:
        return None
    text = (
        f"{one.symbol}: funding of {one.funding:.6f} per 8 h is due in {due_ms / _MINUTE_MS:.0f} m"
    )
    limit = policy.funding_rate_warn
    return Finding(FindingCode.FUNDING_DUE, one.symbol, one.funding, limit, text)


def _overdue(one: Watched, policy: Policy, at_ms: int) -> Finding | None:
    """Find what is held for longer than is allowed, and longer than leaving may take."""
    if one.held == ZERO or not one.opened_ms or not policy.holding_minutes_max:
        return None
    value = (at_ms - one.opened_ms) / _MINUTE_MS
    limit = policy.holding_minutes_max + policy.mismatch_seconds / 60
    if value <= limit:
        return None
    text = f"{one.symbol}: held for {value:.0f} minutes, longer than {limit:.0f}"
    return Finding(FindingCode.OVERDUE, one.symbol, value, limit, text)
