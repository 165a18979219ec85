"""The safety governor: all opinions merged, and the last word before an entry is written.

Rule 1: a veto by any is a veto; limits combine to the least. Exits are never asked about.
Rule 2: the last word trusts no gate. It adds the order, as it would be sent, to what is open, and
holds every sum against its cap; a gate that was left out, or broken, is caught here.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Final, NamedTuple

from domain.risk.advanced_risk import NO_MEASURES, Held, cluster_of, effective_exposure
from domain.risk.correlation import value_at_risk
from domain.risk.emergency_stop import RiskMode
from domain.risk.limits import ModeLimits, heights, limits_of
from domain.risk.supervision import Say, Source, says_of
from domain.risk.verdict import Objection, Proposal, Scene
from domain.shared.amounts import ZERO

# What was reduced to the last cent of a room may exceed it by the last digits of a float.
_SLACK: Final = 1e-9


class Leave(NamedTuple):
    """What all together leave to one entry. `veto` is who forbids it, by priority; None: no one.

    Notional cap in USD, leverage cap, least confidence, factor in [0, 1] on size, positions.
    """

    veto: Source | None
    position_usd: Decimal
    leverage: int
    confidence: float
    size: Decimal
    positions: int

    @property
    def limits(self) -> ModeLimits:
        """The caps that sizing takes."""
        return ModeLimits(self.position_usd, self.leverage, self.confidence)


def leave_of(proposal: Proposal, scene: Scene) -> Leave:
    """Return what is left to *proposal* once everyone has spoken."""
    return _merged(_says(proposal, scene), scene)


def sanction(
    quantity: Decimal, notional: Decimal, leverage: int, proposal: Proposal, scene: Scene
) -> Objection | None:
    """Return why the order may not be written, or None. Total: what cannot be judged is vetoed.

    *quantity*, *notional* (USD) and *leverage* are those of the order as it would be sent.
    """
    try:
        return _objection(quantity, notional, leverage, proposal, scene)
    except Exception:  # noqa: BLE001 - the last word must never let an entry by because it failed
        return Objection.GOVERNOR_VETO


def _says(proposal: Proposal, scene: Scene) -> tuple[Say, ...]:
    """Return everyone's opinion, by priority."""
    stop, policy = scene.stop, scene.policy
    emergency, health, *others = says_of(proposal, scene)
    if stop.mode is RiskMode.EMERGENCY or stop.halted:
        emergency = emergency._replace(veto=Objection.EMERGENCY_STOP)
    risk = Say(Source.RISK, Objection.CONFIDENCE_TOO_LOW, policy.confidence_min)
    if not policy.allow_new_trades:
        risk = risk._replace(veto=Objection.NEW_TRADES_OFF)
    elif policy.expires_ms and scene.at_ms >= policy.expires_ms:
        risk = risk._replace(veto=Objection.POLICY_EXPIRED)
    return (emergency, health, risk, *others)


def _merged(says: tuple[Say, ...], scene: Scene) -> Leave:
    caps, ordered = limits_of(scene), scene.directive.positions_max
    positions = scene.policy.positions_max
    return Leave(
        next((say.source for say in says if say.veto is not None), None),
        caps.position_usd,
        min(caps.leverage, scene.instrument.leverage_max),
        max(caps.confidence, *(say.confidence for say in says)),
        min(say.size for say in says),
        positions if ordered is None else min(positions, ordered),
    )


