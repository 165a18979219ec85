"""The signal quality filter: quorum, agreement, confidence (and their stricter forms in HIGH_VOL).

Unknown volatility is treated as high: an unknown is never a reason to be bolder.
"""

from domain.ai.ensemble import Opinion
from domain.governance.policy import Policy
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO

GATE = "signal_quality"


def quality(opinion: Opinion, atr_fraction: float, policy: Policy) -> Check:
    """Return whether *opinion* is good enough to act on, given ATR/price.

    The value and limit of the check are those of the first demand that fails, else confidence.
    """
    if opinion.voters < policy.quorum:
        return _block(Objection.NO_QUORUM, opinion.voters, policy.quorum)
    if not policy.agreement_min <= opinion.agreement <= 1.0:
        return _block(Objection.AGREEMENT_TOO_LOW, opinion.agreement, policy.agreement_min)
    calm = atr_fraction < policy.high_volatility_atr  # False for NaN as well
    floor = policy.confidence_min if calm else policy.confidence_min_high_volatility
    confidence = opinion.confidence
    if not floor <= confidence <= 1.0:
        return _block(Objection.CONFIDENCE_TOO_LOW, confidence, floor)
    if not calm and confidence < floor + policy.high_volatility_margin:
        return Check(GATE, policy.high_volatility_size, None, confidence, floor)
    return Check(GATE, ONE, None, confidence, floor)


def signal_quality(proposal: Proposal, scene: Scene) -> Check:
    """Gate 4."""
    return quality(proposal.opinion, proposal.quote.atr_fraction, scene.policy)


def is_noisy(opinion: Opinion, policy: Policy) -> bool:
    """Tell whether the voters contradict each other more than the policy bears."""
    return opinion.voters > 0 and opinion.agreement < policy.agreement_min


def _block(objection: Objection, value: float, limit: float) -> Check:
    return Check(GATE, ZERO, objection, float(value), float(limit))
