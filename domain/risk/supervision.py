"""Gate 5: what those who supervise leave to this entry.

Rule 1: opinions combine: veto by any, the least size, the highest confidence, the fewest positions.
Rule 2: when several object, the first of this order is named: emergency stop, health (and
self-healing), safety governor, risk pipeline, HFOS, orchestrator. RL only advises.
Rule 3: a stance that nobody kept up to date still holds: what the quote itself calls for counts.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.governance.orchestrator_policy import Reading, called_for, left_by
from domain.governance.policy import Policy
from domain.governance.safety_policy import permission_under
from domain.market.messages import Quote
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord, is_weak
from domain.risk.emergency_stop import RiskMode
from domain.risk.limits import FLOORS, limits_in
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO

GATE = "directive"


class Source(StrEnum):
    """Who may have an opinion on an entry, by priority."""

    EMERGENCY_STOP = "emergency_stop"
    HEALTH = "health"
    RISK = "risk"
    HFOS = "hfos"
    ORCHESTRATOR = "orchestrator"


class Say(NamedTuple):
    """What one source says. `veto` with its `value` and `limit`, or what it leaves.

    `unsure` is its objection to a confidence below `confidence`; `size` a factor in [0, 1].
    """

    source: Source
    unsure: Objection
    confidence: float
    size: Decimal = ONE
    veto: Objection | None = None
    value: float = 0.0
    limit: float = 1.0


def reading_of(
    quote: Quote,
    agreement: float,
    mode: RiskMode,
    record: SymbolRecord,
    watch: EquityWatch,
    policy: Policy,
) -> Reading:
    """Return what the orchestrator reads when voters agree by *agreement* on *quote*'s symbol."""
    return Reading(
        quote.regime,
        quote.atr_fraction,
        quote.spread_fraction,
        agreement,
        mode,
        is_weak(record, policy),
        watch.streak,
    )


def says_of(proposal: Proposal, scene: Scene) -> tuple[Say, ...]:
    """Return what those who supervise say, by priority; each demands its own confidence."""
    mode = limits_in(scene.stop.mode, scene.policy)
    return (
        Say(Source.EMERGENCY_STOP, Objection.CONFIDENCE_BELOW_MODE, mode.confidence),
        _health(scene),
        _hfos(proposal.quote.symbol, scene),
        _orchestrator(proposal, scene),
    )


def directive(proposal: Proposal, scene: Scene) -> Check:
    """Gate 5: no one who supervises objects; the least size that any of them leaves is taken."""
    confidence = proposal.opinion.confidence
    says = says_of(proposal, scene)
    for say in says:
        if say.veto is not None:
            return Check(GATE, ZERO, say.veto, say.value, say.limit)
        if not confidence >= say.confidence:
            return Check(GATE, ZERO, say.unsure, confidence, say.confidence)
    return Check(
        GATE, min(say.size for say in says), None, confidence, max(s.confidence for s in says)
    )


def _health(scene: Scene) -> Say:
    permission = scene.permission
    if not permission.entries:
        return Say(
            Source.HEALTH, Objection.HEALTH, 1.0, ZERO, Objection.HEALTH, float(permission), 1.0
        )
    floor = limits_in(FLOORS[permission], scene.policy).confidence
    return Say(Source.HEALTH, Objection.HEALTH, floor)


def _hfos(symbol: str, scene: Scene) -> Say:
    order = scene.directive
    unsure = Objection.DIRECTIVE_CONFIDENCE
    permission = permission_under(order)
    veto, value, limit = None, 0.0, 1.0
    if not permission.entries:
        veto, value = Objection.DIRECTIVE_CRITICAL, float(permission)
    elif order.symbols and symbol not in order.symbols:
        veto = Objection.DIRECTIVE_SYMBOL
    elif order.positions_max is not None and scene.slots_used >= order.positions_max:
        veto = Objection.DIRECTIVE_POSITIONS
        value, limit = float(scene.slots_used), float(order.positions_max)
    elif not (order.size.is_finite() and ZERO < order.size <= ONE):
        veto, value = Objection.DIRECTIVE, 0.0
    if veto is not None:
        return Say(Source.HFOS, unsure, 1.0, ZERO, veto, value, limit)
    floor = limits_in(FLOORS[permission], scene.policy).confidence
    # The directive's own first: `max` hands on a NaN only then.
    return Say(Source.HFOS, unsure, max(order.confidence_min, floor), order.size)


def _orchestrator(proposal: Proposal, scene: Scene) -> Say:
    stance, policy = scene.stance, scene.policy
    reading = reading_of(
        proposal.quote,
        proposal.opinion.agreement,
        scene.stop.mode,
        scene.record,
        scene.watch,
        policy,
    )
    called = called_for(reading, policy)
    left = left_by(stance if called <= stance.level else stance._replace(level=called), policy)
    veto = None if left.allow_entries else Objection.DIRECTIVE
    return Say(
        Source.ORCHESTRATOR, Objection.STANCE_CONFIDENCE, left.confidence_min, left.size, veto
    )