def _objection(
    quantity: Decimal, notional: Decimal, leverage: int, proposal: Proposal, scene: Scene
) -> Objection | None:
    says = _says(proposal, scene)
    veto = next((say.veto for say in says if say.veto is not None), None)
    if veto is not None:
        return veto
    leave = _merged(says, scene)
    # Notional is quantity x price, never margin, and never more than what was wanted and left.
    whole = quantity > ZERO and notional == quantity * proposal.quote.price and leverage >= 1
    if not (whole and float(notional) <= _slack(float(proposal.notional * leave.size))):
        return Objection.GOVERNOR_VETO
    for objection, holds in (
        (Objection.WRONG_ENVIRONMENT, proposal.quote.source is scene.mode),
        (Objection.CONFIDENCE_BELOW_MODE, proposal.opinion.confidence >= leave.confidence),
        (Objection.POSITION_OPEN, not scene.symbol_busy),
    ):
        if not holds:
            return objection
    ended = (o for o, seen, end in _ends(leave, scene) if not seen < end)
    sums = _sums(float(notional), leverage, leave, proposal, scene)
    exceeded = (o for o, seen, cap in sums if not seen <= _slack(cap))
    return next(chain(ended, exceeded), None)


def _ends(leave: Leave, scene: Scene) -> Iterator[tuple[Objection, float, float]]:
    """Yield what must stay below its end, whatever is added."""
    watch, policy = scene.watch, scene.policy
    yield Objection.SLOTS_USED, scene.slots_used, leave.positions
    yield Objection.ORDER_RATE, scene.recent_entries, policy.entries_per_minute_max
    yield Objection.DAILY_LOSS, watch.daily_loss, policy.daily_loss_max
    yield Objection.DRAWDOWN_BUDGET, watch.ladder_drawdown, policy.drawdown_emergency
    yield Objection.DRAWDOWN_BUDGET, watch.drawdown, policy.capital_floor
    yield Objection.DRAWDOWN_BUDGET, 0.0 * heights(watch), 1.0  # NaN if unknown
    yield Objection.ROLLING_DRAWDOWN, watch.rolling_drawdown, policy.rolling_drawdown_max


def _sums(
    notional: float, leverage: int, leave: Leave, proposal: Proposal, scene: Scene
) -> Iterator[tuple[Objection, float, float]]:
    """Yield every sum that the order would bring about, and its cap, in USD (or leverage)."""
    policy, equity, side = scene.policy, scene.watch.equity, proposal.side
    stop, costs = float(proposal.stop), float(proposal.costs)
    yield Objection.EXPOSURE, notional, float(leave.position_usd)
    yield (
        Objection.EXPOSURE,
        scene.symbol_notional + notional,
        float(policy.symbol_exposure_max) * equity,
    )
    yield Objection.EXPOSURE, scene.gross + notional, float(policy.gross_exposure_max) * equity
    net = scene.net * side.sign + notional
    yield Objection.EXPOSURE, net, float(policy.net_exposure_max) * equity
    yield Objection.MARGIN_USE, leverage, leave.leverage
    margin = scene.margin_used + notional / leverage
    yield Objection.MARGIN_USE, margin, float(policy.margin_use_max) * equity
    risk = scene.open_risk + notional * (stop + costs)
    yield Objection.OPEN_RISK, risk, float(policy.open_risk_max) * equity
    # The loss that would meet liquidation: further away than so many stops of all that is open.
    fall = float(policy.liquidation_stop_ratio) * stop + float(scene.instrument.tiers[0].rate)
    yield Objection.LIQUIDATION_NEAR, (scene.gross + notional) * fall, equity
    book, symbol = scene.measures or NO_MEASURES, proposal.quote.symbol
    cluster = cluster_of(symbol, side, scene.held, book, policy.correlation_max)
    if cluster:
        together = notional + sum(h.notional for h in cluster)
        yield Objection.CORRELATED, together, float(policy.cluster_exposure_max) * equity
    entry = Held(symbol, side, notional)
    exposed = abs(effective_exposure((*scene.held, entry), book))
    yield Objection.EFFECTIVE_EXPOSURE, exposed, float(policy.effective_exposure_max) * equity
    risk = value_at_risk(entry, stop, scene)
    yield Objection.VALUE_AT_RISK, risk, policy.value_at_risk_max * equity


def _slack(cap: float) -> float:
    return cap + abs(cap) * _SLACK
